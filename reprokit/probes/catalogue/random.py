"""Draws from MLX's generator, threefry2x32."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_array
from reprokit.numerics.draws import draw_normal_chunked
from reprokit.numerics.outcome import Related, Staged
from reprokit.probes.catalogue.elementwise import log_of_complement
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count, Shape

_WORD_BYTES = 4
"""MLX draws 32-bit words and works in float32, whatever the dtype asked for."""
_WORDS = 2**32


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


def _draw_words(key: mx.array, count: int) -> mx.array:
    """Draw the uint32 words that a draw of so many numbers is made of.

    `split` gives them raw; where the count is odd, all but one: the last counter of a draw is
    (half - 1, 0) then, and that of `split` (half - 1, count).
    """
    half = (count + 1) // 2
    words = mx.random.split(key, max(half, 1)).reshape(-1)[:count]
    if count % 2:
        words[half - 1] = mx.array(_encrypt_first(key, half - 1), dtype=mx.uint32)
    return words


def _encrypt_first(key: mx.array, index: int) -> int:
    """Give the first word of threefry2x32 over the counter (index, 0); exact."""
    schedule = (int(key[0]), int(key[1]), int(key[0] ^ key[1]) ^ 0x1BD1_1BDA)
    first, second = (index + schedule[0]) % _WORDS, schedule[1]
    for group in range(5):
        for rotation in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            first = (first + second) % _WORDS
            second = first ^ ((second << rotation) % _WORDS | second >> (32 - rotation))
        first = (first + schedule[(group + 1) % 3]) % _WORDS
        second = (second + schedule[(group + 2) % 3] + group + 1) % _WORDS
    return first


def _map_words(words: mx.array, low: float, high: float, dtype: mx.Dtype) -> mx.array:
    """Make uniform numbers of words, step by step as `mx.random.uniform` does."""
    unit = mx.minimum(words / mx.array(float(_WORDS - 1)), mx.array(_below_one(dtype)))
    bottom, top = mx.array(low, dtype=dtype), mx.array(high, dtype=dtype)
    return (top - bottom) * unit.astype(dtype) + bottom


def _below_one(dtype: mx.Dtype) -> float:
    """Give the largest number of a dtype below 1."""
    return 1.0 - mx.finfo(dtype).eps / 2


def _estimate_stages(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Five float32 arrays and two of float64, and the result."""
    size: int = prod(arguments["shape"])
    return size * (9 * _WORD_BYTES + item_bytes)


@operation("random.uniform_stages", estimate=_estimate_stages)
def uniform_stages(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, low: float = 0.0, high: float = 1.0
) -> Staged:
    """Draw `random.uniform` and show its steps: `words`, and `mapped`, remade from the words.

    Catches: whether a changed uniform draw has other words or another map from words to numbers.
    """
    words = _draw_words(key, prod(shape))
    stages = {"words": words, "mapped": _map_words(words, low, high, dtype)}
    return Staged(result=mx.random.uniform(low, high, shape, dtype=dtype, key=key), stages=stages)


@operation("random.normal_stages", estimate=_estimate_stages)
def normal_stages(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> Staged:
    """Draw `random.normal` and show its steps: `words`, `uniform`, `log`, `erfinv`.

    Formula: sqrt(2) in the dtype times erfinv(u) cast to it; u uniform float32 on (-1, 1); `log`
    is log(1 - u²), which erfinv takes inside itself and `mx.log` takes here.
    Catches: the first step that parts: another generator, another map, another `log`, another
    polynomial, another rounding to half precision.
    """
    words = _draw_words(key, prod(shape))
    mapped = _map_words(words, -_below_one(mx.float32), 1.0, mx.float32)
    stages = {"words": words, "uniform": mapped}
    stages |= {"log": log_of_complement(mapped), "erfinv": mx.erfinv(mapped)}
    return Staged(result=mx.random.normal(shape, dtype=dtype, key=key), stages=stages)


@operation("random.global_normal", estimate=_estimate_stages)
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


@operation("random.one_key_twice", estimate=_estimate_stages)
def one_key_twice(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> Related:
    """Draw normals twice from one key, without seeding.

    Catches: a draw that depends on more than its key, or that consumes it.
    """
    first, second = (mx.random.normal(shape, dtype=dtype, key=key) for _ in range(2))
    equal = digest_array(first).digest == digest_array(second).digest
    return Related(name="one key gives one draw", holds=equal, result=first)


@operation("random.subkeys_independent", estimate=_estimate_stages)
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
