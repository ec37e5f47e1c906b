"""Normals and uniforms whose bytes are the same on every IEEE machine, by construction.

Every step is one of these, and each of them has one right answer everywhere:

- arithmetic and bit operations on uint32, modulo 2**32;
- a conversion of an integer below 2**24 in magnitude, or of one that has no more than 24 digits
  from its first to its last 1, to float32: exact;
- a look-up in a table that comes with the package;
- one float32 addition or multiplication, correctly rounded, as an operation of its own. None of
  these is ever compiled together with another, so that nothing can be contracted; and none of
  their operands or results is subnormal, as long as location, scale and bounds are 0 or between
  2**-64 and 2**64 in magnitude, so that flushing subnormal numbers changes nothing.

There is no logarithm, square root, division, or other function of a library in it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx
from reprokit.numerics.mapping import below_one
from reprokit.numerics.portable_table import COEFFICIENTS, OCTAVES, SEGMENTS, STEPS, TABLE_PATH
from reprokit.numerics.rounding import round_to

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGN = 0x8000_0000
_EXACT_BELOW = 2**24
_FLOAT_BIAS = 127
_INDEX_SHIFT = 16
"""Bits of a float32 below its exponent and the 7 digits that number its segment."""
_FIRST_INDEX = _FLOAT_BIAS << 23 >> _INDEX_SHIFT
_WORD_BITS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableUniform:
    """Uniform numbers from the first 24 bits of a word.

    Formula: u = (word >> 8) * 2**-24, exact, at most the number below 1 of the dtype; then
    u * (high - low) + low in float32, each step rounded, and rounded to the dtype.

    Attributes:
        dtype: float32, float16 or bfloat16.
        low: Lower bound.
        high: Upper bound, which rounding may reach where `low` is not 0 or it is not 1.
        compiled: Whether integer steps are fused.
    """

    dtype: mx.Dtype
    low: float = 0.0
    high: float = 1.0
    compiled: bool = False

    def __call__(self, words: mx.array) -> mx.array:
        """Map words: uint32 of any shape to the dtype, same shape."""
        unit = (words >> 8).astype(mx.float32) * mx.array(2.0**-24)
        unit = mx.minimum(unit, mx.array(below_one(self.dtype)))
        return _place(unit, self.high - self.low, self.low, self.dtype, compiled=self.compiled)


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableNormal:
    """Normals by inversion: the word's first bit is the sign, the others are the tail.

    Formula: the tail's probability is p = (2 * (word mod 2**31) + 1) / 2**33, between 2**-33 and
    1/2; the magnitude is the normal that is exceeded with probability p, from 6.34 to 2.9e-10. It
    is a quadratic in p for each of 128 parts of each doubling of p up to 1/4, and of 1/2 - p from
    there: c0 + s * (c1 + s * c2) in float32, s an integer below 2**24. Times scale, plus loc, in
    float32; then rounded to the dtype.

    Error: see docs/large-normals.md, where it is measured over all probabilities.

    Attributes:
        dtype: float32, float16 or bfloat16.
        loc: Mean; None is 0.
        scale: Standard deviation; None is 1.
        compiled: Whether integer steps are fused.
    """

    dtype: mx.Dtype
    loc: float | None = None
    scale: float | None = None
    compiled: bool = False

    def __call__(self, words: mx.array) -> mx.array:
        """Map words: uint32 of any shape to the dtype, same shape."""
        distances, numerals = _fuse(_measure_distances, self.compiled)(words)
        bits = numerals.astype(mx.float32).view(mx.uint32)
        index, steps = _fuse(_locate, self.compiled)(words, distances, bits)
        steps = steps.astype(mx.float32)
        constants, slopes, curves = (
            mx.take_along_axis(plane, index.reshape(-1), axis=0).reshape(words.shape)
            for plane in _load_table()
        )
        size = (steps * curves + slopes) * steps + constants
        signed = (size.view(mx.uint32) | (words & _SIGN)).view(mx.float32)
        return _place(signed, self.scale, self.loc, self.dtype, compiled=self.compiled)


def _place(
    values: mx.array, factor: float | None, offset: float | None, dtype: mx.Dtype, *, compiled: bool
) -> mx.array:
    """Multiply, add and round, each where it is asked for."""
    if factor is not None:
        values = values * mx.array(factor, dtype=mx.float32)
    if offset is not None:
        values = values + mx.array(offset, dtype=mx.float32)
    return round_to(values, dtype, compiled=compiled)


def _measure_distances(words: mx.array) -> tuple[mx.array, mx.array]:
    """Give 2**33 times the probability's distance from 0 or 1/2, whichever is near; whole and cut.

    Returns:
        uint32, odd and below 2**31; and the same without what follows its first 24 digits.
    """
    tails = (words << 1) | 1
    distances = mx.minimum(tails, 0 - tails)
    return distances, mx.where(distances < _EXACT_BELOW, distances, distances & 0xFFFF_FF00)


def _locate(words: mx.array, distances: mx.array, bits: mx.array) -> tuple[mx.array, mx.array]:
    """Find each distance's segment, and its steps from the segment's lower end.

    Args:
        words: The random words; of their second bit, 1 says that the distance is from 1/2.
        distances: As `_measure_distances` gives them.
        bits: The bits of the same, cut, as float32: its exponent is the octave, and the 7 digits
            after it are the segment.
    """
    center = (words >> (_WORD_BITS - 2)) & 1
    index = (bits >> _INDEX_SHIFT) - _FIRST_INDEX + center * (OCTAVES * SEGMENTS)
    shifted = distances << ((_FLOAT_BIAS + _WORD_BITS - 1) - (bits >> 23))
    return index, shifted & (STEPS - 1)


@cache
def _fuse(
    function: Callable[..., tuple[mx.array, mx.array]],
    compiled: bool,  # noqa: FBT001 - a key of the cache
) -> Callable[..., tuple[mx.array, mx.array]]:
    return mx.compile(function) if compiled else function


@cache
def _load_table() -> tuple[mx.array, ...]:
    numbers = [number for (number,) in struct.iter_unpack("<f", TABLE_PATH.read_bytes())]
    count = len(numbers) // COEFFICIENTS
    return tuple(
        mx.array(numbers[plane * count : (plane + 1) * count], dtype=mx.float32)
        for plane in range(COEFFICIENTS)
    )
