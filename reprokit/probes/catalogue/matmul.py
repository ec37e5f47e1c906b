"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count


def _estimate_product(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Both operands, drawn in float32, and the product."""
    m, k, n = (int(arguments[name]) for name in "mkn")
    return (m * k + k * n) * (item_bytes + 4) + m * n * item_bytes


@operation("matmul.uniform", estimate=_estimate_product)
def uniform_product(*, key: mx.array, dtype: mx.Dtype, m: Count, k: Count, n: Count) -> mx.array:
    """Multiply (m, k) by (k, n), both uniform in [-1, 1) from the two subkeys of the key.

    Catches: another order of summation, another kernel at a size threshold, operands cut to
    fewer bits (TF32). The operands themselves are equal everywhere.
    """
    left_key, right_key = mx.random.split(key)
    left = mx.random.uniform(-1.0, 1.0, (m, k), key=left_key).astype(dtype)
    right = mx.random.uniform(-1.0, 1.0, (k, n), key=right_key).astype(dtype)
    return left @ right
