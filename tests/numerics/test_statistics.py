"""Whether draws by subkeys and portable draws are normal: ten million numbers of one key.

The bytes are fixed, so that a test that passes once passes for ever: each says that this draw is
not among the rare ones that a right generator gives, one in a thousand or fewer.
"""

from __future__ import annotations

from math import erfc, sqrt
from typing import TypeAlias

import mlx.core as mx
import numpy as np
import numpy.typing as npt
import pytest

from reprokit import random

COUNT = 10**7
CHUNK = 65536
KEY = mx.random.key(2026)

Sample: TypeAlias = npt.NDArray[np.float32]


@pytest.fixture(scope="module", params=["chunked", "portable"])
def method(request: pytest.FixtureRequest) -> random.Method:
    """A method whose numbers are not MLX's own."""
    chosen: random.Method = request.param
    return chosen


@pytest.fixture(scope="module")
def sample(method: random.Method) -> Sample:
    """Ten million normals."""
    return np.array(random.normal((COUNT,), key=KEY, method=method))


def test_moments(sample: Sample) -> None:
    """The first four moments are within 5 sigma of a normal's."""
    values = sample.astype(np.float64)
    squares = values * values
    moments = (values, squares, squares * values, squares * squares)
    for moment, expected, variance in zip(moments, (0, 1, 0, 3), (1, 2, 15, 96), strict=True):
        assert abs(moment.mean() - expected) < 5 * sqrt(variance / COUNT)


def test_kolmogorov_smirnov(sample: Sample) -> None:
    """No place of the distribution function is off by more than one draw in a thousand is."""
    ordered = np.sort(sample)
    below = (1 + np.array(mx.erf(mx.array(ordered / np.float32(sqrt(2)))))) / 2
    ranks = np.arange(COUNT + 1, dtype=np.float64) / COUNT
    distance = max((ranks[1:] - below).max(), (below - ranks[:-1]).max())
    assert distance * sqrt(COUNT) < 1.95


def test_no_correlation_across_chunks(sample: Sample) -> None:
    """Neighbors, also those with a border between them, and equal places of chunks are apart."""
    for lag in (1, 2, CHUNK // 2, CHUNK - 1, CHUNK, CHUNK + 1):
        products = sample[:-lag].astype(np.float64) * sample[lag:]
        assert abs(products.mean()) < 5 / sqrt(len(products))
    borders = np.arange(CHUNK, COUNT, CHUNK)
    across = sample[borders - 1].astype(np.float64) * sample[borders]
    assert abs(across.mean()) < 5 / sqrt(len(borders))


def test_chunks_do_not_repeat(sample: Sample) -> None:
    """No chunk begins as another does."""
    starts = {sample[at : at + 16].tobytes() for at in range(0, COUNT - 16, CHUNK // 2)}
    assert len(starts) == len(range(0, COUNT - 16, CHUNK // 2))


def test_tails_beyond_five_sigma(method: random.Method) -> None:
    """Of 2**25 numbers as many lie beyond 5 sigma, on each side, as should, within 4 sigma."""
    size = 2**25
    counts = np.zeros(2)
    for piece in random.normal_pieces((size,), key=KEY, method=method):
        counts += np.array([mx.sum(piece > 5), mx.sum(piece < -5)], np.float64)
    expected = size * erfc(5 / sqrt(2)) / 2
    assert (np.abs(counts - expected) < 4 * sqrt(expected)).all()


def test_bfloat16_has_as_many_values_as_mlx(method: random.Method) -> None:
    """Half precision is as fine as in MLX's own draws: about as many distinct values."""
    shape = (2**23,)
    ours = random.normal(shape, key=KEY, method=method, dtype=mx.bfloat16)
    theirs = mx.random.normal(shape, key=KEY, dtype=mx.bfloat16)
    distinct = [len(np.unique(np.array(it.view(mx.uint16)))) for it in (ours, theirs)]
    assert distinct[0] > 0.95 * distinct[1]


def test_uniforms_fill_their_range(method: random.Method) -> None:
    """Uniform numbers lie in [0, 1), each hundredth holding as many as it should: chi-square."""
    values = np.array(random.uniform((COUNT,), key=KEY, method=method))
    assert values.min() >= 0
    assert values.max() < 1
    counts = np.bincount((values * 100).astype(np.int64), minlength=100)
    expected = COUNT / 100
    assert ((counts - expected) ** 2 / expected).sum() < 149  # 99 degrees of freedom, one in 1000
