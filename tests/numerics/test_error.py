"""How far two arrays are apart, held against Python's own numbers."""

from __future__ import annotations

from fractions import Fraction

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reprokit.numerics.error import measure_difference

INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "bool")


def make_integers(dtype: str, numbers: list[int]) -> mx.array:
    """Make an array of integers of any size."""
    return mx.array(np.array(numbers, dtype=dtype))


def limits_of(dtype: str) -> tuple[int, int]:
    """Return the least and the largest number of a dtype."""
    if dtype == "bool":
        return 0, 1
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


@st.composite
def pairs_of_integers(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """Generate a dtype and pairs of its numbers, those at its limits often."""
    dtype = draw(st.sampled_from(INTEGERS))
    least, largest = limits_of(dtype)
    numbers = st.integers(least, largest) | st.sampled_from([least, largest])
    near = st.builds(lambda it, step: (it, min(it + step, largest)), numbers, st.integers(0, 1))
    pairs = st.tuples(numbers, numbers) | near
    return dtype, draw(st.lists(pairs, min_size=1, max_size=8))


@given(pairs_of_integers())
@example(("uint32", [(2**32 - 1, 2**32 - 2)]))
@example(("int64", [(-(2**63), 2**63 - 1), (2**62, 2**62 + 1)]))
@example(("uint64", [(2**64 - 1, 0), (2**53, 2**53 + 1)]))
def test_errors_of_integers_are_those_of_python(case: tuple[str, list[tuple[int, int]]]) -> None:
    """The largest error is exact up to the limits of each dtype; the relative one is rounded."""
    dtype, pairs = case
    left, right = (make_integers(dtype, [pair[side] for pair in pairs]) for side in (0, 1))
    difference = measure_difference(left, right)
    errors = [abs(one - other) for one, other in pairs]
    assert difference.differing == sum(error > 0 for error in errors)
    assert difference.max_abs_error == max(errors)
    assert difference.nonfinite == 0
    exact = max(Fraction(abs(one - other), max(abs(one), abs(other), 1)) for one, other in pairs)
    assert difference.max_rel_error == pytest.approx(float(exact), rel=2.0**-21)


def test_an_error_of_integers_is_an_integer() -> None:
    """Above 2**53 no floating-point number could tell it."""
    difference = measure_difference(
        make_integers("uint64", [2**64 - 1]), make_integers("uint64", [0])
    )
    assert type(difference.facts["max_abs_error"]) is int
    assert difference.facts["max_abs_error"] == 2**64 - 1


def test_errors_of_float64_are_not_lost() -> None:
    """Neighbors in float64 are apart by less than float32 can tell, and by more than nothing."""
    with mx.stream(mx.cpu):
        left = mx.array([1.0, 2.0], dtype=mx.float64)
        right = mx.array([1.0 + 2.0**-52, 2.0], dtype=mx.float64)
        difference = measure_difference(left, right)
    assert (difference.differing, difference.max_abs_error) == (1, 2.0**-52)
    assert difference.max_rel_error == pytest.approx(2.0**-52)
