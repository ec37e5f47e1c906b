"""`mx.random.normal` step by step in plain Python: exact but for `log`, which is left open.

A normal number is sqrt(2) · erfinv(u) of a uniform u; MLX's erfinv takes t = log(1 - u²), a
polynomial in t by fused multiply-adds, and the product with u. IEEE 754 fixes every step but the
`log`, which each C library and each GPU computes in its own way. So two machines that do the same
steps can differ only in elements whose `log` differs, and in those only by what these steps make
of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from reprokit.numerics.float32_steps import move_float32, multiply_add, round_log
from reprokit.numerics.float_bits import (
    join_elements,
    measure_ulp,
    read_float,
    round_to_bits,
    round_to_float32,
)
from reprokit.numerics.threefry_words import derive_key_words, draw_word

REACH_ULP = 4
"""How far from the correctly rounded `log` other ones are looked at."""

_BELOW_ONE = 1.0 - 2.0**-24
_FAR_BEYOND = 6.125

_FAR = (
    *(3.03697567e-10, 2.93243101e-8, 1.22150334e-6, 2.84108955e-5, 3.93552968e-4),
    *(3.02698812e-3, 4.83185798e-3, -2.64646143e-1, 8.40016484e-1),
)
_NEAR = (
    *(5.43877832e-9, 1.43285448e-7, 1.22774793e-6, 1.12963626e-7, -5.61530760e-5),
    *(-1.47697632e-4, 2.31468678e-3, 1.15392581e-2, -2.32015476e-1, 8.86226892e-1),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NormalDraw:
    """A call of `mx.random.normal` without `loc` and `scale`.

    Attributes:
        size: How many elements; their shape does not change them.
        seed: Of the key.
        steps: How the key follows from the seed, as `keys.parse_key_path` gives it.
        dtype: `float32`, `float16` or `bfloat16`.
    """

    size: int
    seed: int
    steps: tuple[tuple[int, int], ...] = ()
    dtype: str = "float32"


def map_to_uniform(word: int) -> float:
    """Map a word to the uniform number on (-1, 1) that MLX takes for a normal.

    Formula: 2 · min(word / 2**32, below 1) - below 1, below 1 = 1 - 2**-24; the word is rounded to
    float32, and so is the result.
    """
    unit = min(round_to_float32(word) * 2.0**-32, _BELOW_ONE)
    return round_to_float32(2.0 * unit - _BELOW_ONE)


def round_log_of_complement(uniform: float) -> float:
    """Return log(1 - uniform²), argument and logarithm each correctly rounded to float32."""
    return round_log(multiply_add(uniform, -uniform, 1.0))


def finish_normal(uniform: float, log: float, dtype: str) -> int:
    """Make a normal number of a uniform one and the logarithm inside erfinv.

    Formula: sqrt(2) · (u · p(t)), p a polynomial by Horner's rule in fused multiply-adds, of which
    there are two, for |t| up to 6.125 and beyond; u · p(t) is rounded to float32, then to the
    dtype, and so is the product with the dtype's sqrt(2).

    Args:
        uniform: u, float32, on (-1, 1).
        log: t, float32, negative or 0.
        dtype: `float32`, `float16` or `bfloat16`.

    Returns:
        Bits of the number. Exact: a function of the arguments that is the same everywhere.
    """
    first, *others = _round_coefficients(abs(log) > _FAR_BEYOND)
    value = first
    for coefficient in others:
        value = multiply_add(value, log, coefficient)
    inverse = read_float(round_to_bits(round_to_float32(uniform * value), dtype), dtype)
    # the product of two halves is exact in float32: no half is rounded twice
    return round_to_bits(round_to_float32(inverse * _round_root(dtype)), dtype)


@lru_cache
def _round_coefficients(far: bool) -> tuple[float, ...]:  # noqa: FBT001 - a key of the cache
    return tuple(round_to_float32(it) for it in (_FAR if far else _NEAR))


@lru_cache
def _round_root(dtype: str) -> float:
    return read_float(round_to_bits(round_to_float32(sqrt(2.0)), dtype), dtype)


def list_log_outcomes(draw: NormalDraw) -> tuple[tuple[int, ...], ...]:
    """List what each element becomes for each `log` near the correctly rounded one.

    Returns:
        The outcomes of each element, as `compute_log_outcomes` gives them. Costs two tenths of a
        second for a thousand elements.
    """
    return tuple(compute_log_outcomes(draw, index) for index in range(draw.size))


@lru_cache(maxsize=2**14)
def compute_log_outcomes(draw: NormalDraw, index: int) -> tuple[int, ...]:
    """Compute what one element becomes for each `log` near the correctly rounded one.

    Returns:
        Its bits for logs `-REACH_ULP` to `REACH_ULP` float32 steps away, the correctly rounded one
        in the middle; a positive step is towards greater, that is smaller in magnitude.
    """
    word = draw_word(_derive_key(draw.seed, draw.steps), draw.size, index)
    uniform = map_to_uniform(word)
    log = round_log_of_complement(uniform)
    ulps = range(-REACH_ULP, REACH_ULP + 1)
    return tuple(finish_normal(uniform, move_float32(log, ulp), draw.dtype) for ulp in ulps)


@lru_cache(maxsize=8)
def _derive_key(seed: int, steps: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    return derive_key_words(seed, steps)


def draw_with_rounded_log(draw: NormalDraw) -> bytes:
    """Draw with the correctly rounded `log`: little-endian bytes, the same on every machine."""
    return join_elements([it[REACH_ULP] for it in list_log_outcomes(draw)], draw.dtype)


def measure_log_change(outcomes: tuple[int, ...], baseline: int, candidate: int) -> int | None:
    """Find the least change of `log` that makes one number of another.

    Args:
        outcomes: Of the element, from `compute_log_outcomes`.
        baseline: Bits of the number.
        candidate: Bits of the other.

    Returns:
        Signed float32 steps of the candidate's `log` against the baseline's, those nearest to the
        correctly rounded one where several are equally small; None where no `log` within reach
        makes one of the two.
    """
    starts, ends = (
        [ulp for ulp, bits in enumerate(outcomes, -REACH_ULP) if bits == wanted]
        for wanted in (baseline, candidate)
    )
    pairs = [(end - start, abs(start) + abs(end)) for start in starts for end in ends]
    return min(pairs, key=lambda it: (abs(it[0]), it[1]))[0] if pairs else None


def list_log_alternatives(draw: NormalDraw, base: list[int], span: int) -> list[list[int]]:
    """List what else each element could be, had it another `log`.

    Args:
        draw: The call.
        base: Bits of each element at hand: drawn anywhere, or of `draw_with_rounded_log`.
        span: How many float32 steps the `log` may be from the correctly rounded one, and from the
            nearest to it that gives the bits at hand; at most `REACH_ULP`.

    Returns:
        For each element bits other than the base's, the nearest first; an empty list for most,
        since the last steps round most changes of `log` away.
    """
    return [
        _list_alternatives(outcomes, bits, span, draw.dtype)
        for outcomes, bits in zip(list_log_outcomes(draw), base, strict=True)
    ]


def _list_alternatives(outcomes: tuple[int, ...], base: int, span: int, dtype: str) -> list[int]:
    giving = [at for at, bits in enumerate(outcomes) if bits == base]
    centres = {REACH_ULP, min(giving, key=lambda at: abs(at - REACH_ULP), default=REACH_ULP)}
    near = {
        bits
        for at, bits in enumerate(outcomes)
        if bits != base and any(abs(at - centre) <= span for centre in centres)
    }
    return sorted(near, key=lambda it: (abs(measure_ulp(base, it, dtype) or 0), it))
