"""Rounding by integers, held against NumPy's and MLX's own conversions."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.rounding import round_to
from tests.builders import QUICK

FLOATS = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=60)
HALVES = np.arange(2**16, dtype=np.uint16)


@QUICK
@given(FLOATS)
def test_rounding_is_numpys_and_mlxs(numbers: list[float]) -> None:
    """Float16 is what NumPy's conversion gives, bfloat16 what MLX's does on a CPU."""
    values = np.array(numbers, np.float32)
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    assert np.array(round_to(mx.array(values), mx.float16)).tobytes() == half.tobytes()
    brain = round_to(mx.array(values), mx.bfloat16).view(mx.uint16)
    expected = mx.array(values).astype(mx.bfloat16, stream=mx.cpu).view(mx.uint16)
    assert np.array(brain).tobytes() == np.array(expected).tobytes()


@pytest.mark.parametrize("compiled", [False, True])
def test_every_float16_and_every_tie(compiled: bool) -> None:  # noqa: FBT001
    """Each float16 is its own nearest; halfway to the next, the even one is taken."""
    halves = HALVES.view(np.float16)
    halves = halves[np.isfinite(halves)]
    exact = halves.astype(np.float32)
    rounded = np.array(round_to(mx.array(exact), mx.float16, compiled=compiled))
    assert rounded.tobytes() == halves.tobytes()
    positive = exact[exact >= 0]
    ties = (positive[1:] + positive[:-1]) / np.float32(2)
    for values in (ties, -ties, np.nextafter(ties, 0), np.nextafter(ties, np.float32(np.inf))):
        rounded = np.array(round_to(mx.array(values), mx.float16, compiled=compiled))
        assert rounded.tobytes() == values.astype(np.float16).tobytes()


@pytest.mark.parametrize("compiled", [False, True])
def test_every_bfloat16_and_every_tie(compiled: bool) -> None:  # noqa: FBT001
    """Each bfloat16 is its own nearest; halfway to the next, the even one is taken."""
    bits = np.arange(0x7F80, dtype=np.uint32)
    for low, up in ((0, 0), (0x7FFF, 0), (0x8000, 1), (0x8001, 1)):
        values = ((bits << 16) | low).astype(np.uint32).view(np.float32)
        expected = bits + (bits & 1 if low == 0x8000 else up)
        rounded = round_to(mx.array(values), mx.bfloat16, compiled=compiled).view(mx.uint16)
        assert (np.array(rounded) == expected).all()
