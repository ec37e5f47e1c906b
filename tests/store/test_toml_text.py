"""Canonical TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st

from reprokit.store.toml_text import write_toml
from tests.builders import QUICK, SCALARS, TEXTS

VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        "\nleading",
        "trailing\n",
        "\n",
        'three """ quotes\n',
        'ends in a quote\n"',
        "back\\slash\\\n",
        "tab\tand\x00null\x7f\n",
        "\x1b[31mred\n",
        "next\x85line\u2028separator\n",
        "bidi \u202e\n",
    ],
)
def test_texts_come_back(text: str) -> None:
    """Texts of lines, quotes and control characters come back as they went."""
    assert tomllib.loads(write_toml({"a": text}, heading="h")) == {"a": text}


@QUICK
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
@example({"": [[{}]]})
@example({"": [[{"": "a\r\nb\n"}], 1]})
def test_tables_come_back(tables: dict[str, Any]) -> None:
    """Tables of anything TOML can say come back as they went, from canonical text."""
    text = write_toml(tables, heading="h")
    assert tomllib.loads(text) == tables
    assert write_toml(tables, heading="h") == text


LINES = (SCALARS | st.floats()).filter(lambda value: "\n" not in str(value))
"""Scalars; without texts of several lines, which tomlkit writes on one where nobody asks it to."""

TABLES = st.recursive(
    st.dictionaries(TEXTS, LINES, max_size=3),
    lambda inner: st.dictionaries(
        TEXTS, LINES | inner | st.lists(inner, min_size=1, max_size=3), max_size=4
    ),
    max_leaves=6,
)


@QUICK
@given(TABLES)
def test_tables_are_written_as_tomlkit_does(tables: dict[str, Any]) -> None:
    """The faster way gives the same lines, though in the order given, which `dumps` changes."""
    _, *lines = write_toml(tables, heading="h").splitlines()
    assert sorted(filter(None, lines)) == sorted(filter(None, tomlkit.dumps(tables).splitlines()))


@QUICK
@given(st.lists(st.recursive(LINES, st.lists, max_leaves=4), max_size=4))
def test_lists_are_written_as_tomlkit_does(value: list[Any]) -> None:
    """So does it those in lists, but for tables there, which tomlkit leaves out."""
    assert write_toml({"a": value}, heading="h") == f"# h\na = {tomlkit.item(value).as_string()}\n"


def test_order_is_kept() -> None:
    """Tables stand in the order given, under the heading."""
    text = write_toml({"b": 1, "a": [{"d": 1}, {"c": 2}]}, heading="heading")
    assert text == "# heading\nb = 1\n\n[[a]]\nd = 1\n\n[[a]]\nc = 2\n"
