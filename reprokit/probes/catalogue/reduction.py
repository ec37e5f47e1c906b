"""Sums and what is made of them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_array
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reprokit.probes.operation import Count, Shape


def repeat(what: str, times: int, compute: Callable[[], mx.array]) -> Related:
    """Relate evaluations of one and the same thing: all bytes should be equal.

    Args:
        what: Its name, for the relation's.
        times: How often it is evaluated, at least once.
        compute: Makes the graph anew, over operands that are evaluated already.

    Returns:
        The first evaluation, the number of distinct ones, and the index of the first that differs
        from it, -1 where none does.
    """
    first = compute()
    digests = [digest_array(first).digest]
    digests += [digest_array(compute()).digest for _ in range(times - 1)]
    unlike = [index for index, digest in enumerate(digests) if digest != digests[0]]
    return Related(
        name=f"{times} evaluations of {what} are equal",
        holds=not unlike,
        facts={"distinct": len(set(digests)), "first_different": unlike[0] if unlike else -1},
        result=first,
    )


def _estimate_uniform(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The float32 draw and as much again in the dtype."""
    size: int = prod(arguments["shape"])
    return size * (item_bytes + 4)


def _estimate_variance(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The draw, or the numbers and their squares, in float32."""
    del item_bytes
    size: int = prod(arguments["shape"])
    return 8 * size


@operation("reduction.sum", estimate=_estimate_uniform)
def total(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Sum uniform numbers in [-1, 1) over the last axis.

    Catches: another order of summation; run to run, a reduction that races.
    """
    return mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype).sum(axis=-1)


@operation("reduction.softmax", estimate=_estimate_uniform)
def softmax(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Take softmax of uniform numbers in [-8, 8) over the last axis.

    Catches: another `exp`, another order of summation, another division.
    """
    return mx.softmax(mx.random.uniform(-8.0, 8.0, shape, key=key).astype(dtype), axis=-1)


@operation("reduction.mean", estimate=_estimate_uniform)
def mean(*, key: mx.array, dtype: mx.Dtype, shape: Shape, axes: Shape) -> mx.array:
    """Average uniform numbers in [-1, 1) over some axes, counted from 0.

    Catches: another order of summation, over one axis or over several that are not the last.
    """
    return mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype).mean(axis=list(axes))


@operation("reduction.var", estimate=_estimate_variance)
def variance(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Take the variance of uniform numbers in [-1, 1) over the last axis.

    Catches: another formula for it (of squares, or of differences from the mean), another order.
    """
    return mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype).var(axis=-1)


@operation("reduction.logsumexp", estimate=_estimate_uniform)
def logsumexp(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Take logsumexp of uniform numbers in [-8, 8) over the last axis.

    Catches: another `exp`, another `log`, another order of summation; what a loss is made of.
    """
    return mx.logsumexp(mx.random.uniform(-8.0, 8.0, shape, key=key).astype(dtype), axis=-1)


@operation("reduction.repeat_mean", estimate=_estimate_uniform)
def repeat_mean(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, axes: Shape, times: Count = 8
) -> Related:
    """Evaluate `reduction.mean` several times on the same numbers, in one process.

    Catches: a reduction that races (mlx 878, 2591).
    """
    numbers = mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype)
    mx.eval(numbers)
    return repeat(f"mean over axes {list(axes)}", times, lambda: numbers.mean(axis=list(axes)))
