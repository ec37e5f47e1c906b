"""Single float32 steps, held against exact fractions and sixty digits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.float32_steps import (
    choose_nearest_log,
    move_float32,
    multiply_add,
    round_log,
)
from reprokit.numerics.float_bits import round_to_float32
from tests.builders import QUICK

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
LARGEST = float(np.finfo(np.float32).max)


def round_fraction(exact: Fraction) -> float:
    """Round to the nearest float32, ties to even, beyond the largest to infinity."""
    if not exact:
        return 0.0
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    exponent -= abs(exact) < Fraction(2) ** exponent
    unit = Fraction(2) ** max(exponent - 23, -149)
    rounded = round(exact / unit) * unit
    if abs(rounded) > Fraction(LARGEST):
        return math.copysign(math.inf, rounded)
    return float(rounded)


@QUICK
@given(FINITE, FINITE, FINITE)
def test_fused_step_rounds_once(one: float, other: float, addend: float) -> None:
    """The result is the exact one rounded once, for any finite numbers."""
    exact = Fraction(one) * Fraction(other) + Fraction(addend)
    assert multiply_add(one, other, addend) == round_fraction(exact)


@QUICK
@given(
    st.integers(2**23, 2**24 - 1),
    st.integers(2**23, 2**24 - 1),
    st.integers(-60, 60),
    st.sampled_from([-1, 1]),
)
def test_fused_step_where_two_roundings_differ(one: int, other: int, shift: int, sign: int) -> None:
    """A far smaller addend decides products that are next to a tie."""
    tie = one * other // 2**23 * 2**23 + 2**22
    addend = round_to_float32(float(tie - one * other)) + sign * 2.0**shift
    addend = round_to_float32(addend)
    exact = Fraction(one) * Fraction(other) + Fraction(addend)
    assert multiply_add(one, other, addend) == round_fraction(exact)


def test_fused_step_is_not_two() -> None:
    """An addend that float64 loses still decides a tie."""
    factor, tie, tiny = 1 + 2.0**-12, 1 + 2.0**-11 + 2.0**-24, 2.0**-100
    assert factor * factor + tiny == tie
    assert multiply_add(factor, factor, tiny) == tie + 2.0**-24
    assert multiply_add(factor, factor, -tiny) == tie - 2.0**-24
    assert multiply_add(factor, factor, 0.0) == tie - 2.0**-24


@QUICK
@given(st.floats(min_value=2.0**-149, width=32, allow_infinity=False, allow_nan=False))
def test_log_is_the_nearest(value: float) -> None:
    """Of the logarithm and its neighbours, sixty digits choose it; float64's is the same."""
    log = round_log(value)
    assert log == round_to_float32(math.log(value))
    for ulp in (-1, 1):
        assert choose_nearest_log(value, log, move_float32(log, ulp)) == log


def test_log_of_one_is_zero() -> None:
    """The one logarithm without digits."""
    assert round_log(1.0) == 0.0


@pytest.mark.parametrize("ulp", [-3, -1, 0, 1, 3])
def test_moves_by_steps_of_float32(ulp: int) -> None:
    """Steps above 1 are 2**-23, those below half of it; infinity is the last."""
    assert move_float32(1.0, ulp) == 1.0 + ulp * (2.0**-23 if ulp > 0 else 2.0**-24)
    assert move_float32(math.inf, abs(ulp)) == math.inf
