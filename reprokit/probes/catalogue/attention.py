"""Scaled dot-product attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.error import find_largest, is_near, measure_difference
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count

_SCALES = {64: 0.125, 80: 0.111803398874989, 96: 0.102062072615966, 128: 0.0883883476483184}
"""1 / sqrt(dimension), written out: a constant of the op, not of a C library."""

_WIDE_BYTES = 4

_NEAR = 2.0**-6
"""Of the largest element; the weights of some thousand keys are rounded in half precision."""


def _estimate_attention(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Queries, keys and values in the dtype and wider or cut, scores, and masks and errors."""
    heads, queries, keys, dimension = (
        int(arguments[name]) for name in ("heads", "queries", "keys", "dimension")
    )
    keys += int(arguments.get("padding", 0))
    operands = heads * (queries + 2 * keys) * dimension
    widened = 0 if item_bytes == _WIDE_BYTES else _WIDE_BYTES
    own = operands * (2 * item_bytes + widened)
    return own + heads * queries * (keys * 20 + dimension * 40)


def _choose_scale(dimension: int) -> float:
    if dimension not in _SCALES:
        msg = f"dimension must be one of {sorted(_SCALES)}, not {dimension}"
        raise ValueError(msg)
    return _SCALES[dimension]


def _draw(key: mx.array, shape: tuple[int, ...], dtype: mx.Dtype) -> mx.array:
    return mx.random.uniform(-1.0, 1.0, shape, key=key).astype(dtype)


def _attend_explicitly(
    queries: mx.array, keys: mx.array, values: mx.array, scale: float
) -> mx.array:
    """Compute attention by its formula, in float32 and step by step."""
    wide = [array.astype(mx.float32) for array in (queries, keys, values)]
    scores = (wide[0] * scale) @ wide[1].swapaxes(-1, -2)
    return mx.softmax(scores, axis=-1) @ wide[2]


@operation("attention.explicit", estimate=_estimate_attention)
def against_explicit(
    *,
    key: mx.array,
    dtype: mx.Dtype,
    keys: Count,
    dimension: Count,
    queries: Count = 1,
    heads: Count = 4,
) -> Related:
    """Attend with `mx.fast.scaled_dot_product_attention`, and hold it against the formula.

    Formula: softmax(q kᵀ / sqrt(dimension)) v, q (1, heads, queries, dimension) and k, v
    (1, heads, keys, dimension), uniform in [-1, 1); near is max |p - r| ≤ 2**-6 · max |r|.
    Source: ml-explore/mlx issues 3897, 4279.
    Catches: by its bytes, how a kernel splits many keys into blocks (two passes from about a
    thousand keys), which follows the GPU's size; by its error, a kernel that is wrong for a length.
    """
    scale = _choose_scale(dimension)
    query_key, key_key, value_key = mx.random.split(key, 3)
    query = _draw(query_key, (1, heads, queries, dimension), dtype)
    keyed = _draw(key_key, (1, heads, keys, dimension), dtype)
    value = _draw(value_key, (1, heads, keys, dimension), dtype)
    result = mx.fast.scaled_dot_product_attention(query, keyed, value, scale=scale)
    mx.eval(result)
    reference = _attend_explicitly(query, keyed, value, scale)
    difference = measure_difference(result.astype(mx.float32), reference)
    return Related(
        name="attention is within 2**-6 of its formula in float32, by its largest element",
        holds=is_near(result, reference, _NEAR),
        facts={**difference.facts, "largest": find_largest(reference)},
        result=result,
    )


@operation("attention.padding", estimate=_estimate_attention)
def padding(
    *,
    key: mx.array,
    dtype: mx.Dtype,
    keys: Count,
    padding: Count,
    dimension: Count,
    queries: Count = 1,
    heads: Count = 4,
) -> Related:
    """Attend to keys, and to the same keys with further ones that a mask hides.

    Formula: attention over k and v under a mask of ones, against attention over k and v with
    `padding` keys appended and masked; hidden keys have weight exactly 0, so the numbers to be
    added are the same.
    Source: ml-explore/mlx issues 3897, 4279.
    Catches: split counts that follow the padded length: the order of summation, and so a
    sequence's tokens, depend on what it was batched with.
    """
    scale = _choose_scale(dimension)
    query_key, key_key, value_key = mx.random.split(key, 3)
    length = keys + padding
    query = _draw(query_key, (1, heads, queries, dimension), dtype)
    keyed = _draw(key_key, (1, heads, length, dimension), dtype)
    value = _draw(value_key, (1, heads, length, dimension), dtype)
    shown = mx.broadcast_to(mx.arange(length) < keys, (1, 1, queries, length))
    attend = mx.fast.scaled_dot_product_attention
    padded = attend(query, keyed, value, scale=scale, mask=shown)
    short_keys, short_values = (mx.contiguous(array[..., :keys, :]) for array in (keyed, value))
    plain = attend(query, short_keys, short_values, scale=scale, mask=shown[..., :keys])
    mx.eval(plain, padded)
    difference = measure_difference(padded, plain)
    return Related(
        name="masked keys change nothing",
        holds=not difference.differing,
        facts=difference.facts,
        result={"plain": plain, "padded": padded},
    )
