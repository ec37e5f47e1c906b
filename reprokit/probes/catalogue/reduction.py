"""Sums and what is made of them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Shape


def _estimate_uniform(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The float32 draw and as much again in the dtype."""
    size: int = prod(arguments["shape"])
    return size * (item_bytes + 4)


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
