"""Rounding float32 to half precision by integers alone: to nearest, ties to even, on any device.

MLX's own cast gives the same bytes on a CPU; here nothing is left to a device's settings, such as
flushing what is subnormal to zero.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGN = 0x8000_0000
_SUBNORMAL_BELOW = 0x3880_0000
"""2**-14 in float32, the smallest normal number of float16."""
_EXPONENT_SHIFT = 112 << 23
_FLOAT16_INFINITY = 0x7C00
_MAGIC = 2.0**23
"""From here on float32 holds integers alone, so that adding it rounds to an integer."""


def round_to(values: mx.array, dtype: mx.Dtype, *, compiled: bool = False) -> mx.array:
    """Round float32 numbers to a dtype.

    Args:
        values: float32, any shape, no NaN.
        dtype: float32, bfloat16 or float16.
        compiled: Whether to fuse the integer steps.

    Returns:
        The nearest numbers of the dtype, of two equally near ones the even one; what is too large
        becomes infinity. Exact in the sense of IEEE 754, for float16 also where it is subnormal.
    """
    if dtype == mx.float32:
        return values
    bits = values.view(mx.uint32)
    if dtype == mx.bfloat16:
        return _fuse(_round_to_bfloat16, compiled)(bits).view(mx.bfloat16)
    # a product with a power of two is exact, and the sum is rounded once, to an integer
    steps = (mx.abs(values) * mx.array(2.0**24) + mx.array(_MAGIC)).view(mx.uint32)
    return _fuse(_round_to_float16, compiled)(bits, steps).view(mx.float16)


def _round_to_bfloat16(bits: mx.array) -> mx.array:
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(mx.uint16)


def _round_to_float16(bits: mx.array, steps: mx.array) -> mx.array:
    sign = (bits & _SIGN) >> 16
    bits = bits & (_SIGN - 1)
    normal = (bits - _EXPONENT_SHIFT + 0xFFF + ((bits >> 13) & 1)) >> 13
    subnormal = steps & (2**23 - 1)
    half = mx.where(bits < _SUBNORMAL_BELOW, subnormal, mx.minimum(normal, _FLOAT16_INFINITY))
    return (half | sign).astype(mx.uint16)


@cache
def _fuse(function: Callable[..., mx.array], compiled: bool) -> Callable[..., mx.array]:  # noqa: FBT001 - a key of the cache
    return mx.compile(function) if compiled else function
