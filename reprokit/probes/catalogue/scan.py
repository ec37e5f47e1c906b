"""Scans, sorts, and sums that are scattered to places."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.probes.catalogue.reduction import repeat
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.numerics.outcome import Related
    from reprokit.probes.operation import Count, Shape

_STRIDE = 7919
"""A prime: multiples of it, modulo a number of places, come to all of them in no simple order."""


def _estimate_scan(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The float32 draw, the numbers in the dtype, and the result or its indices."""
    size: int = prod(arguments["shape"])
    return size * (8 + 2 * item_bytes)


def _estimate_scatter(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The updates in float32 and in the dtype, their indices, and the places twice."""
    updates, places = int(arguments["updates"]), int(arguments["places"])
    return updates * (12 + item_bytes) + 2 * places * item_bytes


@operation("scan.cumsum", estimate=_estimate_scan)
def cumsum(*, key: mx.array, dtype: mx.Dtype, shape: Shape, reverse: bool = False) -> mx.array:
    """Add up uniform numbers in [-1, 1) along the last axis.

    Catches: another order of summation: a scan in blocks, as GPUs do it, is not one in sequence.
    """
    numbers = mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype)
    return mx.cumsum(numbers, axis=-1, reverse=reverse)


@operation("scan.cumprod", estimate=_estimate_scan)
def cumprod(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Multiply up uniform numbers in [0.75, 1.25) along the last axis.

    Catches: another order of multiplication; how subnormal numbers are treated, on long axes.
    """
    numbers = mx.random.uniform(0.75, 1.25, shape, key=key).astype(dtype)
    return mx.cumprod(numbers, axis=-1)


@operation("scan.repeat_cumsum", estimate=_estimate_scan)
def repeat_cumsum(*, key: mx.array, dtype: mx.Dtype, shape: Shape, times: Count = 8) -> Related:
    """Evaluate `scan.cumsum` several times on the same numbers, in one process.

    Catches: a scan that races.
    """
    numbers = mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype)
    mx.eval(numbers)
    return repeat("cumsum", times, lambda: mx.cumsum(numbers, axis=-1))


def _draw_updates(
    key: mx.array, dtype: mx.Dtype, updates: int, places: int
) -> tuple[mx.array, mx.array]:
    """Draw updates, uniform in [-1, 1), and compute where each of them goes."""
    values = mx.random.uniform(-1.0, 1.0, (updates,), key=key).astype(dtype)
    indices = (mx.arange(updates, dtype=mx.uint32) * _STRIDE) % places
    mx.eval(values, indices)
    return values, indices


@operation("scan.scatter_add", estimate=_estimate_scatter)
def scatter_add(*, key: mx.array, dtype: mx.Dtype, updates: Count, places: Count) -> mx.array:
    """Add updates to zeros, `.at[indices].add`, with about updates / places of them to a place.

    Catches: another order in which those of one place are added.
    """
    values, indices = _draw_updates(key, dtype, updates, places)
    return mx.zeros((places,), dtype=dtype).at[indices].add(values)


@operation("scan.repeat_scatter_add", estimate=_estimate_scatter)
def repeat_scatter_add(
    *, key: mx.array, dtype: mx.Dtype, updates: Count, places: Count, times: Count = 8
) -> Related:
    """Evaluate `scan.scatter_add` several times on the same updates, in one process.

    Catches: atomic additions, which come in whatever order threads do: the gradient of every
    embedding (mlx-lm 1759).
    """
    values, indices = _draw_updates(key, dtype, updates, places)
    return repeat(
        "scatter-add with duplicate indices",
        times,
        lambda: mx.zeros((places,), dtype=dtype).at[indices].add(values),
    )


@operation("scan.sort", estimate=_estimate_scan)
def sort(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Sort uniform numbers in [-1, 1) along the last axis.

    Catches: a sort that loses or misplaces numbers; every right one gives the same.
    """
    return mx.sort(mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype), axis=-1)


@operation("scan.argsort_ties", estimate=_estimate_scan)
def argsort_ties(*, key: mx.array, shape: Shape, values: Count = 16) -> mx.array:
    """Give the order that sorts integers of few values along the last axis.

    Catches: an order of equal numbers that is another: a sort need not be stable.
    """
    return mx.argsort(mx.random.randint(0, values, shape, key=key), axis=-1)
