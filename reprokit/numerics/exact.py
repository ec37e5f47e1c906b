"""Numbers and products without rounding: what inexact kernels are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Mapping

EXACT_INTEGERS: Mapping[str, int] = {"float32": 2**24, "float16": 2**11, "bfloat16": 2**8}
"""By dtype, up to where every integer is one of its numbers."""

_GRID_LIMIT = 2**23


def make_linspace(count: int, limit: int) -> mx.array:
    """Space float32 numbers evenly from -limit to limit, the same bytes everywhere.

    Formula: x_i = floor(2·limit·i·s / (count - 1)) / s - limit, s the largest power of two with
    limit·s ≤ 2**23. Integers until the last step, which is exact: each element is within 1/s of
    the real number. `mx.linspace` rounds several times, in ways that a compiler may change.

    Args:
        count: Elements, at least 1; one element is -limit.
        limit: From 1 to 2**23.

    Returns:
        float32, shape (count,).

    Raises:
        ValueError: For a limit that the formula has no room for.
    """
    if not 1 <= limit <= _GRID_LIMIT:
        msg = f"limit must be from 1 to {_GRID_LIMIT}, not {limit}"
        raise ValueError(msg)
    scale = 1 << (_GRID_LIMIT // limit).bit_length() - 1
    places = mx.arange(count, dtype=mx.int64) * (2 * limit * scale)
    steps = places // max(count - 1, 1) - limit * scale
    return steps.astype(mx.float32) * (1.0 / scale)


def draw_integers(key: mx.array, shape: tuple[int, ...], largest: int) -> mx.array:
    """Draw int32 numbers from -largest to largest."""
    return mx.random.randint(-largest, largest + 1, shape, dtype=mx.int32, key=key)


def multiply_integers(left: mx.array, right: mx.array) -> mx.array:
    """Multiply integer matrices by elementwise integer arithmetic, without a matmul kernel.

    Args:
        left: int32, (m, k).
        right: int32, (k, n).

    Returns:
        int32, (m, n): exact where no sum passes 2**31. Rows are made one after the other, so that
        the peak of memory is one (k, n) buffer and the result.
    """
    rows = []
    for index in range(left.shape[0]):
        row = (left[index][:, None] * right).sum(axis=0)
        mx.eval(row)
        rows.append(row)
    return mx.stack(rows)


def check_exact(terms: int, largest: tuple[int, int], dtype: str) -> None:
    """Check that sums of integer products stay where arithmetic is exact.

    Args:
        terms: How many products are added.
        largest: Largest magnitudes in the left and the right operand.
        dtype: Name of the operands' dtype; sums are taken to be in float32.

    Raises:
        ValueError: Where an operand can be rounded to the dtype, or a sum can pass 2**24.
    """
    if max(largest) > EXACT_INTEGERS[dtype]:
        msg = (
            f"integers up to {max(largest)} are not all {dtype}; up to {EXACT_INTEGERS[dtype]} are"
        )
        raise ValueError(msg)
    bound = largest[0] * largest[1]
    if terms * bound > EXACT_INTEGERS["float32"]:
        msg = f"{terms} products up to {bound} can pass 2**24, where float32 rounds"
        raise ValueError(msg)
