"""Functions of one number, over grids of fixed bit patterns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reprokit.probes.operation import Count

_SMALLEST_NORMAL = 0x0080_0000
_INFINITY = 0x7F80_0000
_TWO_TO_MINUS_24 = 0x3380_0000
_ONE = 0x3F80_0000
_FOUR = 0x4080_0000
_SIXTEEN = 0x4180_0000
_EIGHTY_EIGHT = 0x42B0_0000
_TWO_TO_20 = 0x4980_0000

_ENDS: Mapping[str, int] = {
    "cos": _TWO_TO_20,
    "erf": _FOUR,
    "exp": _EIGHTY_EIGHT,
    "expm1": _EIGHTY_EIGHT,
    "log1p": _ONE,
    "sigmoid": _EIGHTY_EIGHT,
    "sin": _TWO_TO_20,
    "tanh": _SIXTEEN,
}
"""Where the mirrored grids of functions end."""


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
    stride = (end_bits - first_bits) // max(count, 1)
    patterns = mx.arange(count, dtype=mx.uint32) * stride + first_bits
    return patterns.astype(mx.uint32).view(mx.float32)


def make_mirrored_grid(count: int, end_bits: int) -> mx.array:
    """Make a grid from 2**-24 up to `end_bits`, and its mirror image below zero first.

    Args:
        count: Number of points; of an odd number one is left out.
        end_bits: Bit pattern that none reaches.

    Returns:
        float32, shape (2 · floor(count / 2),).
    """
    positive = make_grid(count // 2, _TWO_TO_MINUS_24, end_bits)
    return mx.concatenate([-positive, positive])


def _make_domain(function: str, count: int) -> mx.array:
    """Make the grid over which the op of a function's name takes it."""
    if function in {"log", "rsqrt"}:
        return make_grid(count, _SMALLEST_NORMAL, _INFINITY)
    return make_mirrored_grid(count, _ENDS[function])


def log_of_complement(uniform: mx.array) -> mx.array:
    """Take log(1 - u²) of draws as erfinv does: the argument rounded once, by fused multiply-add.

    Args:
        uniform: float32 in (-1, 1), multiples of 2**-24 as draws are: 1 - u² is exact in float64
            then, which MLX has on the CPU only; of others it may be rounded twice.

    Returns:
        float32; the logarithm is taken on the device in use.
    """
    with mx.stream(mx.cpu):
        exact = uniform.astype(mx.float64)
        complement = (1.0 - exact * exact).astype(mx.float32)
    return mx.log(complement)


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
    return mx.erfinv(make_mirrored_grid(count, _ONE))


@operation("elementwise.exp", estimate=_estimate_grid)
def exp(*, count: Count) -> mx.array:
    """Take exp over a grid from 2**-24 up to 88, both signs.

    Catches: another `exp`; that of fast math differs from the C library in the last bits.
    """
    return mx.exp(_make_domain("exp", count))


@operation("elementwise.expm1", estimate=_estimate_grid)
def expm1(*, count: Count) -> mx.array:
    """Take expm1 over a grid from 2**-24 up to 88, both signs.

    Catches: another `expm1`, or one made of `exp`, which loses all digits near 0.
    """
    return mx.expm1(_make_domain("expm1", count))


@operation("elementwise.sigmoid", estimate=_estimate_grid)
def sigmoid(*, count: Count) -> mx.array:
    """Take sigmoid over a grid from 2**-24 up to 88, both signs.

    Catches: another `exp` or division inside a gate.
    """
    return mx.sigmoid(_make_domain("sigmoid", count))


@operation("elementwise.tanh", estimate=_estimate_grid)
def tanh(*, count: Count) -> mx.array:
    """Take tanh over a grid from 2**-24 up to 16, both signs.

    Catches: another `tanh`, exact or by fast math.
    """
    return mx.tanh(_make_domain("tanh", count))


@operation("elementwise.erf", estimate=_estimate_grid)
def erf(*, count: Count) -> mx.array:
    """Take erf over a grid from 2**-24 up to 4, both signs.

    Catches: another polynomial behind gelu and truncated normals.
    """
    return mx.erf(_make_domain("erf", count))


@operation("elementwise.log1p", estimate=_estimate_grid)
def log1p(*, count: Count) -> mx.array:
    """Take log1p over a grid from 2**-24 up to 1, both signs.

    Catches: another `log1p`, or one made of `log`, which loses all digits near 0.
    """
    return mx.log1p(_make_domain("log1p", count))


@operation("elementwise.sin", estimate=_estimate_grid)
def sin(*, count: Count) -> mx.array:
    """Take sin over a grid from 2**-24 up to 2**20, both signs.

    Catches: another `sin`; at large angles, another reduction by multiples of pi.
    """
    return mx.sin(_make_domain("sin", count))


@operation("elementwise.cos", estimate=_estimate_grid)
def cos(*, count: Count) -> mx.array:
    """Take cos over a grid from 2**-24 up to 2**20, both signs.

    Catches: another `cos`; at large angles, another reduction by multiples of pi.
    """
    return mx.cos(_make_domain("cos", count))


@operation("elementwise.rsqrt", estimate=_estimate_grid)
def rsqrt(*, count: Count) -> mx.array:
    """Take 1 / sqrt(x) over a grid of all positive normal float32 magnitudes.

    Catches: an estimate with one step of Newton's in place of a root and a division; the function
    inside every normalization.
    """
    return mx.rsqrt(_make_domain("rsqrt", count))


@operation("elementwise.exp_point", estimate=lambda _arguments, _item_bytes: 8)
def exp_point(*, x: float = -7.773141) -> mx.array:
    """Take exp of one number, by default the one of ml-explore/mlx issue 1341.

    Catches: CPU against GPU: there they part in the last bits of this very number.
    """
    return mx.exp(mx.array([x], dtype=mx.float32))


_EXACT: Mapping[str, Callable[[float], float]] = {
    "cos": math.cos,
    "erf": math.erf,
    "exp": math.exp,
    "expm1": math.expm1,
    "log": math.log,
    "log1p": math.log1p,
    "rsqrt": lambda x: 1.0 / math.sqrt(x),
    "sigmoid": lambda x: 1.0 / (1.0 + math.exp(-x)),
    "sin": math.sin,
    "tanh": math.tanh,
}
"""Functions in Python's float64, by name."""


@operation("elementwise.accuracy", estimate=_estimate_grid)
def accuracy(*, function: str, count: Count = 4096, most_ulp: float = 4.0) -> Related:
    """Hold a function over its grid against Python's float64.

    Formula: |value - exact| over the distance of float32 numbers at |exact|, at most `most_ulp`;
    where the value is not finite, nothing holds.
    Catches: how bad an implementation is, where a grid's digest tells only that it is another.
    The worst is told to two decimals: what C libraries' float64 differ by does not show there.
    """
    if function not in _EXACT:
        msg = f"`{function}` is none of " + ", ".join(f"`{name}`" for name in _EXACT)
        raise ValueError(msg)
    points = _make_domain(function, count)
    values = getattr(mx, function)(points)
    pairs = zip(memoryview(points), memoryview(values), strict=True)  # type: ignore[arg-type]
    errors = [_measure_error(value, _EXACT[function](point)) for point, value in pairs]
    worst = max(errors, default=0.0)
    return Related(
        name=f"{function} is within {most_ulp:g} ulp of float64",
        holds=worst <= most_ulp,
        facts={
            "max_ulp": round(worst, 2),
            "worst_index": errors.index(worst) if errors else -1,
            "beyond": sum(error > most_ulp for error in errors),
        },
        result=values,
    )


def _measure_error(value: float, exact: float) -> float:
    """Measure how far a float32 value is off, in ulp of float32 at the exact one."""
    ulp = math.ldexp(1.0, max(math.frexp(exact)[1] - 24, -149))
    return abs(value - exact) / ulp if math.isfinite(value) else math.inf
