"""A comparison as markdown."""

from __future__ import annotations

import re
import unicodedata

from reprokit.render.markdown import render_comparison, render_machines, render_results
from tests.render.shared import (
    HOSTILE,
    check_golden,
    find_live_markup,
    make_comparison,
    make_hostile_comparison,
)

BARE = re.compile(r"(?<!\\)(?:\\\\)*([|`*_<>\[\]#~&])")


def test_golden() -> None:
    """The markdown is as it was reviewed."""
    check_golden("comparison.md", render_comparison(make_comparison()))


def test_tables_have_even_rows() -> None:
    """Every row of a table has as many cells as its head, hostile ones too."""
    for comparison in (make_comparison(), make_hostile_comparison()):
        for table in (render_machines(comparison), render_results(comparison, verbose=True)):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(cells) == 1


def test_hostile_text_is_inert() -> None:
    """Markup of a stranger shows as it was written: every sign of it is escaped."""
    comparison = make_hostile_comparison()
    text = render_comparison(comparison)
    assert all(unicodedata.category(char) not in {"Cc", "Cf"} for char in text.replace("\n", ""))
    for line in render_machines(comparison).splitlines()[2:3]:
        cells = re.split(r"(?<!\\)\|", line)[3:-2]
        assert cells
        ours = ("@<!-- -->", r"<span>\$</span>")
        assert all(any(it in cell for cell in cells) for it in ours)
        for cell in cells:
            assert not BARE.search(cell.replace(ours[0], "").replace(ours[1], ""))
    assert "\n# head" not in text
    assert find_live_markup(HOSTILE)
    assert find_live_markup(text) == []


def test_only_findings_are_bold() -> None:
    """What is identical is plain, what blocks is bold."""
    rows = {
        line.split("|")[1].strip(): line
        for line in render_results(make_comparison(), verbose=False).splitlines()
    }
    assert "**" not in rows["`key0`"]
    assert "**BLOCKING**" in rows["`uniform-8`"]
    assert "**DIFFERENT**" in rows["`normal-8`"]
