"""Axes of numbers that span decades."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW_DECADES = 4
_THIRD = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class DecadeAxis:
    """An axis on which each power of ten is as far from the last.

    Attributes:
        first: The exponent at which it begins.
        last: The exponent at which it ends; greater.
        start: The pixel of its beginning.
        end: The pixel of its end; smaller than the start where numbers rise to the top.
    """

    first: int
    last: int
    start: float
    end: float

    def place(self, number: float) -> float:
        """Return the pixel of a number above 0."""
        return self.place_exponent(log10(number))

    def place_exponent(self, exponent: float) -> float:
        """Return the pixel of a power of ten."""
        share = (exponent - self.first) / (self.last - self.first)
        return self.start + share * (self.end - self.start)

    def __iter__(self) -> Iterator[int]:
        """Go through the whole exponents on it."""
        return iter(range(self.first, self.last + 1))

    def list_named(self) -> list[int]:
        """List the exponents to be named: all of few, of more every third, as kilo and mega are."""
        if self.last - self.first <= _FEW_DECADES:
            return list(self)
        return [exponent for exponent in self if exponent % _THIRD == 0]


def find_decades(numbers: tuple[int, ...]) -> tuple[int, int]:
    """Find the exponents of ten between which whole numbers above 0 lie: two that differ."""
    first = len(str(min(numbers))) - 1
    greatest = max(numbers)
    last = len(str(greatest)) - 1
    last += greatest > 10**last
    return first, max(last, first + 1)
