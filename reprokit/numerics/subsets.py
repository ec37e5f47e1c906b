"""All ways to change some elements of an array, few changes first, in batches of like cost.

An element has alternatives; a place is one alternative of one element, counted through all
elements in order. A subset is a rising tuple of places, no two of one element. Subsets stand in
the order of their size, then of their places: a subset's rank does not depend on the batches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Places: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Subsets that follow each other in their order.

    Attributes:
        changes: Places in each subset.
        heads: First places of the subsets; each stands for all subsets that begin with it.
        count: How many subsets are to be tried; fewer than the heads stand for where a budget ends.
        ends_level: Whether no subset with as many changes comes after.
    """

    changes: int
    heads: tuple[Places, ...]
    count: int
    ends_level: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Where each element's places are.

    Attributes:
        starts: First place of each element, and the number of places behind them.
        elements: Which element a place is of.
    """

    starts: tuple[int, ...]
    elements: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many elements have alternatives."""
        return len(self.starts) - 1

    def list_places(self, element: int, rest: int) -> range:
        """List places from an element on that leave enough elements for `rest` more changes."""
        return range(self.starts[element], self.starts[max(element, self.size - rest)])


def make_layout(sizes: Sequence[int]) -> Layout:
    """Lay out elements with so many alternatives each."""
    elements = tuple(index for index, size in enumerate(sizes) for _ in range(size))
    return Layout(starts=tuple(accumulate(sizes, initial=0)), elements=elements)


def count_subsets(layout: Layout, most: int) -> list[list[int]]:
    """Count the ways to change some of the last elements.

    Formula: w(r, e) = w(r, e + 1) + s(e) · w(r - 1, e + 1), s(e) alternatives of element e: either
    it stays, or it takes one of its alternatives. Exact.

    Returns:
        `[r][e]`: ways to change r of the elements from e on, for r from 0 to `most`.
    """
    ways = [[1] * (layout.size + 1)]
    for _ in range(most):
        fewer, column = ways[-1], [0] * (layout.size + 1)
        for element in range(layout.size - 1, -1, -1):
            alternatives = layout.starts[element + 1] - layout.starts[element]
            column[element] = column[element + 1] + alternatives * fewer[element + 1]
        ways.append(column)
    return ways


def divide_subsets(layout: Layout, batch_size: int) -> Iterator[Batch]:
    """Divide all subsets of at least one change, few changes first.

    Args:
        layout: Of the alternatives.
        batch_size: Subsets after which a batch is closed. It has fewer than twice as many, but
            where one last change alone has more alternatives.

    Yields:
        Batches in order. They are made as they are asked for: there can be more than anybody waits
        for.
    """
    for changes in range(1, layout.size + 1):
        yield from _mark_last(_divide_level(layout, changes, batch_size))


def _divide_level(layout: Layout, changes: int, batch_size: int) -> Iterator[Batch]:
    heads: list[Places] = []
    total = 0
    ways = count_subsets(layout, changes)
    for head, count in _list_heads(layout, ways, (), changes, batch_size):
        heads.append(head)
        total += count
        if total >= batch_size:
            yield Batch(changes=changes, heads=tuple(heads), count=total)
            heads, total = [], 0
    if heads:
        yield Batch(changes=changes, heads=tuple(heads), count=total)


def _list_heads(
    layout: Layout, ways: list[list[int]], head: Places, rest: int, batch_size: int
) -> Iterator[tuple[Places, int]]:
    element = layout.elements[head[-1]] + 1 if head else 0
    count = ways[rest][element]
    if rest == 1 or count <= batch_size:
        yield head, count
        return
    for place in layout.list_places(element, rest - 1):
        yield from _list_heads(layout, ways, (*head, place), rest - 1, batch_size)


def _mark_last(batches: Iterator[Batch]) -> Iterator[Batch]:
    held = next(batches)
    for batch in batches:
        yield held
        held = batch
    yield replace(held, ends_level=True)


def cut_batches(batches: Iterator[Batch], most: int) -> Iterator[Batch]:
    """Yield batches of `most` subsets in all; the last may have fewer than its heads stand for."""
    left = most
    for batch in batches:
        if batch.count >= left:
            if left:
                whole = batch.count == left
                yield replace(batch, count=left, ends_level=batch.ends_level and whole)
            return
        yield batch
        left -= batch.count
