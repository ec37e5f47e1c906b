"""Cells and tables, and what makes strangers' text harmless."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reprokit.render.text import (
    escape_markdown,
    make_harmless,
    measure_table,
    name_probes,
    render_count,
    render_list,
    render_markdown_table,
    render_table,
    wrap,
)
from tests.builders import QUICK
from tests.render.github import find_live_parts, read_as_github

ANYTHING = st.text(st.characters(), max_size=40)
WORDS = st.lists(st.text("xyz-", min_size=1, max_size=9), max_size=6).map(" ".join)
TEXTS = st.text("xyz-  ", max_size=80)


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
        ("\ufffe\uffff\ufdd0\U0001fffe", "\\xfffe\\xffff\\xfdd0\\x1fffe"),
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

    Only the signs of a mention and of mathematics are written otherwise.
    """
    escaped = escape_markdown(text).replace("@<!-- -->", "@").replace(r"<span>\$</span>", "$")
    unescaped = re.sub(r"\\([\\`*_{}\[\]<>|#~&:.])", r"\1", escaped)
    assert unescaped == make_harmless(text)
    assert not re.search(r"[`*_{}\[\]<>|#~&]", re.sub(r"\\.", "", escaped))


ATTACKS = [
    *(
        "https://evil.example/login",
        "HTTP://evil.example",
        "ftp://evil.example/x",
        "www.evil.example",
    ),
    *(
        "a@evil.example",
        "mailto:a@evil.example",
        "xmpp:a@evil.example/x",
        "@somebody",
        "@@a@b.example",
    ),
    *("<https://evil.example>", "<a@evil.example>", "(https://evil.example)", "_www.evil.example_"),
    *("[x](https://evil.example)", "![x](http://evil.example/y)", "<img src=https://evil.example>"),
    *("$x$", "$$x$$", "costs $1 or $2", "~~x~~", "a\\@evil.example", "https\\://evil.example"),
]
PARTS = [
    "https:",
    "://",
    "//",
    "www",
    ".",
    "@",
    "$",
    "a",
    "evil.example",
    "<",
    ">",
    "-",
    "!",
    "(",
    ")",
]
PARTS += [
    *ATTACKS,
    "<!--",
    "-->",
    "\\",
    "`",
    "|",
    "*",
    "_",
    "~",
    "&",
    "#",
    ";",
    "[",
    "]",
    " ",
    "&#64;",
]


@pytest.mark.parametrize("text", ATTACKS[:-2])
def test_an_attack_acts_where_it_is_not_escaped(text: str) -> None:
    """GitHub's reader makes of each a link, a picture, a mention or mathematics."""
    assert find_live_parts(text)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
@example("".join(f"{it} " for it in ATTACKS))
def test_escaped_text_is_shown_as_it_is_and_does_nothing(text: str) -> None:
    """GitHub shows the very text, in a cell of a table, and no part of it leads anywhere."""
    cell = f"| {escape_markdown(text)} |\n| --- |\n"
    assert find_live_parts(cell) == []
    shown = read_as_github(cell)
    assert set(shown.tags) <= {"table", "thead", "tr", "th", "span"}
    assert shown.text.strip() == text.strip()


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


@QUICK
@given(TEXTS, st.integers(1, 60), st.sampled_from(["", "  ", "      "]))
def test_wrap_keeps_every_word_and_the_width(text: str, width: int, indent: str) -> None:
    """Only blanks become line ends; a line is too wide only for a word that is."""
    lines = wrap(text, width, indent=indent).split("\n")
    assert " ".join(lines).split() == text.split()
    for line in lines:
        assert len(line) <= max(width, len(indent) + 1) or len(line.split()) == 1


def test_wrap_without_a_width_leaves_one_line() -> None:
    """A file or a pipe has the whole line."""
    assert wrap("a " * 200, None) == "a " * 200


@QUICK
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=4), st.integers(1, 80))
def test_a_narrow_table_has_every_word(rows: list[tuple[str, str, str]], width: int) -> None:
    """Whatever the width, a column read from top to bottom has the words of its cells."""
    head = ("a", "b", "c")
    lines = render_table(head, rows, width=width).split("\n")
    starts = [0, *(found.end() for found in re.finditer(" +", lines[1]))]
    ends = [*starts[1:], None]
    for column, (start, end) in enumerate(zip(starts, ends, strict=True)):
        read = " ".join(line[start:end] for line in lines[2:]).split()
        assert read == " ".join(row[column] for row in rows).split()


@QUICK
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4), st.integers(1, 80))
def test_a_table_fits_where_its_words_do(rows: list[tuple[str, str]], width: int) -> None:
    """A line is wider than asked for only where no column can be narrower."""
    widest = max(map(len, render_table(("a", "b"), rows, width=width).split("\n")))
    floors = [max(len(word) for row in rows for word in ["a", *row[i].split(" ")]) for i in (0, 1)]
    assert widest <= max(width, sum(floors) + 2)


def test_a_table_that_fits_is_left_alone() -> None:
    """Where there is room, a width changes nothing."""
    rows = [("wider", "some words"), ("c", "")]
    width = measure_table(("a", "b"), rows)
    assert width == len("wider  some words")
    assert render_table(("a", "b"), rows, width=width) == render_table(("a", "b"), rows)
    assert render_table(("a", "b"), rows, width=width - 1) == (
        "a      b\n-----  ---------\nwider  some\n       words\nc"
    )


@pytest.mark.parametrize(("count", "text"), [(0, "0 probes"), (1, "1 probe"), (2, "2 probes")])
def test_render_count(count: int, text: str) -> None:
    """One of a thing is one."""
    assert render_count(count, "probe") == text


def test_few_probes_are_named_and_many_counted() -> None:
    """Beyond three there is a number, and how to get the names."""
    assert name_probes(["a", "b", "c"], hint="!") == "a, b, c"
    assert name_probes(list("abcd"), hint=" (ask)") == "4 probes (ask)"
    assert name_probes(list("abcd"), verbose=True) == "a, b, c, d"


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_render_list(words: list[str], text: str) -> None:
    """Words are joined as in a sentence."""
    assert render_list(words) == text
