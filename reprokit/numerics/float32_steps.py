"""Single steps of float32 arithmetic in Python's float64, each rounded once.

What a kernel does step by step can so be remade, in every bit, where MLX is not loaded.
"""

from __future__ import annotations

import math
import struct
from decimal import Decimal, localcontext
from fractions import Fraction

from reprokit.numerics.float_bits import move_by_ulp, read_float, round_to_bits, round_to_float32

_LOG_ERROR = 2.0**-50
"""Far more than any C library errs in `log`, relative; far less than a step of float32."""

_LOG_DIGITS = 60


def multiply_add(one: float, other: float, addend: float) -> float:
    """Multiply and add with one rounding, as a fused multiply-add of float32 does.

    Formula: one · other + addend. The product of float32 numbers is exact in float64. Their sum is
    rounded to odd in float64, from where rounding to float32 is as from the exact sum (Boldo and
    Melquiond: Emulation of FMA and correctly rounded sums, IEEE Trans. Computers 57(4), 2008). The
    sum's error is Knuth's two-sum, which is exact.

    Args:
        one: A finite number of float32.
        other: Another.
        addend: A third.

    Returns:
        The nearest float32, ties to even; beyond the largest, infinity. Exact.
    """
    product = one * other
    total = product + addend
    part = total - product
    error = (product - (total - part)) + (addend - part)
    if error and not _ends_odd(total):
        total = math.nextafter(total, math.inf if error > 0 else -math.inf)
    return round_to_float32(total)


def _ends_odd(value: float) -> bool:
    last: int = _FLOAT64.pack(value)[0]
    return bool(last & 1)


_FLOAT64 = struct.Struct("<d")


def round_log(value: float) -> float:
    """Return the natural logarithm, correctly rounded to float32.

    The C library's float64 decides it, unless what it may err could change the rounding: then
    sixty digits do. So the result is the same on every machine.

    Args:
        value: A positive, finite number of float32.

    Returns:
        The float32 nearest to ln(value).
    """
    log = math.log(value)
    near, far = (round_to_float32(log * (1 + error)) for error in (-_LOG_ERROR, _LOG_ERROR))
    return near if near == far else choose_nearest_log(value, near, far)


def choose_nearest_log(value: float, one: float, other: float) -> float:
    """Return which of two float32 numbers is nearer to ln(value), by sixty digits."""
    with localcontext(prec=_LOG_DIGITS):
        exact = Fraction(Decimal(value).ln())
    return min(one, other, key=lambda it: abs(Fraction(it) - exact))


def move_float32(value: float, ulp: int) -> float:
    """Take so many steps of float32 up or down; infinity is the last."""
    moved = move_by_ulp(round_to_bits(value, "float32"), ulp, "float32")
    return math.copysign(math.inf, ulp) if moved is None else read_float(moved, "float32")
