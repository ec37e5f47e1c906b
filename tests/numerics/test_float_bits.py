"""Bits of floats: their order, held against NumPy's `nextafter`, and rounding against its casts."""

from __future__ import annotations

import math

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.float_bits import (
    FORMATS,
    is_nan,
    join_elements,
    measure_ulp,
    move_by_ulp,
    read_float,
    round_to_bits,
    round_to_float32,
    split_elements,
)
from tests.builders import QUICK

WORDS = {"float16": "<u2", "float32": "<u4", "float64": "<u8"}
NEGATIVE_ZERO = 0x8000_0000


@st.composite
def bits_of(draw: st.DrawFn, count: int = 1) -> tuple[str, list[int]]:
    """Draw a dtype and patterns of it, those about zero and infinity more often than by chance."""
    dtype = draw(st.sampled_from(sorted(FORMATS)))
    kind = FORMATS[dtype]
    centre = st.sampled_from([0, kind.sign, kind.infinity, kind.infinity | kind.sign])
    near = st.builds(
        lambda at, by: (at + by) % (2 * kind.sign), centre, st.integers(min_value=-3, max_value=3)
    )
    patterns = st.one_of(st.integers(0, 2 * kind.sign - 1), near)
    return dtype, draw(st.lists(patterns, min_size=count, max_size=count))


@QUICK
@given(bits_of(2))
def test_distance_is_the_way_there(case: tuple[str, list[int]]) -> None:
    """To move by the distance leads to the other; the way back is as long; 0 is the same bits."""
    dtype, (one, other) = case
    ulp = measure_ulp(one, other, dtype)
    assert (ulp == 0) == (one == other)
    if is_nan(one, dtype) or is_nan(other, dtype):
        assert ulp is None or one == other
        return
    assert ulp is not None
    assert move_by_ulp(one, ulp, dtype) == other
    assert measure_ulp(other, one, dtype) == -ulp
    values = read_float(one, dtype), read_float(other, dtype)
    assert (ulp > 0) == (values[1] > values[0]) or values == (0, 0)


@QUICK
@given(bits_of())
def test_one_step_is_numpys(case: tuple[str, list[int]]) -> None:
    """One step is `nextafter`, but for the one between the zeros; none leads beyond infinity."""
    dtype, (bits,) = case
    if dtype == "bfloat16" or is_nan(bits, dtype):
        return
    value = np.array([bits], WORDS[dtype]).view(f"<f{FORMATS[dtype].item_bytes}")
    for ulp in (-1, 1):
        moved = move_by_ulp(bits, ulp, dtype)
        with np.errstate(under="ignore", over="ignore"):
            expected = np.nextafter(value, value.dtype.type(math.copysign(math.inf, ulp)))
        if moved is None:
            assert math.isinf(value[0])
        elif value[0] == 0 and read_float(moved, dtype) == 0:
            assert moved == bits ^ FORMATS[dtype].sign
        else:
            assert moved == expected.view(WORDS[dtype])[0]


@pytest.mark.parametrize(
    ("baseline", "candidate", "ulp"),
    [
        (0x3F80_0000, 0x3F7F_FFFF, -1),
        (NEGATIVE_ZERO, 0, 1),
        (1, NEGATIVE_ZERO | 1, -3),
        (0x7F7F_FFFF, 0x7F80_0000, 1),
        (0x7FC0_0000, 0x7FC0_0000, 0),
        (0x7FC0_0000, 0x7FC0_0001, None),
        (0x3F80_0000, 0xFFC0_0000, None),
    ],
)
def test_distances_at_the_edges(baseline: int, candidate: int, ulp: int | None) -> None:
    """Zeros are one apart, infinity ends the line, a NaN equals its own payload alone."""
    assert measure_ulp(baseline, candidate, "float32") == ulp


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_all_halves_are_read_in_order(dtype: str) -> None:
    """Walking up from minus infinity passes every half once, in the order of its values."""
    kind = FORMATS[dtype]
    bits: int | None = kind.infinity | kind.sign
    values = []
    while bits is not None:
        values.append(read_float(bits, dtype))
        bits = move_by_ulp(bits, 1, dtype)
    assert len(values) == 2 * (kind.infinity + 1)
    assert values == sorted(values)
    assert len(set(values)) == len(values) - 1


@QUICK
@given(st.lists(st.floats(width=32), min_size=1, max_size=30))
def test_rounding_to_halves_is_mlxs(values: list[float]) -> None:
    """A number of float32 becomes the half that MLX's cast on a CPU makes of it."""
    numbers = np.array([it for it in values if not math.isnan(it)], np.float32)
    for dtype in ("float16", "bfloat16"):
        cast = mx.array(numbers).astype(getattr(mx, dtype), stream=mx.cpu).view(mx.uint16)
        assert [round_to_bits(it, dtype) for it in numbers.tolist()] == np.array(cast).tolist()
        nan = round_to_bits(math.nan, dtype)
        assert is_nan(nan, dtype)


@QUICK
@given(st.floats(allow_nan=False))
def test_rounding_to_float32_is_numpys(value: float) -> None:
    """A float64 becomes NumPy's float32, infinity where it is too large."""
    with np.errstate(over="ignore", under="ignore"):
        expected = float(np.float64(value).astype(np.float32))
    rounded = round_to_float32(value)
    assert (rounded, math.copysign(1, rounded)) == (expected, math.copysign(1, expected))


@given(bits_of(5))
def test_elements_are_read_back(case: tuple[str, list[int]]) -> None:
    """Bytes made of elements are split into them, least significant byte first."""
    dtype, elements = case
    data = join_elements(elements, dtype)
    assert split_elements(data, dtype) == elements
    assert data[0] == elements[0] % 256
    with pytest.raises(ValueError, match="no whole number"):
        split_elements(data[1:], dtype)
