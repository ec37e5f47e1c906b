"""Products remade in a loop's order, held against exact arithmetic and MLX's operands."""

from __future__ import annotations

from array import array

import mlx.core as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.float32_steps import multiply_add
from reprokit.numerics.float_bits import round_to_float32
from reprokit.numerics.product_order import draw_operands, multiply_in_order
from tests.builders import QUICK


@pytest.mark.parametrize("steps", [(), ((1, 2),)])
def test_operands_are_those_of_the_catalogue(steps: tuple[tuple[int, int], ...]) -> None:
    """The same words from the same subkeys, mapped in the same way."""
    left, right = draw_operands(7, steps, (3, 5, 2))
    key = mx.random.key(7)
    for index, count in steps:
        key = mx.random.split(key, count)[index]
    one, other = mx.random.split(key)
    for ours, subkey, shape in ((left, one, (3, 5)), (right, other, (5, 2))):
        theirs = mx.random.uniform(-1.0, 1.0, shape, key=subkey)
        assert ours.tobytes() == memoryview(theirs).tobytes()  # type: ignore[arg-type]


@QUICK
@given(st.integers(0, 2**64 - 1), st.integers(1, 8))
def test_each_step_is_rounded_once_or_twice(seed: int, count: int) -> None:
    """A fused step is one rounding of the exact sum; another rounds the product before."""
    shape = (1, count, 1)
    left, right = draw_operands(seed, (), shape)
    fused = separate = 0.0
    for one, other in zip(left, right, strict=True):
        fused = multiply_add(one, other, fused)
        separate = multiply_add(round_to_float32(one * other), 1.0, separate)
    for is_fused, expected in ((True, fused), (False, separate)):
        found = array("f", multiply_in_order(left, right, shape, fused=is_fused))[0]
        assert found == expected


def test_rows_are_made_one_by_one() -> None:
    """The first rows of a product are those of the first rows alone."""
    left, right = draw_operands(0, (), (4, 6, 3))
    whole = multiply_in_order(left, right, (4, 6, 3), fused=True)
    assert whole[: 2 * 3 * 4] == multiply_in_order(left[:12], right, (2, 6, 3), fused=True)
