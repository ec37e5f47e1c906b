"""How rows are shared among lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.render.page_budget import share_rows


@pytest.mark.parametrize(
    ("wanted", "share"),
    [([], 100), ([5, 200], 100), ([1] * 30, 100), ([200] * 10, 20), ([1] * 5 + [150] * 3, 65)],
)
def test_short_lists_are_whole(wanted: list[int], share: int) -> None:
    """What they do not need, longer ones have."""
    assert share_rows(wanted, most=200, each=100) == share


@given(
    wanted=st.lists(st.integers(0, 50), max_size=20),
    most=st.integers(0, 300),
    each=st.integers(1, 30),
)
def test_the_share_is_the_greatest_that_fits(wanted: list[int], most: int, each: int) -> None:
    """Or 1, or as many as one list may have."""
    share = share_rows(wanted, most=most, each=each)
    assert 1 <= share <= each
    assert share == 1 or sum(min(it, share) for it in wanted) <= most
    assert share == each or sum(min(it, share + 1) for it in wanted) > most
