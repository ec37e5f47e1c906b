"""The generator's words in plain Python, one by one: for definitions, where MLX is not loaded.

Threefry2x32 with twenty rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as
1, 2, 3, SC 2011), counted as MLX counts. `numerics.threefry` does the same over whole arrays.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    Pair: TypeAlias = tuple[int, int]

_WORD = 0xFFFF_FFFF
_PARITY = 0x1BD1_1BDA
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_GROUPS = 5


def derive_key_words(seed: int, steps: Iterable[Pair] = ()) -> Pair:
    """Make the two words of the key that a seed and a path of splits lead to.

    Args:
        seed: From 0 to 2**64 - 1.
        steps: Pairs `(i, n)`, as `keys.parse_key_path` gives them.

    Returns:
        What `keys.derive_key` holds.
    """
    key = (seed >> 32, seed & _WORD)
    for index, count in steps:
        key = (draw_word(key, 2 * count, 2 * index), draw_word(key, 2 * count, 2 * index + 1))
    return key


def draw_word(key: Pair, size: int, index: int) -> int:
    """Draw one word of a draw of `size` words, by the rule of `threefry.draw_word_pairs`."""
    half = (size + 1) // 2
    row = index % half
    other = 0 if size % 2 and row == half - 1 else half + row
    return encrypt_counter(key, (row, other))[index >= half]


def encrypt_counter(key: Pair, counter: Pair) -> Pair:
    """Encrypt a counter of two words under a key of two words."""
    schedule = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    first, second = ((word + key_word) & _WORD for word, key_word in zip(counter, key, strict=True))
    for group in range(_GROUPS):
        for rotation in _ROTATIONS[group % 2]:
            first = (first + second) & _WORD
            second = ((second << rotation | second >> (32 - rotation)) & _WORD) ^ first
        first = (first + schedule[(group + 1) % 3]) & _WORD
        second = (second + schedule[(group + 2) % 3] + group + 1) & _WORD
    return first, second


def draw_words(key: Pair, size: int) -> list[int]:
    """Draw all words of a draw, by the rule of `draw_word`, side by side.

    Each counter is a lane of 64 bits in one large integer, so that a round is a few operations on
    that; a lane's upper half takes what carries.

    Args:
        key: Two words.
        size: How many words.
    """
    half = (size + 1) // 2
    if not half:
        return []
    ones = int.from_bytes(b"\1\0\0\0\0\0\0\0" * half, "little")
    low = ones * _WORD
    first = _join_lanes(range(half))
    second = _join_lanes([*range(half, size), *[0] * (2 * half - size)])
    schedule = [word * ones for word in (key[0], key[1], key[0] ^ key[1] ^ _PARITY)]
    first, second = (first + schedule[0]) & low, (second + schedule[1]) & low
    for group in range(_GROUPS):
        for rotation in _ROTATIONS[group % 2]:
            first = (first + second) & low
            turned = second << rotation
            second = ((turned | turned >> 32) & low) ^ first
        first = (first + schedule[(group + 1) % 3]) & low
        second = (second + schedule[(group + 2) % 3] + (group + 1) * ones) & low
    return [*_split_lanes(first, half), *_split_lanes(second, half)][:size]


def _join_lanes(words: Iterable[int]) -> int:
    lanes = array("Q", words)
    if sys.byteorder == "big":
        lanes.byteswap()
    return int.from_bytes(lanes.tobytes(), "little")


def _split_lanes(lanes: int, count: int) -> list[int]:
    words = array("Q", lanes.to_bytes(8 * count, "little"))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tolist()
