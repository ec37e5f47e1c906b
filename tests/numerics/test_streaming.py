"""Digests and statistics of streamed arrays, held against those of the whole."""

from __future__ import annotations

from itertools import pairwise

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.digest import digest_array
from reprokit.numerics.outcome import Streamed
from reprokit.numerics.streaming import digest_stream
from tests.builders import QUICK


def cut(array: mx.array, places: list[int]) -> list[mx.array]:
    """Cut an array of one axis at places."""
    edges = [0, *sorted(min(place, array.size) for place in places), array.size]
    return [array[start:stop] for start, stop in pairwise(edges)]


@QUICK
@given(st.integers(0, 70_000), st.lists(st.integers(0, 70_000), max_size=6))
def test_pieces_do_not_decide_the_digests(size: int, places: list[int]) -> None:
    """However an array is cut, its digests are those of the whole."""
    array = mx.random.normal((size,), dtype=mx.bfloat16, key=mx.random.key(0))
    streamed = Streamed(shape=(size,), dtype=mx.bfloat16, pieces=cut(array, places))
    assert digest_stream(streamed).digest == digest_array(array)


@pytest.mark.parametrize("size", [4096, 4097, 8192, 64 * 4096, 64 * 4096 + 1])
def test_blocks_at_their_edges(size: int) -> None:
    """Where the last run is whole or of one byte, the runs are those of the whole."""
    array = mx.arange(size).astype(mx.uint8)
    streamed = Streamed(shape=(size,), dtype=mx.uint8, pieces=cut(array, [1, 4095, 5000]))
    assert digest_stream(streamed).digest == digest_array(array)


@pytest.mark.parametrize("loc", [0.0, 1000.0, 1e5])
def test_statistics_describe_the_array(loc: float) -> None:
    """Mean, deviation and extremes are those that NumPy finds, far from 0 too."""
    array = mx.random.normal((50_000,), key=mx.random.key(1)) + loc
    streamed = Streamed(shape=(50_000,), dtype=mx.float32, pieces=cut(array, [10_000, 30_000]))
    found = digest_stream(streamed).statistics
    values = np.array(array).astype(np.float64)
    expected = (values.mean(), values.std(), values.min(), values.max())
    names = ("mean", "deviation", "smallest", "largest")
    assert list(found) == list(names)
    for name, value in zip(names, expected, strict=True):
        assert found[name] == pytest.approx(value, rel=1e-5)


def test_no_statistics_of_what_is_not_finite() -> None:
    """NaN and infinity have digests and no statistics; neither have integers."""
    array = mx.array([1.0, float("nan")])
    streamed = Streamed(shape=(2,), dtype=mx.float32, pieces=[array])
    assert digest_stream(streamed).statistics == {}
    integers = Streamed(shape=(2,), dtype=mx.int32, pieces=[mx.array([1, 2])])
    assert digest_stream(integers).statistics == {}


@pytest.mark.parametrize(
    ("pieces", "says"),
    [
        ([mx.zeros((3,))], "the pieces hold 12 bytes, and the shape 16"),
        ([mx.zeros((3,)), mx.zeros((2,))], "the pieces hold more than the 16 bytes"),
        ([mx.zeros((2, 2))], "an array of one axis"),
        ([mx.zeros((4,), dtype=mx.float16)], "dtype float32"),
        (["text"], "an array of one axis"),
    ],
)
def test_pieces_that_do_not_fit(pieces: list[mx.array], says: str) -> None:
    """Pieces that are not the array that was announced are an error."""
    with pytest.raises(ValueError, match=says):
        digest_stream(Streamed(shape=(4,), dtype=mx.float32, pieces=pieces))
