"""Draws from MLX's generator, threefry2x32."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.draws import draw_normal_chunked
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count, Shape

_WORD_BYTES = 4
"""MLX draws 32-bit words and works in float32, whatever the dtype asked for."""


def _estimate_draw(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Output, and for half precision two float32 buffers beside it (measured: peak 3 x output)."""
    size: int = prod(arguments["shape"])
    return size * (item_bytes if item_bytes >= _WORD_BYTES else item_bytes + _WORD_BYTES)


def _estimate_chunked(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Output, and the buffers of one chunk."""
    chunk = _estimate_draw({"shape": (arguments["chunk_elements"],)}, item_bytes)
    size: int = prod(arguments["shape"])
    return size * item_bytes + chunk


def _estimate_words(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Random words, what they become, and a comparison or a sort of them."""
    del item_bytes
    size: int = prod(arguments["shape"])
    return 3 * _WORD_BYTES * size


@operation("random.key", estimate=lambda _arguments, _item_bytes: 2 * _WORD_BYTES)
def key_words(*, key: mx.array) -> mx.array:
    """Give the key itself: two uint32 words.

    Formula: `key(seed)` is (seed >> 32, seed mod 2**32); a split is threefry2x32 over counters.
    Catches: another generator, another seeding, another derivation of subkeys. Integers only, so
    equal everywhere; the control for every other draw.
    """
    return key


@operation("random.uniform", estimate=_estimate_draw)
def uniform(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, low: float = 0.0, high: float = 1.0
) -> mx.array:
    """Draw `mx.random.uniform(low, high)`.

    Formula: bits / 4294967295 in float32, at most the float below 1, times (high - low) plus low.
    Catches: a changed stream; every step is correctly rounded, so equal everywhere is expected.
    """
    return mx.random.uniform(low, high, shape, dtype=dtype, key=key)


@operation("random.normal", estimate=_estimate_draw)
def normal(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, loc: float = 0.0, scale: float = 1.0
) -> mx.array:
    """Draw `mx.random.normal`.

    Formula: sqrt(2) · erfinv(u), u uniform in (-1, 1); erfinv is a polynomial in log(1 - u²).
    Catches: another `log`: the one step that is not correctly rounded (ml-explore/mlx issue
    3568). Elements are few of many, so small draws can agree by luck.
    """
    if loc == 0.0 and scale == 1.0:
        return mx.random.normal(shape, dtype=dtype, key=key)
    return mx.random.normal(shape, dtype=dtype, loc=loc, scale=scale, key=key)


@operation("random.normal_chunked", estimate=_estimate_chunked)
def normal_chunked(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, chunk_elements: Count = 65536
) -> mx.array:
    """Draw normals chunk by chunk from subkeys; see `numerics.draws.draw_normal_chunked`.

    Catches: what `random.normal` catches, over many keys, and memory that grows beyond the
    output.
    """
    return draw_normal_chunked(shape, key=key, dtype=dtype, chunk_elements=chunk_elements)


@operation("random.bernoulli", estimate=_estimate_words)
def bernoulli(*, key: mx.array, shape: Shape, p: float = 0.5) -> mx.array:
    """Draw `mx.random.bernoulli(p)`: booleans, a uniform draw below p.

    Catches: a changed uniform draw or comparison.
    """
    return mx.random.bernoulli(p, shape, key=key)


@operation("random.randint", estimate=_estimate_words)
def randint(*, key: mx.array, shape: Shape, low: int, high: int) -> mx.array:
    """Draw `mx.random.randint(low, high)`: int32 from low up to, not including, high.

    Catches: a changed map from random bits to a range.
    """
    return mx.random.randint(low, high, shape, key=key)


@operation(
    "random.permutation",
    estimate=lambda arguments, _: 4 * _WORD_BYTES * int(arguments["length"]),
)
def permutation(*, key: mx.array, length: Count) -> mx.array:
    """Draw `mx.random.permutation(length)`: the order that sorts random words.

    Catches: a changed stream, an unstable or changed sort.
    """
    return mx.random.permutation(length, key=key)


@operation(
    "random.categorical",
    estimate=lambda arguments, _: 3 * _WORD_BYTES * int(arguments["rows"] * arguments["classes"]),
)
def categorical(*, key: mx.array, rows: Count, classes: Count) -> mx.array:
    """Draw one class for each row of fixed logits: argmax of logits plus Gumbel noise.

    Formula: logits are linspace(-2, 2) over the classes; the noise is -log(-log(u)).
    Catches: a changed stream; another `log` only where it changes which class is largest.
    """
    logits = mx.broadcast_to(mx.linspace(-2.0, 2.0, classes), (rows, classes))
    return mx.random.categorical(logits, key=key)
