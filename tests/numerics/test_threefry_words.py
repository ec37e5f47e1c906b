"""Words of a definition in plain Python, held against the tests' own generator and MLX."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.keys import derive_key
from reprokit.numerics.threefry_words import (
    derive_key_words,
    draw_word,
    draw_words,
    encrypt_counter,
)
from tests.builders import QUICK
from tests.numerics import threefry

SEEDS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_published_answers(
    key: tuple[int, int], counter: tuple[int, int], expected: tuple[int, int]
) -> None:
    """The known answers of the generator's authors, for twenty rounds."""
    assert encrypt_counter(key, counter) == expected


@QUICK
@given(SEEDS, st.integers(1, 50))
def test_words_are_the_draws(seed: int, size: int) -> None:
    """Each word, alone, is that of the whole draw, for even and odd sizes."""
    expected = threefry.draw_words(threefry.make_key(seed), size)
    assert [draw_word(derive_key_words(seed), size, it) for it in range(size)] == expected


@QUICK
@given(SEEDS, st.lists(st.tuples(st.integers(0, 9), st.integers(10, 99)), max_size=3))
def test_keys_are_mlxs(seed: int, steps: list[tuple[int, int]]) -> None:
    """A seed and a path of splits lead to the two words of MLX's key."""
    key = derive_key(seed, steps)
    assert key.dtype == mx.uint32
    assert derive_key_words(seed, steps) == tuple(np.array(key).tolist())


@pytest.mark.parametrize("size", [0, 1, 2, 3, 8, 257])
def test_words_side_by_side_are_those_one_by_one(size: int) -> None:
    """Lanes of one large integer do not reach into each other."""
    key = derive_key_words(2**63 + 5, ((1, 3),))
    assert draw_words(key, size) == [draw_word(key, size, index) for index in range(size)]
