"""`reprokit.random`, as users call it."""

from __future__ import annotations

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import mlx.core as mx
import numpy as np
import psutil
import pytest

from reprokit import random
from reprokit.numerics import filling, mapping, request
from reprokit.numerics.digest import digest_array
from tests.numerics.threefry import encrypt, make_key

KEY = mx.random.key(0)
LARGE = (3, 200_000)
METHODS: tuple[random.Method, ...] = ("same", "chunked", "portable")


@pytest.mark.parametrize("dtype", [mx.float32, mx.bfloat16, mx.float16])
@pytest.mark.parametrize("shape", [(8,), (), LARGE, (1_100_001,)], ids=str)
def test_same_is_the_default_and_mlxs_own(dtype: mx.Dtype, shape: tuple[int, ...]) -> None:
    """Without a method, draws have the bytes of MLX's own, small and large."""
    normal = random.normal(shape, key=KEY, dtype=dtype)
    assert digest_array(normal) == digest_array(mx.random.normal(shape, dtype=dtype, key=KEY))
    uniform = random.uniform(shape, key=KEY, dtype=dtype, low=-1, high=3)
    expected = mx.random.uniform(-1, 3, shape, dtype=dtype, key=KEY)
    assert digest_array(uniform) == digest_array(expected)
    assert (normal.shape, uniform.shape) == (shape, shape)


def test_dtype_is_float32_unless_named() -> None:
    """As in MLX."""
    assert random.normal((3,), key=KEY).dtype == mx.float32


@pytest.mark.parametrize("method", METHODS)
def test_slices_and_pieces_are_of_the_whole(method: random.Method) -> None:
    """A slice and the pieces are what the whole has, by each method."""
    options: random.NormalOptions = {"key": KEY, "method": method, "dtype": mx.bfloat16, "loc": 1.0}
    whole = random.normal(LARGE, **options).reshape(-1)
    part = random.normal_slice(LARGE, 65_000, 400_001, **options)
    assert digest_array(part) == digest_array(whole[65_000:400_001])
    pieces = mx.concatenate(list(random.normal_pieces(LARGE, **options)))
    assert digest_array(pieces) == digest_array(whole)
    bounds: random.UniformOptions = {"key": KEY, "method": method, "low": -2.0}
    whole = random.uniform(LARGE, **bounds).reshape(-1)
    part = random.uniform_slice(LARGE, 5, 70_000, **bounds)
    assert digest_array(part) == digest_array(whole[5:70_000])
    pieces = mx.concatenate(list(random.uniform_pieces(LARGE, **bounds)))
    assert digest_array(pieces) == digest_array(whole)


def test_a_slice_of_what_no_memory_holds() -> None:
    """The last elements of the largest draw there is are made alone, of the right words."""
    shape = (2**16, 2**16)
    for method in METHODS:
        part = random.normal_slice(shape, 2**32 - 3, 2**32, key=KEY, method=method)
        assert part.shape == (3,)
    uniforms = random.uniform_slice(shape, 2**32 - 3, 2**32, key=KEY)
    counters = range(2**31 - 3, 2**31)
    words = [encrypt(make_key(0), (counter, 2**31 + counter))[1] for counter in counters]
    expected = np.array(words, np.uint32).astype(np.float32) / np.float32(2**32 - 1)
    assert np.array(uniforms).tobytes() == expected.tobytes()


def test_numpys_numbers_are_numbers() -> None:
    """Location and scale may be integers, and NumPy's scalars."""
    numbers: dict[str, Any] = {"loc": np.int64(3), "scale": np.float32(0.5)}
    ours = random.normal((5,), key=KEY, **numbers)
    assert mx.array_equal(ours, mx.random.normal((5,), loc=3.0, scale=0.5, key=KEY))


def test_a_last_axis_of_one() -> None:
    """More than 2**31 elements need no last axis that holds them: the shape is what counts."""
    request.DrawRequest(
        distribution="normal",
        shape=(46341, 46341, 1),
        key=KEY,
        dtype=mx.bfloat16,
        method="same",
        numbers={},
    )
    assert filling._choose_columns((46341, 46341, 1)) == 46341
    assert filling._choose_columns((46341, 3, 15447)) == 46341


def test_chunks_are_chosen() -> None:
    """Another length of chunks is another draw."""
    short = random.normal((100,), key=KEY, method="chunked", chunk_elements=10)
    long = random.normal((100,), key=KEY, method="chunked", chunk_elements=100)
    assert digest_array(short).digest != digest_array(long).digest


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"shape": (-1,)}, ValueError, r"\[normal\] Negative dimensions not allowed"),
        ({"shape": (2**31,)}, ValueError, "a dimension above 2147483647"),
        ({"shape": (2**17, 2**16)}, ValueError, r"more than 2\*\*32 elements"),
        ({"shape": (2.5,)}, TypeError, "shape must be a sequence of integers"),
        ({"shape": 3}, TypeError, "shape must be a sequence of integers, not 3"),
        ({"shape": (True,)}, TypeError, r"a sequence of integers, not \(True,\)"),
        ({"shape": (np.bool_(1), 2)}, TypeError, "shape must be a sequence of integers"),
        ({"key": mx.array([1, 2])}, ValueError, "type uint32 but received"),
        ({"key": mx.zeros((3,), dtype=mx.uint32)}, ValueError, r"shape \(2,\)"),
        ({"key": 5}, TypeError, "mx.random.key"),
        ({"dtype": mx.int32}, ValueError, "mx.float32, mx.bfloat16, mx.float16"),
        ({"dtype": mx.complex64}, ValueError, "not mlx.core.complex64"),
        ({"dtype": "float32"}, ValueError, "not 'float32'"),
        ({"loc": float("nan")}, ValueError, "loc must be a number that float32 can hold"),
        ({"scale": float("inf")}, ValueError, "scale must be a number that float32 can hold"),
        ({"loc": 10**400}, ValueError, "loc must be a number that float32 can hold"),
        ({"scale": mx.array([1.0, 2.0])}, TypeError, "scale must be a Python number"),
        ({"scale": 1e-30, "method": "portable"}, ValueError, "between 2.*-64 and 2"),
        (
            {"shape": (2**16, 2**16), "method": "chunked", "chunk_elements": 1},
            ValueError,
            "neither",
        ),
        ({"method": "fast"}, ValueError, "same, chunked, portable, not 'fast'"),
        ({"method": "chunked", "chunk_elements": 0}, ValueError, "at least 1"),
        ({"method": "chunked", "chunk_elements": 1.5}, TypeError, "float"),
        ({"chunk_elements": 10}, ValueError, "for the method `chunked`, not for `same`"),
    ],
    ids=str,
)
def test_bad_arguments(options: dict[str, Any], kind: type[Exception], says: str) -> None:
    """What MLX would refuse, and what it would not but cannot mean anything, is refused first."""
    with pytest.raises(kind, match=says):
        random.normal(**{"shape": (4,), "key": KEY, **options})


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 2), (0, 11)])
def test_bad_slices(start: int, stop: int) -> None:
    """A slice beyond the draw is refused."""
    with pytest.raises(ValueError, match="is not within 0 to 10"):
        random.normal_slice((10,), start, stop, key=KEY)


@pytest.mark.parametrize("method", METHODS)
def test_an_output_without_room(method: random.Method, monkeypatch: pytest.MonkeyPatch) -> None:
    """An output or a slice that memory cannot hold is refused before any work."""
    memory = SimpleNamespace(total=2**27, available=2**27)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    shape = (2**16, 2**16)
    with pytest.raises(MemoryError, match="17179869184 bytes; 134217728 are available"):
        random.normal(shape, key=KEY, method=method)
    with pytest.raises(MemoryError, match="536870912 bytes"):
        random.uniform_slice(shape, 0, 2**27, key=KEY, method=method)


@pytest.mark.parametrize("name", ["normal", "uniform"])
def test_a_changed_stream_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where MLX maps words in another way, `same` says so, and a small draw is still MLX's own."""
    own = mapping.Uniform.__call__
    monkeypatch.setattr(mapping.Uniform, "__call__", lambda self, words: own(self, words ^ 256))
    request.check_stream.cache_clear()
    draw = getattr(random, name)
    try:
        with pytest.raises(random.StreamChangedError, match=f"draws other {name}"):
            draw(LARGE, key=KEY)
        assert draw((4,), key=KEY).shape == (4,)
    finally:
        request.check_stream.cache_clear()


def test_a_draw_of_one_thread_is_used_in_another() -> None:
    """What a thread draws is whole: it needs none of that thread's streams."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        drawn = [pool.submit(random.normal, LARGE, key=KEY, method=it) for it in METHODS]
        for future, method in zip(drawn, METHODS, strict=True):
            ours = random.normal(LARGE, key=KEY, method=method)
            assert mx.array_equal(future.result(), ours)


def test_compiling_a_draw_is_refused() -> None:
    """Inside of a function that MLX compiles, MLX says what is wrong."""
    with pytest.raises((ValueError, RuntimeError), match="compile"):
        mx.compile(lambda key: random.normal(LARGE, key=key))(KEY)


UNCOMPILED = """
import warnings, mlx.core as mx
from reprokit import random
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(2):
        ours = random.normal((1100, 1000), key=mx.random.key(0))
print([it.category.__name__ for it in caught])
print(bool(mx.array_equal(ours, mx.random.normal((1100, 1000), key=mx.random.key(0)))))
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="there MLX computes on the GPU")
def test_without_a_compiler(tmp_path: Any) -> None:  # noqa: ANN401
    """Without a compiler the bytes are the same, and a warning says once that it takes longer."""
    environment = {"PATH": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", UNCOMPILED],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout.splitlines() == ["['UncompiledWarning']", "True"]


def test_no_warning_where_there_is_one() -> None:
    """With a compiler nothing is said."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        random.normal((1100, 1000), key=KEY, method="portable")
