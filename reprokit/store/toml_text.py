"""Canonical TOML text: the same facts give the same bytes.

The text is that of tomlkit, which also writes every key and text that needs more than plain quotes.
Lines and headers are put together here: a manifest has thousands, and tomlkit's documents, made to
be edited, take ten times as long.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
"""Texts in which TOML escapes nothing."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
"""Keys that need no quotes."""

INLINE = frozenset({"computes", "facts"})
"""Tables that are written on one line."""


def write_toml(tables: Mapping[str, Any], *, heading: str) -> str:
    """Write tables as TOML, in the order given.

    Args:
        tables: Scalars, lists, tables and lists of tables.
        heading: A comment for the first line.
    """
    return "".join([f"# {heading}\n", *_write_table(tables, "")])


def _write_table(tables: Mapping[str, Any], path: str) -> Iterator[str]:
    """Write what a table holds: first its own lines, which would else belong to another."""
    inner = {name: value for name, value in tables.items() if _has_header(name, value)}
    for name, value in tables.items():
        if name not in inner:
            yield f"{_write_key(name)} = {_write_value(value)}\n"
    for name, value in inner.items():
        place = f"{path}{_write_key(name)}"
        if isinstance(value, list):
            for item in value:
                yield f"\n[[{place}]]\n"
                yield from _write_table(item, f"{place}.")
        else:
            if not value or not all(_has_header(*item) for item in value.items()):
                yield f"\n[{place}]\n"
            yield from _write_table(value, f"{place}.")


def _has_header(name: str, value: object) -> bool:
    """Tell whether a value is a table with lines of its own, or a list of such."""
    if isinstance(value, dict):
        return name not in INLINE
    return isinstance(value, list) and bool(value) and all(isinstance(it, dict) for it in value)


def _write_value(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{_write_key(name)} = {_write_value(item)}" for name, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_write_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"' if _PLAIN.fullmatch(value) else _quote(value)
    msg = f"TOML has no {type(value).__name__}"
    raise TypeError(msg)


def _quote(text: str) -> str:
    import tomlkit  # few manifests have such a text

    return tomlkit.string(text, multiline="\n" in text and "\r" not in text).as_string()


@cache
def _write_key(name: str) -> str:
    if _BARE.fullmatch(name):
        return name
    import tomlkit  # nearly no manifest has such a key

    return tomlkit.key(name).as_string()
