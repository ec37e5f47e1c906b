"""Cells and tables, and what makes strangers' text harmless."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.render.text import (
    escape_markdown,
    make_harmless,
    render_list,
    render_markdown_table,
    render_table,
)
from tests.builders import QUICK

ANYTHING = st.text(st.characters(), max_size=40)


@given(ANYTHING)
def test_make_harmless_leaves_no_control_characters(text: str) -> None:
    """Whatever the text, no control, format or line character and no half character is left."""
    harmless = make_harmless(text)
    assert not {unicodedata.category(char) for char in harmless} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(harmless.splitlines()) <= 1
    harmless.encode("utf-8")


@given(st.text(st.characters(exclude_categories=("C", "Z")), max_size=40))
def test_make_harmless_leaves_other_text_alone(text: str) -> None:
    """Text of visible characters comes back as it is."""
    assert make_harmless(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\r", "a\\x0ab\\x0d"),
        ("\u202ereversed", "\\x202ereversed"),
        ("zero\u200bwidth", "zero\\x200bwidth"),
        ("\x9b31m", "\\x9b31m"),
        ("\u2028", "\\x2028"),
        ("naïve 日本 🎉", "naïve 日本 🎉"),
    ],
)
def test_make_harmless_shows_what_it_took(text: str, shown: str) -> None:
    """What would act is shown by its code."""
    assert make_harmless(text) == shown


@QUICK
@given(ANYTHING)
def test_escape_markdown_escapes_every_sign(text: str) -> None:
    """Every sign of markup stands behind a backslash, and without these the text is there.

    Only the sign of a mention is written as a character reference.
    """
    assert "@" not in escape_markdown(text)
    escaped = escape_markdown(text).replace("&#64;", "@")
    unescaped = re.sub(r"\\([\\`*_{}\[\]<>|#~&])", r"\1", escaped)
    assert unescaped == make_harmless(text)
    assert not re.search(r"[`*_{}\[\]<>|#~&]", re.sub(r"\\.", "", escaped))


@QUICK
@given(st.lists(st.tuples(ANYTHING, ANYTHING), max_size=4))
def test_render_table_has_a_line_for_each_row(rows: list[tuple[str, str]]) -> None:
    """No cell adds a line."""
    assert len(render_table(("a", "b"), rows).split("\n")) == len(rows) + 2


def test_render_table() -> None:
    """Columns are as wide as their widest cell, and no line ends in blanks."""
    assert render_table(("a", "long"), [("wider", "b"), ("c", "")]) == (
        "a      long\n-----  ----\nwider  b\nc"
    )


def test_render_table_refuses_uneven_rows() -> None:
    """A row of another width than the head is a defect."""
    with pytest.raises((ValueError, IndexError)):
        render_table(("a", "b"), [("c",)])


def test_render_markdown_table() -> None:
    """A markdown table has head, rule and rows."""
    assert render_markdown_table(("a", "b"), [("c", "d")]) == "| a | b |\n| --- | --- |\n| c | d |"


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_render_list(words: list[str], text: str) -> None:
    """Words are joined as in a sentence."""
    assert render_list(words) == text
