"""Floating-point numbers as bits: their order, the steps between them, and rounding to them.

Plain Python, so that two manifests can be held against each other where MLX is not loaded.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class FloatFormat:
    """Where a binary float keeps its sign, exponent and fraction.

    Attributes:
        item_bytes: Size of one number.
        infinity: Bits of plus infinity; larger magnitudes are NaN.
    """

    item_bytes: int
    infinity: int

    @property
    def sign(self) -> int:
        """The bit of the sign."""
        return 1 << (8 * self.item_bytes - 1)


FORMATS: Mapping[str, FloatFormat] = {
    "float16": FloatFormat(item_bytes=2, infinity=0x7C00),
    "bfloat16": FloatFormat(item_bytes=2, infinity=0x7F80),
    "float32": FloatFormat(item_bytes=4, infinity=0x7F80_0000),
    "float64": FloatFormat(item_bytes=8, infinity=0x7FF0_0000_0000_0000),
}
"""By MLX's name of the dtype."""

_BFLOAT16_SHIFT = 16


def is_nan(bits: int, dtype: str) -> bool:
    """Tell whether bits are a NaN, whatever its payload."""
    kind = FORMATS[dtype]
    return bits & (kind.sign - 1) > kind.infinity


def measure_ulp(baseline: int, candidate: int, dtype: str) -> int | None:
    """Count the steps from one number to another.

    Formula: place(candidate) - place(baseline), where place counts all numbers of the dtype in
    their order, -0 and +0 as two. So the distance is 0 only where the bits are equal, and one
    step longer across zero than where both zeros count as one.

    Args:
        baseline: Bits of a number.
        candidate: Bits of another.
        dtype: A key of `FORMATS`.

    Returns:
        Signed ulps, positive where the candidate is the greater; infinity is one step beyond the
        largest number. 0 for equal bits, NaN or not; None where other bits are a NaN, which has
        no place in the order. Exact.
    """
    if baseline == candidate:
        return 0
    if is_nan(baseline, dtype) or is_nan(candidate, dtype):
        return None
    return _find_place(candidate, FORMATS[dtype]) - _find_place(baseline, FORMATS[dtype])


def move_by_ulp(bits: int, ulp: int, dtype: str) -> int | None:
    """Take so many steps up or down from a number.

    Args:
        bits: Of the number.
        ulp: Steps as `measure_ulp` counts them.
        dtype: A key of `FORMATS`.

    Returns:
        Bits of the number there; None beyond infinity, and for a NaN.
    """
    kind = FORMATS[dtype]
    if is_nan(bits, dtype):
        return None
    place = _find_place(bits, kind) + ulp
    if not ~kind.infinity <= place <= kind.infinity:
        return None
    return place if place >= 0 else ~place | kind.sign


def list_places(elements: Sequence[int], dtype: str) -> list[int | None]:
    """List where numbers stand among all numbers of their dtype, as `measure_ulp` counts.

    Args:
        elements: Bits of each number.
        dtype: A key of `FORMATS`.

    Returns:
        Their places; 0 for zero, -1 for -0, None for a NaN.
    """
    kind = FORMATS[dtype]
    sign, infinity = kind.sign, kind.infinity
    return [
        None if bits & (sign - 1) > infinity else bits if bits < sign else ~(bits ^ sign)
        for bits in elements
    ]


def _find_place(bits: int, kind: FloatFormat) -> int:
    # -0 stands at -1, so that no two patterns share a place
    return bits if bits < kind.sign else ~(bits ^ kind.sign)


def read_float(bits: int, dtype: str) -> float:
    """Return the number that bits stand for, exactly."""
    if dtype == "bfloat16":
        return read_float(bits << _BFLOAT16_SHIFT, "float32")
    word, number = _CODES[dtype]
    value: float = struct.unpack(number, struct.pack(word, bits))[0]
    return value


def read_floats(elements: Sequence[int], dtype: str) -> tuple[float, ...]:
    """Return the numbers that bits stand for, exactly, as `read_float` does for each."""
    if dtype == "bfloat16":
        return read_floats([bits << _BFLOAT16_SHIFT for bits in elements], "float32")
    word, number = (f"<{len(elements)}{code[1]}" for code in _CODES[dtype])
    return struct.unpack(number, struct.pack(word, *elements))


_CODES = {"float16": ("<H", "<e"), "float32": ("<I", "<f"), "float64": ("<Q", "<d")}


def round_to_float32(value: float) -> float:
    """Round to the nearest float32, ties to even; beyond the largest, to infinity."""
    try:
        rounded: float = _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return rounded


def round_to_bits(value: float, dtype: str) -> int:
    """Round a float32 number to a dtype.

    Args:
        value: A number of float32. For bfloat16, any other one would be rounded twice.
        dtype: `float32`, `float16` or `bfloat16`.

    Returns:
        Bits of the nearest number, of two equally near ones the even one; what is too large
        becomes infinity, and a NaN the canonical one, without its payload.
    """
    kind = FORMATS[dtype]
    if math.isnan(value):
        return kind.infinity + (kind.infinity & -kind.infinity) // 2
    if dtype == "bfloat16":
        bits = round_to_bits(value, "float32")
        return (bits + 0x7FFF + ((bits >> _BFLOAT16_SHIFT) & 1)) >> _BFLOAT16_SHIFT
    word, number = _CODES[dtype]
    try:
        rounded: int = struct.unpack(word, struct.pack(number, value))[0]
    except OverflowError:
        return kind.infinity | (kind.sign if value < 0 else 0)
    return rounded


_FLOAT32 = struct.Struct("<f")


def split_elements(data: bytes, dtype: str) -> list[int]:
    """Read the bits of each element of an array's little-endian bytes.

    Raises:
        ValueError: Where the bytes are no whole number of elements.
    """
    size = FORMATS[dtype].item_bytes
    if len(data) % size:
        msg = f"{len(data)} bytes are no whole number of {dtype} elements"
        raise ValueError(msg)
    return [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]


def join_elements(elements: list[int], dtype: str) -> bytes:
    """Make an array's little-endian bytes of the bits of its elements."""
    size = FORMATS[dtype].item_bytes
    return b"".join(bits.to_bytes(size, "little") for bits in elements)
