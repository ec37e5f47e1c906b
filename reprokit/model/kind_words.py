"""Words for the kinds of values that shapes ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import inspect

from reprokit.model.suggestion import list_names

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = inspect.Type

_KINDS: tuple[tuple[tuple[type[Kind], ...], tuple[type, ...], str, str], ...] = (
    ((inspect.StrType, inspect.EnumType), (str,), "a text", "texts"),
    ((inspect.BoolType,), (bool,), "true or false", "truth values"),
    ((inspect.IntType,), (int,), "an integer", "integers"),
    ((inspect.FloatType,), (int, float), "a number", "numbers"),
    ((inspect.ListType, inspect.VarTupleType), (list, tuple), "a list", "lists"),
    ((inspect.StructType, inspect.DataclassType, inspect.DictType), (dict,), "a table", "tables"),
)
"""Kinds, the types of the values that can be of one, and the words for one and for several."""


def is_of_kind(value: object, kind: Kind) -> bool:
    """Tell whether a value is of a kind, whatever its bounds; true of a kind without words."""
    kind = strip_words(kind)
    for kinds, types, *_ in _KINDS:
        if isinstance(kind, kinds):
            return isinstance(value, types) and (bool in types or not isinstance(value, bool))
    return value is None if isinstance(kind, inspect.NoneType) else True


def name_kind(kind: Kind) -> str:
    """Name what a shape asks for, as `an integer` or `a list of texts`."""
    if isinstance(kind, inspect.UnionType):
        return " or ".join(dict.fromkeys(map(name_kind, list_choices(kind))))
    one, _ = _find_words(kind)
    items = name_items(kind)
    return f"{one} of {items}" if items else one


def name_items(kind: Kind) -> str:
    """Name what a list holds, as `texts`; nothing for other kinds and for lists of anything."""
    bare = strip_words(kind)
    if not isinstance(bare, inspect.ListType | inspect.VarTupleType):
        return ""
    return _find_words(bare.item_type)[1]


def _find_words(kind: Kind) -> tuple[str, str]:
    bare = strip_words(kind)
    found = ((one, several) for kinds, _, one, several in _KINDS if isinstance(bare, kinds))
    return next(found, ("something else", ""))


def list_choices(kind: Kind) -> Iterator[Kind]:
    """List what a value may be of; TOML has no null, so None is none of it."""
    choices = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return (it for it in choices if not isinstance(strip_words(it), inspect.NoneType))


def strip_words(kind: Kind) -> Kind:
    """Take the description off a kind."""
    return strip_words(kind.type) if isinstance(kind, inspect.Metadata) else kind


def read_words(kind: Kind) -> str:
    """Read the description of a kind; empty where it has none."""
    if not isinstance(kind, inspect.Metadata):
        return ""
    return str((kind.extra_json_schema or {}).get("description", "")) or read_words(kind.type)


def name_values(kind: inspect.EnumType) -> str:
    """List the values of an enumeration."""
    return list_names(str(item.value) for item in kind.cls)


def name_bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    """Name a number's bounds, as `from 1 to 1000`; empty where it has none."""
    low, high = kind.ge, kind.le
    if low is not None and high is not None:
        return f"from {low:.15g} to {high:.15g}"
    words = [
        f"above {kind.gt:.15g}" if kind.gt is not None else "",
        f"from {low:.15g}" if low is not None else "",
        f"up to {high:.15g}" if high is not None else "",
    ]
    return ", ".join(filter(None, words))
