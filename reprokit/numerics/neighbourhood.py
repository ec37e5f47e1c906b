"""Arrays near to one at hand: some of its elements take one of their alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.numerics.float_bits import FORMATS, move_by_ulp, split_elements
from reprokit.numerics.subsets import Layout, make_layout

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbourhood:
    """An array and what its elements may be instead.

    Attributes:
        base: The array's little-endian bytes.
        item_bytes: Size of an element.
        choices: Elements that have alternatives: the index, rising, and the bytes of each.
    """

    base: bytes
    item_bytes: int
    choices: tuple[tuple[int, tuple[bytes, ...]], ...]

    @property
    def layout(self) -> Layout:
        """Where each element's places are."""
        return make_layout([len(values) for _, values in self.choices])

    def list_replacements(self) -> list[tuple[int, bytes]]:
        """List each place's offset in the bytes and what stands there instead."""
        return [
            (index * self.item_bytes, value) for index, values in self.choices for value in values
        ]


def make_neighbourhood(base: bytes, dtype: str, alternatives: Iterable[list[int]]) -> Neighbourhood:
    """Make the neighbourhood of an array of floats.

    Args:
        base: Little-endian bytes.
        dtype: A key of `float_bits.FORMATS`.
        alternatives: For each element bits that it may have instead, none for most.

    Returns:
        The neighbourhood, its alternatives in the order given.
    """
    size = FORMATS[dtype].item_bytes
    choices = (
        (index, tuple(bits.to_bytes(size, "little") for bits in others))
        for index, others in enumerate(alternatives)
        if others
    )
    return Neighbourhood(base=base, item_bytes=size, choices=tuple(choices))


def list_ulp_alternatives(base: bytes, dtype: str, span: int) -> list[list[int]]:
    """List the numbers up to `span` ulps above and below each element, the nearest first.

    None of them is beyond infinity, and a NaN has none.
    """
    ulps = [sign * ulp for ulp in range(1, span + 1) for sign in (-1, 1)]
    moved = (
        [move_by_ulp(bits, ulp, dtype) for ulp in ulps] for bits in split_elements(base, dtype)
    )
    return [[it for it in others if it is not None] for others in moved]
