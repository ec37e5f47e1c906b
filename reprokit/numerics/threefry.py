"""The generator behind MLX's random numbers, counter by counter.

Threefry2x32 with twenty rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as
1, 2, 3, SC 2011). All of it is arithmetic modulo 2**32: the words are the same on every device,
compiled or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Callable

    Words = tuple[mx.array, mx.array]

MOST_WORDS = 2**32
"""MLX counts words in 32 bits: a draw of more repeats itself."""

_PARITY = 0x1BD1_1BDA
_ROTATIONS = (((13, 15), (26, 6)), ((17, 29), (16, 24)))
_GROUPS = 5
_WORD_BITS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySchedule:
    """What is added to a counter under a key, evaluated once for all its counters.

    Attributes:
        initial: The key's two words, added before the first round: uint32, no axis.
        added: Pairs of words, added after each four rounds.
    """

    initial: Words
    added: tuple[Words, ...]


def expand_key(key: mx.array) -> KeySchedule:
    """Expand a key of two uint32 words, shape (2,)."""
    words = (key[0], key[1], key[0] ^ key[1] ^ mx.array(_PARITY, dtype=mx.uint32))
    added = tuple(
        (
            words[group % 3],
            words[(group + 1) % 3] + mx.array(group, dtype=mx.uint32),
        )
        for group in range(1, _GROUPS + 1)
    )
    mx.eval(words, added)
    return KeySchedule(initial=words[:2], added=added)


def encrypt(schedule: KeySchedule, first: mx.array, second: mx.array, *, compiled: bool) -> Words:
    """Encrypt counters of two words.

    Args:
        schedule: Of the key.
        first: First words of the counters: uint32, any shape.
        second: Their second words, of a shape that broadcasts with it.
        compiled: Whether to fuse the rounds with `mx.compile`, which costs a compiler's run once.

    Returns:
        Two uint32 arrays, exact.
    """
    words = first + schedule.initial[0], second + schedule.initial[1]
    for group, added in enumerate(schedule.added):
        even, odd = _ROTATIONS[group % 2]
        words = _find_rounds(even, compiled)(*words)
        words = _find_rounds(odd, compiled)(*words, *added)
    return words


@cache
def _find_rounds(rotations: tuple[int, int], compiled: bool) -> Callable[..., Words]:  # noqa: FBT001 - a key of the cache
    """Make two rounds, after which words of the key may be added.

    Two at a time: what is deeper MLX splits, at places of its own choice.
    """

    def rounds(first: mx.array, second: mx.array, *added: mx.array) -> Words:
        for rotation in rotations:
            first = first + second
            second = ((second << rotation) | (second >> (_WORD_BITS - rotation))) ^ first
        return (first + added[0], second + added[1]) if added else (first, second)

    return mx.compile(rounds) if compiled else rounds


def count(start: int, stop: int) -> mx.array:
    """Count from `start`, modulo 2**32: uint32, shape (stop - start,)."""
    # some releases take no ends beyond 2**31
    return mx.arange(stop - start, dtype=mx.uint32) + mx.array(start % MOST_WORDS, dtype=mx.uint32)


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
    first = count(start, stop)
    second = first + mx.array(half % MOST_WORDS, dtype=mx.uint32)
    is_short = bool(size % 2 and stop == half)
    if is_short:
        second[stop - start - 1] = 0
    words = encrypt(schedule, first, second, compiled=compiled)
    return words[0], words[1][: stop - start - is_short]


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
    half = (size + 1) // 2
    parts = []
    if start < half or start == stop:
        end = min(stop, half)
        parts.append(draw_word_pairs(schedule, size, start, end, compiled=compiled)[0])
    if stop > half:
        begin = max(start, half)
        parts.append(
            draw_word_pairs(schedule, size, begin - half, stop - half, compiled=compiled)[1]
        )
    return mx.concatenate(parts) if len(parts) > 1 else parts[0]


def can_fuse() -> bool:
    """Tell whether MLX can compile the rounds here, and they give what they give uncompiled."""
    schedule = expand_key(mx.arange(2, dtype=mx.uint32))
    counters = mx.arange(8, dtype=mx.uint32)
    expected = encrypt(schedule, counters, counters, compiled=False)
    try:
        fused = encrypt(schedule, counters, counters, compiled=True)
        mx.eval(fused)
    except RuntimeError:
        return False
    return all(bool(mx.array_equal(*pair)) for pair in zip(expected, fused, strict=True))
