"""Compiled functions against the same evaluated step by step.

`mx.compile` needs a C++ compiler on the CPU of Linux (`g++` on PATH); without one, and with
MLX_DISABLE_COMPILE set to anything, it evaluates step by step and says nothing: then these
relations hold and tell nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.error import measure_difference
from reprokit.numerics.exact import make_linspace
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reprokit.probes.operation import Count

_SQRT_2 = 1.4142135623730951
_LIMIT = 16


def _estimate_grid(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The grid's integers, the numbers they are, and both results."""
    return int(arguments["count"]) * (24 + 4 * item_bytes)


def _relate(function: Callable[..., mx.array], *inputs: mx.array) -> Related:
    mx.eval(*inputs)
    result = mx.compile(function)(*inputs)
    mx.eval(result)
    difference = measure_difference(result, function(*inputs))
    return Related(
        name="compiled equals eager",
        holds=not difference.differing,
        facts=difference.facts,
        result=result,
    )


def _apply_gelu(x: mx.array) -> mx.array:
    return x * (1 + mx.erf(x / _SQRT_2)) / 2


def _scale_twice(x: mx.array, r: mx.array) -> mx.array:
    return (x * r) * (1 / 3)


@operation("compiled.sigmoid", estimate=_estimate_grid)
def sigmoid(*, dtype: mx.Dtype, count: Count) -> Related:
    """Take the compiled sigmoid of numbers from -16 to 16.

    Formula: 1 / (1 + exp(-x)).
    Source: ml-explore/mlx issue 4503.
    Catches: a compiled kernel with fast mathematics: another `exp` or division than the eager one.
    """
    return _relate(mx.sigmoid, make_linspace(count, _LIMIT).astype(dtype))


@operation("compiled.gelu", estimate=_estimate_grid)
def gelu(*, dtype: mx.Dtype, count: Count) -> Related:
    """Take the compiled gelu of numbers from -16 to 16.

    Formula: x · (1 + erf(x / sqrt(2))) / 2.
    Source: mlx-vlm issue 2254.
    Catches: steps that a compiled kernel fuses or keeps in higher precision: rounding between
    them is lost.
    """
    return _relate(_apply_gelu, make_linspace(count, _LIMIT).astype(dtype))


@operation("compiled.scaled_product", estimate=_estimate_grid)
def scaled_product(*, key: mx.array, dtype: mx.Dtype, count: Count) -> Related:
    """Compute (x · r) · s compiled, s = 1/3, x from -16 to 16 and r uniform in [-1, 1).

    Source: ml-explore/mlx issue 4503.
    Catches: a constant that loses digits where it is printed into a kernel's source, or is
    rounded to another dtype there; a product that is regrouped.
    """
    r = mx.random.uniform(-1.0, 1.0, (count,), key=key).astype(dtype)
    return _relate(_scale_twice, make_linspace(count, _LIMIT).astype(dtype), r)
