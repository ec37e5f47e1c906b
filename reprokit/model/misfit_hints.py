"""What to write in the place of what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import inspect

from reprokit.model.kind_words import (
    is_of_kind,
    list_choices,
    name_kind,
    name_values,
    read_words,
    strip_words,
)
from reprokit.model.value_text import quote_text

if TYPE_CHECKING:
    from reprokit.model.kind_words import Kind
    from reprokit.model.toml_lines import Path

_LONGEST_EXAMPLE = 40

_MOST_BITS = 128

_SCALARS = (bool, int, float, str)
_TABLES = (inspect.StructType, inspect.DataclassType, inspect.DictType)
_LISTS = (inspect.ListType, inspect.VarTupleType)


def propose_kind(value: object, kind: Kind, path: Path) -> str:
    """Propose how to write a value that is of another kind than asked for."""
    wanted = next(map(strip_words, list_choices(kind)))
    if isinstance(wanted, inspect.EnumType):
        return f"use one of {name_values(wanted)}"
    if _holds_tables(wanted):
        return f"begin each table with `[[{_name(path)}]]`"
    how, text = _rewrite(value, wanted)
    if how and len(text) <= _LONGEST_EXAMPLE:
        return f"write it {how}: `{_assign(path, text)}`"
    return f"write {name_kind(kind)}: `{_assign(path, _sketch(wanted))}`"


def propose_missing(name: str, kind: Kind) -> str:
    """Propose how to write a field that is missing."""
    wanted = next(list_choices(kind))
    bare = strip_words(wanted)
    if _holds_tables(bare):
        return f"add a table `[[{name}]]`"
    words = f"one of {name_values(bare)}" if isinstance(bare, inspect.EnumType) else ""
    return f"add `{name} = {_sketch(bare)}`, {words or read_words(wanted) or name_kind(bare)}"


def propose_items(kind: inspect.ListType | inspect.VarTupleType, path: Path) -> str:
    """Propose what to put into a list that must not be empty."""
    if _holds_tables(kind):
        return f"write a table `[[{_name(path)}]]` in its place"
    return f"give `{_name(path)}` at least one value, or remove it"


def _rewrite(value: object, wanted: Kind) -> tuple[str, str]:
    """Rewrite a scalar whose meaning is plain; return how, and the text, both empty for others."""
    if not isinstance(value, _SCALARS) or _is_endless(value):
        return "", ""
    if isinstance(wanted, _LISTS):
        fits = is_of_kind(value, wanted.item_type)
        return ("in brackets", f"[{_write_scalar(value)}]") if fits else ("", "")
    if isinstance(value, str):
        meant = _read_scalar(value)
        fits = meant is not None and is_of_kind(meant, wanted)
        return ("without quotes", _write_scalar(meant)) if fits else ("", "")
    if isinstance(wanted, inspect.StrType):
        return "in quotes", quote_text(_write_scalar(value))
    if isinstance(value, float) and value.is_integer() and isinstance(wanted, inspect.IntType):
        return "without a point", str(int(value))
    return "", ""


def _is_endless(value: object) -> bool:
    """Tell whether Python would refuse to write an integer out."""
    return isinstance(value, int) and value.bit_length() > _MOST_BITS


def _read_scalar(text: str) -> bool | int | float | None:
    """Read what stands in quotes that should not."""
    bare = text.strip().lower()
    if bare in {"true", "false"}:
        return bare == "true"
    for read in (int, float):
        try:
            return read(bare)
        except ValueError:
            continue
    return None


def _write_scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote_text(value) if isinstance(value, str) else str(value)


def _sketch(kind: Kind) -> str:
    """Write what a value of a kind looks like."""
    if isinstance(kind, inspect.StrType | inspect.EnumType):
        return '"…"'
    if isinstance(kind, _LISTS):
        return "[…]"
    if isinstance(kind, _TABLES):
        return "{ … }"
    return "true" if isinstance(kind, inspect.BoolType) else "1"


def _holds_tables(kind: Kind) -> bool:
    return isinstance(kind, _LISTS) and isinstance(strip_words(kind.item_type), _TABLES)


def _assign(path: Path, text: str) -> str:
    return f"{path[-1]} = {text}" if path and isinstance(path[-1], str) else text


def _name(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "list")
