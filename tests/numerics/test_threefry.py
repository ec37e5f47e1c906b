"""MLX's generator, held against an independent one."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics import threefry as ours
from tests.builders import QUICK
from tests.numerics.threefry import draw_words, encrypt, make_key, split_key

SEEDS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_reference_gives_random123_vectors(
    key: tuple[int, int], counter: tuple[int, int], words: tuple[int, int]
) -> None:
    """The reference gives the known answers that Random123 publishes for threefry2x32-20."""
    assert encrypt(key, counter) == words


@QUICK
@given(SEEDS)
def test_key_is_the_seeds_two_words(seed: int) -> None:
    """A key is the seed's high word and its low word."""
    assert tuple(mx.random.key(seed).tolist()) == make_key(seed)  # type: ignore[arg-type]


@QUICK
@given(SEEDS, st.integers(1, 40))
def test_split_gives_the_references_words(seed: int, count: int) -> None:
    """Every subkey of a split has the words that the reference draws."""
    subkeys = np.array(mx.random.split(mx.random.key(seed), count)).tolist()
    assert [tuple(words) for words in subkeys] == split_key(make_key(seed), count)


@QUICK
@given(SEEDS, st.integers(1, 41))
def test_bits_give_the_references_words(seed: int, count: int) -> None:
    """Raw words, odd numbers of them too, are the reference's, seen through uniforms."""
    uniform = np.array(mx.random.uniform(shape=(count,), key=mx.random.key(seed)))
    words = np.array(draw_words(make_key(seed), count), np.uint32)
    below_one = np.nextafter(np.float32(1), np.float32(0))
    expected = np.minimum(words.astype(np.float32) / np.float32(2**32 - 1), below_one)
    assert uniform.tobytes() == expected.tobytes()


@QUICK
@given(st.data(), SEEDS, st.booleans())
def test_any_words_of_a_draw(data: st.DataObject, seed: int, compiled: bool) -> None:  # noqa: FBT001
    """Any run of words is what the reference's whole draw has there."""
    size = data.draw(st.integers(0, 60))
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    words = ours.draw_words(
        ours.expand_key(mx.random.key(seed)), size, start, stop, compiled=compiled
    )
    assert words.tolist() == draw_words(make_key(seed), size)[start:stop]


@QUICK
@given(SEEDS, st.integers(1, 60), st.integers(0, 29))
def test_pairs_of_a_draw(seed: int, size: int, start: int) -> None:
    """Counters give a word of the first half and one of the second, where there is one."""
    half = (size + 1) // 2
    start = min(start, half - 1)
    first, second = ours.draw_word_pairs(ours.expand_key(mx.random.key(seed)), size, start, half)
    whole = draw_words(make_key(seed), size)
    assert first.tolist() == whole[start:half]
    assert second.tolist() == whole[half + start :]


@pytest.mark.parametrize("size", [2**32, 2**32 - 1])
def test_words_at_the_end_of_the_largest_draw(size: int) -> None:
    """Counters near 2**32 wrap as 32-bit numbers do."""
    key = make_key(3)
    half = (size + 1) // 2
    found = ours.draw_words(ours.expand_key(mx.random.key(3)), size, size - 2, size).tolist()
    expected = [encrypt(key, (at - half, at))[1] for at in (size - 2, size - 1)]
    assert found == expected


def test_fusing_is_tried() -> None:
    """Where MLX can compile, the trial says so."""
    assert ours.can_fuse()
