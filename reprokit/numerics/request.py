"""What a user asks of a draw: checked before any work, in MLX's own manner, and made a source."""

from __future__ import annotations

import shutil
import threading
import warnings
from dataclasses import dataclass
from functools import cache
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from reprokit.numerics.backend import mx
from reprokit.numerics.draws import BLOCK, ChunkedSource, PortableSource, SameSource, draw
from reprokit.numerics.filling import LONGEST_AXIS
from reprokit.numerics.mapping import Normal, Uniform
from reprokit.numerics.portable import PortableNormal, PortableUniform
from reprokit.numerics.threefry import MOST_WORDS, can_fuse, expand_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprokit.numerics.draws import Source

Method: TypeAlias = Literal["same", "chunked", "portable"]
"""How numbers are made."""

Distribution: TypeAlias = Literal["normal", "uniform"]

_DTYPES = ("float32", "bfloat16", "float16")
_FUSED_FROM = 2**20
"""Elements from which on fusing is worth the seconds that a compiler may take, once."""

_CHECKED_BYTES = 2**26
"""A smaller output is not held against the memory there is."""

_TRIAL_SIZES = range(1001, 1009)
"""All remainders of 8, in which processors take numbers."""

_LARGEST_NUMBER = 3.4028234663852886e38
_SMALLEST_FACTOR = 2.0**-64
_OPTIONAL = frozenset({"loc", "scale"})
_MAPPINGS: Mapping[str, Callable[..., Normal | Uniform]] = {"normal": Normal, "uniform": Uniform}
_PORTABLE_MAPPINGS: Mapping[str, Callable[..., PortableNormal | PortableUniform]] = {
    "normal": PortableNormal,
    "uniform": PortableUniform,
}


class StreamChangedError(RuntimeError):
    """This MLX makes other numbers of a key than the method `same` does."""


class UncompiledWarning(UserWarning):
    """There is no compiler for MLX to fuse operations with: the same bytes take longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawRequest:
    """A draw that was asked for, and checked when it is made.

    Attributes:
        distribution: `normal` or `uniform`.
        shape: Shape of the whole draw.
        key: Two uint32 words, shape (2,).
        dtype: float32, bfloat16 or float16.
        method: How numbers are made.
        chunk_elements: Elements of a chunk, where they are chunked.
        numbers: `loc` and `scale`, None where they are left out, or `low` and `high`.

    Raises:
        TypeError: For an argument of another kind.
        ValueError: For one that is out of range.
    """

    distribution: Distribution
    shape: tuple[int, ...]
    key: mx.array
    dtype: mx.Dtype
    method: Method
    chunk_elements: int = BLOCK
    numbers: Mapping[str, float | None]

    def __post_init__(self) -> None:
        problem: str = (
            _check_shape(self.shape)
            or _check_key(self.key)
            or _check_numbers(self.numbers)
            or self._check_choices()
        )
        if problem:
            msg = f"[{self.distribution}] {problem}"
            raise ValueError(msg)

    @property
    def size(self) -> int:
        """Elements of the whole draw."""
        return prod(self.shape)

    def _check_choices(self) -> str:
        if self.dtype not in {getattr(mx, name) for name in _DTYPES}:
            return f"Only mx.{', mx.'.join(_DTYPES)} are supported, not {self.dtype!r}."
        if self.method not in get_args(Method):
            return f"method must be one of {', '.join(get_args(Method))}, not {self.method!r}."
        if self.chunk_elements < 1:
            return f"chunk_elements must be at least 1, not {self.chunk_elements}."
        chunks = -(-self.size // self.chunk_elements)
        if self.method == "chunked" and max(chunks, self.chunk_elements) > LONGEST_AXIS:
            return f"{chunks} chunks of {self.chunk_elements} elements: neither may pass 2**31 - 1."
        return self._check_range() if self.method == "portable" else ""

    def _check_range(self) -> str:
        """Check that no step of a portable draw comes near where float32 ends."""
        values = {name: value for name, value in self.numbers.items() if value}
        if "high" in self.numbers:
            values["high - low"] = (self.numbers["high"] or 0) - (self.numbers["low"] or 0)
        for name, value in values.items():
            if value and not _SMALLEST_FACTOR <= abs(value) <= 1 / _SMALLEST_FACTOR:
                return f"{name} must be 0 or between 2**-64 and 2**64 for a portable draw: {value}."
        return ""

    def open_source(self) -> Source:
        """Make the source of the numbers.

        Raises:
            StreamChangedError: Where `same` could not keep what it promises.
        """
        if self.method == "chunked":
            chunked = _MAPPINGS[self.distribution](dtype=self.dtype, **self.numbers)
            return ChunkedSource(
                size=self.size,
                key=self.key,
                mapping=chunked,
                chunk_elements=self.chunk_elements,
            )
        fused = self.size >= _FUSED_FROM and _can_fuse_now()
        if self.method == "portable":
            portable = _PORTABLE_MAPPINGS[self.distribution](
                dtype=self.dtype, compiled=fused, **self.numbers
            )
            return PortableSource(
                size=self.size, schedule=expand_key(self.key), mapping=portable, compiled=fused
            )
        check_stream(self.distribution, self.dtype, mx.default_device().type)
        mapping = _MAPPINGS[self.distribution](dtype=self.dtype, **self.numbers)
        return SameSource(
            size=self.size, schedule=expand_key(self.key), mapping=mapping, compiled=fused
        )

    def draw_by_mlx(self) -> mx.array:
        """Draw the whole by MLX itself, evaluated."""
        mapping = _MAPPINGS[self.distribution](dtype=self.dtype, **self.numbers)
        output = mapping.draw(self.shape, self.key)
        mx.eval(output)
        return output


def read_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Read a shape as a tuple of integers.

    Raises:
        TypeError: For anything else.
    """
    try:
        lengths = tuple(shape)
        if not any(isinstance(length, bool) for length in lengths):
            return tuple(map(index, lengths))
    except TypeError:
        pass
    msg = f"shape must be a sequence of integers, not {shape!r:.80}"
    raise TypeError(msg)


def check_room(size_bytes: int) -> None:
    """Refuse an output that cannot be held, before any work.

    A container's limit or a GPU's own memory is not looked at.

    Raises:
        MemoryError: Where the system says that it has less.
    """
    if size_bytes < _CHECKED_BYTES:
        return
    import psutil

    memory = psutil.virtual_memory()
    # what a Mac can free by compressing and swapping is not told
    room = memory.total if psutil.MACOS else memory.available
    if size_bytes > room:
        msg = f"the output needs {size_bytes} bytes; {room} are available"
        raise MemoryError(msg)


@cache
def check_stream(distribution: Distribution, dtype: mx.Dtype, device: mx.DeviceType) -> None:
    """Hold small draws against MLX's own, once for each distribution, dtype and device.

    Raises:
        StreamChangedError: Where they differ: another release may draw in another way.
    """
    mapping = _MAPPINGS[distribution](dtype=dtype)
    for size in _TRIAL_SIZES:
        key = mx.random.key(size)
        source = SameSource(size=size, schedule=expand_key(key), mapping=mapping)
        ours, theirs = draw(source, (size,)), mapping.draw((size,), key)
        if not mx.array_equal(ours.view(mx.uint8), theirs.view(mx.uint8)):
            msg = (
                f"this MLX draws other {distribution} {dtype} numbers on its {device.name} than "
                "the method `same` makes: take mx.random itself, or another method"
            )
            raise StreamChangedError(msg)


def _can_fuse_now() -> bool:
    """Tell whether to compile: elsewhere than in the main thread MLX may end the process for it."""
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and _can_fuse_here(mx.default_device().type)


@cache
def _can_fuse_here(device: mx.DeviceType) -> bool:
    """Find out, once, whether MLX can compile here; say where it cannot."""
    has_compiler = device != mx.cpu or shutil.which("g++") or shutil.which("clang++")
    if has_compiler and can_fuse():
        return True
    msg = (
        "MLX finds no working C++ compiler for this CPU: draws by `same` and `portable` give the "
        "same bytes, and take longer"
    )
    warnings.warn(msg, UncompiledWarning, stacklevel=2)
    return False


def _check_shape(shape: tuple[int, ...]) -> str:
    if any(length < 0 for length in shape):
        return "Negative dimensions not allowed."
    if any(length > LONGEST_AXIS for length in shape):
        return f"Shape {shape} has a dimension above {LONGEST_AXIS}."
    if prod(shape) > MOST_WORDS:
        return f"Shape {shape} has more than 2**32 elements, which is what one key gives."
    return ""


def _check_key(key: Any) -> str:  # noqa: ANN401 - a user's argument
    if not isinstance(key, mx.array):
        msg = f"key must be an array, as `mx.random.key` makes it, not {type(key).__name__}"
        raise TypeError(msg)
    if key.shape != (2,) or key.dtype != mx.uint32:
        return (
            f"Expected a key of shape (2,) and type uint32 but received {key.shape}, {key.dtype}."
        )
    return ""


def _check_numbers(numbers: Mapping[str, Any]) -> str:
    for name, value in numbers.items():
        if value is None and name in _OPTIONAL:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            msg = f"{name} must be a Python number, not {type(value).__name__}"
            raise TypeError(msg)
        if not abs(value) <= _LARGEST_NUMBER:
            return f"{name} must be a number that float32 can hold, not {str(value)[:40]}."
    return ""
