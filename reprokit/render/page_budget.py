"""How much of what has no end stands in a page, which is to be mailed and opened at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ELEMENTS = 100
"""So many elements of one pair of clusters are listed; JSON has more."""

MOST_ELEMENT_ROWS = 2_000
"""So many elements of all pairs."""

MOST_LINES = 20
"""So many of the last lines that a worker wrote are shown."""

MOST_LINES_IN_ALL = 2_000
"""So many of all workers, where they are not the same."""

MOST_HISTORY_ROWS = 1_000
"""So many rows and sentences of histories."""


def share_rows(wanted: Iterable[int], *, most: int, each: int) -> int:
    """Share a number of rows among lists that want some: none has more than the others need to.

    Args:
        wanted: How many rows each list has.
        most: How many are shown of all lists; one of each list is shown in any case.
        each: How many are shown of one list, however few lists there are.

    Returns:
        How many are shown of a list at most, 1 at least: the greatest number with which all lists
        together have no more than `most`.
    """
    left, lists = most, sorted(min(it, each) for it in wanted)
    for place, count in enumerate(lists):
        share = left // (len(lists) - place)
        if count > share:
            return max(share, 1)
        left -= count
    return each
