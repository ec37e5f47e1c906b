"""Threefry2x32 in plain Python, written from its definition, not from MLX.

Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011). Twenty rounds.
"""

from __future__ import annotations

_MASK = 0xFFFF_FFFF
_PARITY = 0x1BD1_1BDA
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))

Words = tuple[int, int]


def encrypt(key: Words, counter: Words) -> Words:
    """Encrypt a counter of two words under a key of two words."""
    schedule = (key[0], key[1], key[0] ^ key[1] ^ _PARITY)
    first = (counter[0] + schedule[0]) & _MASK
    second = (counter[1] + schedule[1]) & _MASK
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            first = (first + second) & _MASK
            second = ((second << rotation) | (second >> (32 - rotation))) & _MASK
            second ^= first
        first = (first + schedule[(group + 1) % 3]) & _MASK
        second = (second + schedule[(group + 2) % 3] + group + 1) & _MASK
    return first, second


def make_key(seed: int) -> Words:
    """Make the key of a 64-bit seed: its high word and its low word."""
    return seed >> 32, seed & _MASK


def draw_words(key: Words, count: int) -> list[int]:
    """Draw words: pair i encrypts (i, half + i), half = ceil(count / 2).

    First words come first, second words after them. Where `count` is odd, the last counter's
    second word is 0 and what it gives second is left out.
    """
    half = -(-count // 2)
    pairs = []
    for index in range(half):
        other = 0 if count % 2 and index == half - 1 else half + index
        pairs.append(encrypt(key, (index, other)))
    words = [pair[0] for pair in pairs] + [pair[1] for pair in pairs]
    return words[:count]


def split_key(key: Words, count: int) -> list[Words]:
    """Split a key: its words are `2 * count` drawn ones, two by two."""
    words = draw_words(key, 2 * count)
    return [(words[2 * index], words[2 * index + 1]) for index in range(count)]
