"""Functions of one number, over grids of fixed bit patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count

_SMALLEST_NORMAL = 0x0080_0000
_INFINITY = 0x7F80_0000
_TWO_TO_MINUS_24 = 0x3380_0000
_ONE = 0x3F80_0000


def make_grid(count: int, first_bits: int, end_bits: int) -> mx.array:
    """Make float32 numbers at evenly spaced bit patterns.

    Formula: pattern i is first_bits + i · floor((end_bits - first_bits) / count), so the grid is
    made by integer arithmetic alone and is the same everywhere.

    Args:
        count: Number of points.
        first_bits: Bit pattern of the first.
        end_bits: Bit pattern that none reaches.

    Returns:
        float32, shape (count,), evenly spaced in the logarithm, roughly.
    """
    stride = (end_bits - first_bits) // count
    patterns = mx.arange(count, dtype=mx.uint32) * stride + first_bits
    return patterns.astype(mx.uint32).view(mx.float32)


def _estimate_grid(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The patterns, the numbers they are, and the function's values."""
    return 4 * item_bytes * int(arguments["count"])


@operation("elementwise.log", estimate=_estimate_grid)
def log(*, count: Count) -> mx.array:
    """Take log over a grid of all positive normal float32 magnitudes.

    Catches: another implementation of `log`, by C library or Metal compiler; the function behind
    the differences of normal draws.
    """
    return mx.log(make_grid(count, _SMALLEST_NORMAL, _INFINITY))


@operation("elementwise.erfinv", estimate=_estimate_grid)
def erfinv(*, count: Count) -> mx.array:
    """Take erfinv over a grid from 2**-24 up to 1, and its mirror image below zero.

    Catches: another `log` inside erfinv, another polynomial, a lost fused multiply-add.
    """
    positive = make_grid(count // 2, _TWO_TO_MINUS_24, _ONE)
    return mx.erfinv(mx.concatenate([-positive, positive]))
