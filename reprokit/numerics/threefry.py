"""The generator behind MLX's random numbers, counter by counter.

Threefry2x32 with twenty rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as
1, 2, 3, SC 2011). All of it is arithmetic modulo 2**32: the words are the same on every device,
compiled or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Callable

    Words = tuple[mx.array, mx.array]

MOST_WORDS = 2**32
"""MLX counts words in 32 bits: a draw of more repeats itself."""

_PARITY = 0x1BD1_1BDA
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_GROUPS = 5
_WORD_BITS = 32
_KEPT_COUNT = 65536
_ROUNDS = tuple(
    (rotation, place == 3)  # noqa: PLR2004 - words of the key follow each four rounds
    for group in range(_GROUPS)
    for place, rotation in enumerate(_ROTATIONS[group % 2])
)
"""Rotations in their order, and whether words of the key are added after them."""

_FUSED_ROUNDS = 3
"""Rounds that are fused into one kernel: MLX splits what is deeper, at places of its own choice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySchedule:
    """What is added to counters under a key, made once for all of them.

    Attributes:
        initial: The key's two words, added before the first round.
        added: Pairs of words, added after each four rounds: uint32 without axes, evaluated.
    """

    initial: tuple[int, int]
    added: tuple[Words, ...]


def expand_key(key: mx.array) -> KeySchedule:
    """Expand a key of two uint32 words, shape (2,)."""
    first, second = (int(word) for word in memoryview(key).tolist())  # type: ignore[arg-type]
    words = (first, second, first ^ second ^ _PARITY)
    added = tuple(
        (_make_word(words[group % 3]), _make_word(words[(group + 1) % 3] + group))
        for group in range(1, _GROUPS + 1)
    )
    return KeySchedule(initial=(first, second), added=added)


def _make_word(number: int) -> mx.array:
    return mx.array(number % MOST_WORDS, dtype=mx.uint32)


def encrypt(
    schedule: KeySchedule,
    counter: tuple[int, int],
    count: int,
    *,
    step: tuple[int, int] = (1, 1),
    compiled: bool,
) -> Words:
    """Encrypt counters of two words that follow each other.

    Args:
        schedule: Of the key.
        counter: The first counter; its words are taken modulo 2**32.
        count: How many counters.
        step: What the words grow by from counter to counter.
        compiled: Whether to fuse rounds with `mx.compile`, which costs a compiler's run once.

    Returns:
        Two uint32 arrays of shape (count,), exact.
    """
    starts = [_make_word(sum(pair)) for pair in zip(counter, schedule.initial, strict=True)]
    words = _find_start(compiled)(_count_up(count), *map(_make_word, step), *starts)
    group = 0
    for start in range(_FUSED_ROUNDS, len(_ROUNDS), _FUSED_ROUNDS):
        rounds = _ROUNDS[start : start + _FUSED_ROUNDS]
        injected = any(is_last for _, is_last in rounds)
        words = _find_rounds(rounds, compiled)(*words, *(schedule.added[group] if injected else ()))
        group += injected
    return words


def _count_up(count: int) -> mx.array:
    # nearly all blocks of a draw have one length; longer ones are not worth their memory
    return _keep_count(count) if count <= _KEPT_COUNT else mx.arange(count, dtype=mx.uint32)


@lru_cache(maxsize=2)
def _keep_count(count: int) -> mx.array:
    places = mx.arange(count, dtype=mx.uint32)
    mx.eval(places)
    return places


@cache
def _find_start(compiled: bool) -> Callable[..., Words]:  # noqa: FBT001 - a key of the cache
    rounds = _find_rounds(_ROUNDS[:_FUSED_ROUNDS], compiled=False)

    def start(places: mx.array, *numbers: mx.array) -> Words:
        steps, starts = numbers[:2], numbers[2:]
        return rounds(places * steps[0] + starts[0], places * steps[1] + starts[1])

    return mx.compile(start) if compiled else start


@cache
def _find_rounds(
    rounds: tuple[tuple[int, bool], ...],
    compiled: bool,  # noqa: FBT001 - a key of the cache
) -> Callable[..., Words]:
    def apply(first: mx.array, second: mx.array, *added: mx.array) -> Words:
        for rotation, is_last in rounds:
            first = first + second
            second = ((second << rotation) | (second >> (_WORD_BITS - rotation))) ^ first
            if is_last:
                first, second = first + added[0], second + added[1]
        return first, second

    return mx.compile(apply) if compiled else apply


def draw_word_pairs(
    schedule: KeySchedule, size: int, start: int, stop: int, *, compiled: bool = False
) -> Words:
    """Draw the words that counters `start` to `stop` give to a draw of `size` numbers.

    With half = ceil(size / 2), counter i is (i, half + i); its first word is word i of the draw,
    its second word is word half + i. Where `size` is odd, the last counter is (half - 1, 0) and
    its second word is left out.

    Args:
        schedule: Of the key.
        size: Words of the whole draw, at most 2**32.
        start: First counter.
        stop: One more than the last, at most half.
        compiled: As for `encrypt`.

    Returns:
        uint32 arrays: words `start` to `stop`, and words half + start to min(half + stop, size).
    """
    half = (size + 1) // 2
    if not size % 2 or stop < half or start == stop:
        return encrypt(schedule, (start, half + start), stop - start, compiled=compiled)
    first, second = encrypt(schedule, (start, half + start), stop - 1 - start, compiled=compiled)
    last, _ = encrypt(schedule, (half - 1, 0), 1, compiled=False)
    return mx.concatenate([first, last]), second


def draw_words(
    schedule: KeySchedule, size: int, start: int, stop: int, *, compiled: bool = False
) -> mx.array:
    """Draw words `start` to `stop` of a draw of `size` numbers, without the others.

    Args:
        schedule: Of the key.
        size: Words of the whole draw, at most 2**32.
        start: First word.
        stop: One more than the last, at most `size`.
        compiled: As for `encrypt`.

    Returns:
        uint32, shape (stop - start,).
    """
    if start == stop:
        return mx.zeros((0,), dtype=mx.uint32)
    half = (size + 1) // 2
    parts = []
    if start < half:
        end = min(stop, half)
        parts.append(draw_word_pairs(schedule, size, start, end, compiled=compiled)[0])
    if stop > half:
        begin = max(start, half) - half
        parts.append(draw_word_pairs(schedule, size, begin, stop - half, compiled=compiled)[1])
    return mx.concatenate(parts) if len(parts) > 1 else parts[0]


def can_fuse() -> bool:
    """Tell whether MLX can compile the rounds here, and they give what they give uncompiled."""
    schedule = expand_key(mx.arange(2, dtype=mx.uint32))
    expected = encrypt(schedule, (0, 1), 8, compiled=False)
    try:
        fused = encrypt(schedule, (0, 1), 8, compiled=True)
        mx.eval(fused)
    except RuntimeError:
        return False
    return all(bool(mx.array_equal(*pair)) for pair in zip(expected, fused, strict=True))
