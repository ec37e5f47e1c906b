"""An element of an array, from its bits."""

from __future__ import annotations

from reprokit.numerics.float_bits import FORMATS, read_float

_DIGITS = {"float64": 17, "float32": 9, "float16": 5, "bfloat16": 4}
"""Decimal digits that tell all numbers of a dtype apart."""

_COMPLEX = "complex64"
_PART_BITS = 32


def write_element(bits: int, dtype: str) -> str:
    """Write an element's value: so many digits that no other number of the dtype reads the same.

    Args:
        bits: The element's bits, as a `WitnessElement` holds them.
        dtype: Its dtype.
    """
    if dtype in FORMATS:
        return f"{read_float(bits, dtype):.{_DIGITS[dtype]}g}"
    if dtype == _COMPLEX:
        low, high = bits % (1 << _PART_BITS), bits >> _PART_BITS
        real, imaginary = (f"{read_float(it, 'float32'):.9g}" for it in (low, high))
        return f"{real}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
    if dtype.startswith("int"):
        width = int(dtype.removeprefix("int"))
        return str(bits - (1 << width) if bits >> (width - 1) else bits)
    return str(bits)
