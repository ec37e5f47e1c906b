"""Draws from MLX's generator, threefry2x32."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_array
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count, Shape

_WORD_BYTES = 4
"""MLX draws 32-bit words and works in float32, whatever the dtype asked for."""


def _estimate_draw(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Output, and for half precision a float32 buffer beside it (measured: peak 3 x output)."""
    size: int = prod(arguments["shape"])
    return size * (item_bytes if item_bytes >= _WORD_BYTES else item_bytes + _WORD_BYTES)


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


@operation("random.gumbel", estimate=_estimate_words)
def gumbel(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Draw `mx.random.gumbel`: -log(-log(u)), u uniform in [0, 1).

    Catches: another `log`, taken twice: the noise behind categorical sampling.
    """
    return mx.random.gumbel(shape, dtype=dtype, key=key)


@operation("random.laplace", estimate=_estimate_words)
def laplace(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Draw `mx.random.laplace`: sign(u) · log1p(-|u|), u uniform in (-1, 1).

    Catches: another `log1p`.
    """
    return mx.random.laplace(shape, dtype=dtype, key=key)


@operation("random.truncated_normal", estimate=_estimate_words)
def truncated_normal(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, low: float = -2.0, high: float = 2.0
) -> mx.array:
    """Draw `mx.random.truncated_normal(low, high)`.

    Formula: sqrt(2) · erfinv(u), u uniform between erf(low / sqrt(2)) and erf(high / sqrt(2)).
    Catches: another `erf` at the bounds, or another `log` in erfinv.
    """
    return mx.random.truncated_normal(low, high, shape, dtype=dtype, key=key)


@operation("random.multivariate_normal", estimate=_estimate_words)
def multivariate_normal(*, key: mx.array, shape: Shape) -> mx.array:
    """Draw (rows, size) by `mx.random.multivariate_normal`, on the CPU: its SVD is nowhere else.

    Formula: mean 0, covariance min(i, j) + 1: integers, those of a random walk.
    Catches: another LAPACK, which may turn the sign of a singular vector; another `log`.
    """
    rows, size = shape
    steps = mx.arange(1.0, size + 1.0)
    walk = mx.minimum(steps[:, None], steps[None, :])
    return mx.random.multivariate_normal(0.0 * steps, walk, (rows,), key=key, stream=mx.cpu)


def _estimate_relation(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Draws, and what they are held against."""
    size: int = prod(arguments["shape"])
    return size * (9 * _WORD_BYTES + item_bytes)


@operation("random.global_normal", estimate=_estimate_relation)
def global_normal(*, seed: int, shape: Shape) -> Related:
    """Seed MLX's global state and draw two normals without a key; then do so again.

    Catches: a seed that does not reset the state, or a state that a draw does not advance.
    """
    draws = []
    for _ in range(2):
        mx.random.seed(seed)
        draws.append([mx.random.normal(shape), mx.random.normal(shape)])
    first, again = ([digest_array(it).digest for it in pair] for pair in draws)
    return Related(
        name="seeding again gives the same two draws, which differ",
        holds=first == again and first[0] != first[1],
        facts={"repeated": first == again, "advanced": first[0] != first[1]},
        result={"first": draws[0][0], "second": draws[0][1]},
    )


@operation("random.one_key_twice", estimate=_estimate_relation)
def one_key_twice(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> Related:
    """Draw normals twice from one key, without seeding.

    Catches: a draw that depends on more than its key, or that consumes it.
    """
    first, second = (mx.random.normal(shape, dtype=dtype, key=key) for _ in range(2))
    equal = digest_array(first).digest == digest_array(second).digest
    return Related(name="one key gives one draw", holds=equal, result=first)


@operation("random.subkeys_independent", estimate=_estimate_relation)
def subkeys_independent(*, key: mx.array, shape: Shape) -> Related:
    """Split a key into as many as the shape has rows; draw a row from each, one from the key.

    Catches: subkeys that repeat, or repeat their parent; draws that do. Not: any correlation.
    """
    keys = [*mx.random.split(key, shape[0]), key]
    draws = [mx.random.uniform(shape=shape[1:], key=single) for single in keys]
    distinct = [len({digest_array(it).digest for it in each}) for each in (keys, draws)]
    return Related(
        name="subkeys and their parent differ from each other, and so do their draws",
        holds=distinct == [len(keys), len(keys)],
        facts={"keys": len(keys), "distinct_keys": distinct[0], "distinct_draws": distinct[1]},
        result={"keys": mx.stack(keys[:-1]), "draws": mx.stack(draws[:-1])},
    )
