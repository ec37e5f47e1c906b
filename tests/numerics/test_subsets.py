"""Subsets in batches, held against all of them from the standard library."""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.subsets import (
    Batch,
    Layout,
    count_subsets,
    cut_batches,
    divide_subsets,
    make_layout,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = st.lists(st.integers(1, 3), max_size=5)


def list_subsets(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """List all subsets of at least one place, no two of one element, in their order."""
    elements = make_layout(sizes).elements
    return [
        places
        for changes in range(1, len(sizes) + 1)
        for places in combinations(range(len(elements)), changes)
        if len({elements[place] for place in places}) == changes
    ]


def expand(layout: Layout, batch: Batch) -> list[tuple[int, ...]]:
    """List the subsets that the heads of a batch stand for, in their order."""
    return [
        head + rest
        for head in batch.heads
        for rest in combinations(range(len(layout.elements)), batch.changes - len(head))
        if not rest or not head or rest[0] > head[-1]
        if len({layout.elements[place] for place in head + rest}) == batch.changes
    ]


@given(SIZES, st.integers(1, 20))
def test_batches_have_each_subset_once_in_order(sizes: list[int], batch_size: int) -> None:
    """Whatever the size of a batch, heads stand for all subsets, in order, as counted."""
    layout = make_layout(sizes)
    batches = list(divide_subsets(layout, batch_size))
    expanded = [expand(layout, batch) for batch in batches]
    assert [len(it) for it in expanded] == [batch.count for batch in batches]
    assert list(chain.from_iterable(expanded)) == list_subsets(sizes)
    assert all(batch.count < batch_size + max(batch_size, 3 * 5) for batch in batches)
    ends = [batch.changes for batch in batches if batch.ends_level]
    assert ends == list(range(1, len(sizes) + 1))


@given(SIZES)
def test_counts_are_those_of_all_subsets(sizes: list[int]) -> None:
    """The recurrence counts what the standard library lists."""
    ways = count_subsets(make_layout(sizes), len(sizes))
    subsets = list_subsets(sizes)
    for changes in range(1, len(sizes) + 1):
        assert ways[changes][0] == sum(len(it) == changes for it in subsets)


@given(SIZES, st.integers(1, 20), st.integers(0, 200))
def test_a_cut_leaves_so_many(sizes: list[int], batch_size: int, most: int) -> None:
    """A budget cuts inside a batch, and a batch that was cut does not end its level."""
    layout = make_layout(sizes)
    whole = list(divide_subsets(layout, batch_size))
    cut = list(cut_batches(iter(whole), most))
    assert sum(it.count for it in cut) == min(most, sum(it.count for it in whole))
    assert cut[:-1] == whole[: max(0, len(cut) - 1)]
    if cut:
        last = whole[len(cut) - 1]
        assert cut[-1].ends_level == (last.ends_level and cut[-1].count == last.count)


def test_endless_searches_begin_at_once() -> None:
    """Batches are made when asked for, where there are more subsets than atoms."""
    batches = divide_subsets(make_layout([2] * 1000), 2**16)
    first, second = next(batches), next(batches)
    assert (first.changes, first.count, first.ends_level) == (1, 2000, True)
    assert second.changes == 2
    assert 2**16 <= second.count < 2**17
