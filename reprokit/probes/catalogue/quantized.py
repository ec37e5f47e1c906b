"""Quantized weights, and products with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.error import measure_difference
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count

_WORD_BITS = 32


def _estimate_weights(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The weights in float32 and in the dtype, and buffers of quantization."""
    n, k = int(arguments["n"]), int(arguments["k"])
    return n * k * (item_bytes + 12)


def _estimate_rows(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The weights, and two operands and products with masks and errors."""
    rows, n, k = (int(arguments[name]) for name in ("rows", "n", "k"))
    return _estimate_weights(arguments, item_bytes) + rows * (n + k) * (item_bytes + 24)


@operation("quantized.quantize", estimate=_estimate_weights)
def quantize(
    *, key: mx.array, dtype: mx.Dtype, n: Count, k: Count, bits: Count = 4, group_size: Count = 64
) -> dict[str, mx.array]:
    """Quantize (n, k) weights, uniform in [-1, 1): packed words, scales and biases.

    Formula: for each group of a row, scale = (max - min) / (2**bits - 1), made so that 0 or an
    end is hit exactly, and words = round((w - bias) / scale).
    Source: the documentation of `mx.quantize`.
    Catches: another division or rounding in the quantizer, by which equal checkpoints become
    unequal models.
    """
    weights = mx.random.uniform(-1.0, 1.0, (n, k), key=key).astype(dtype)
    words, scales, biases = mx.quantize(weights, group_size=group_size, bits=bits)
    return {"words": words, "scales": scales, "biases": biases}


@operation("quantized.dequantize", estimate=_estimate_weights)
def dequantize(
    *, key: mx.array, dtype: mx.Dtype, n: Count, k: Count, bits: Count = 4, group_size: Count = 64
) -> mx.array:
    """Dequantize (n, k) weights out of random words, with uniform scales and biases.

    Formula: word · scale + bias. The words are the generator's own, so that no quantizer is part
    of the result.
    Catches: another unpacking, and a multiplication and an addition that are fused.
    """
    word_key, scale_key, bias_key = mx.random.split(key, 3)
    count = n * k * bits // _WORD_BITS
    words = mx.random.split(word_key, -(-count // 2)).reshape(-1)[:count].reshape(n, -1)
    scales = mx.random.uniform(0.0, 0.125, (n, k // group_size), key=scale_key).astype(dtype)
    biases = mx.random.uniform(-1.0, 1.0, (n, k // group_size), key=bias_key).astype(dtype)
    return mx.dequantize(words, scales, biases, group_size=group_size, bits=bits)


@operation("quantized.rows", estimate=_estimate_rows)
def row_product(
    *,
    key: mx.array,
    dtype: mx.Dtype,
    rows: Count,
    n: Count,
    k: Count,
    bits: Count = 4,
    group_size: Count = 64,
) -> Related:
    """Multiply one row, alone and as the first of several, by quantized weights, transposed.

    Formula: `quantized_matmul(x[:1], w)` against `quantized_matmul(x, w)[:1]`; x (rows, k) and w
    (n, k), uniform in [-1, 1) before w is quantized.
    Source: ml-explore/mlx issue 3473, mlxcel issue 1182.
    Catches: the change from the kernel for one vector to that for several, and to that for
    matrices, as rows grow: a token decoded alone is not the token decoded in a batch.
    """
    left_key, right_key = mx.random.split(key)
    left = mx.random.uniform(-1.0, 1.0, (rows, k), key=left_key).astype(dtype)
    weights = mx.random.uniform(-1.0, 1.0, (n, k), key=right_key).astype(dtype)
    packed = mx.quantize(weights, group_size=group_size, bits=bits)
    alone = mx.quantized_matmul(left[:1], *packed, group_size=group_size, bits=bits)
    together = mx.quantized_matmul(left, *packed, group_size=group_size, bits=bits)
    mx.eval(alone, together)
    difference = measure_difference(alone, together[:1])
    return Related(
        name="quantized_matmul(x[:1], w) equals quantized_matmul(x, w)[:1]",
        holds=not difference.differing,
        facts=difference.facts,
        result={"alone": alone, "together": together},
    )
