"""Canonical TOML text: the same facts give the same bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import Array, String, StringType, Trivia, Whitespace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tomlkit.items import Item, Table

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
"""Texts in which TOML escapes nothing."""

INLINE = frozenset({"computes", "facts"})
"""Tables that are written on one line."""


def write_toml(tables: Mapping[str, Any], *, heading: str) -> str:
    """Write tables as TOML, in the order given.

    Args:
        tables: Scalars, lists, tables and lists of tables.
        heading: A comment for the first line.
    """
    document = tomlkit.document()
    document.add(tomlkit.comment(heading))
    _fill(document, tables)
    return tomlkit.dumps(document)


def _fill(container: tomlkit.TOMLDocument | Table, tables: Mapping[str, Any]) -> None:
    for name, value in tables.items():
        if _is_list_of_tables(value):
            array = tomlkit.aot()
            for item in value:
                array.append(_make_table(item))
            container.add(name, array)
        elif isinstance(value, dict) and name not in INLINE:
            container.add(name, _make_table(value))
        else:
            container.add(name, _make_item(value))


def _make_table(content: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    _fill(table, content)
    return table


def _make_item(value: object) -> Item:
    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        for name, item in value.items():
            inline.append(name, _make_item(item))
        return inline
    if isinstance(value, str) and "\n" in value and "\r" not in value:
        return tomlkit.string(value, multiline=True)
    if isinstance(value, list | tuple):  # tomlkit makes tables of its own kind of those in lists
        pairs = ((Whitespace(", "), _make_item(it)) for it in value)
        return Array([part for pair in pairs for part in pair][1:], Trivia())
    return _make_element(value)


def _make_element(value: object) -> Item:
    """Do what `tomlkit.item` does, faster for what a manifest has thousands of: digests."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return String(StringType.SLB, value, value, Trivia())
    return tomlkit.item(value)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(it, dict) for it in value)
