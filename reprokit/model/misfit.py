"""Says in words what in untyped data does not fit a shape, and what would.

msgspec judges whether data fit, and stays the judge; its messages speak of Python, JSON and regular
expressions. What is said here is read off the same shape. The words for a text's pattern are the
`description` of its annotation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from msgspec import inspect

from reprokit.model.kind_words import (
    is_of_kind,
    list_choices,
    name_bounds,
    name_kind,
    name_values,
    read_words,
    strip_words,
)
from reprokit.model.misfit_hints import propose_items, propose_kind, propose_missing
from reprokit.model.suggestion import suggest_names
from reprokit.model.value_text import cut_text, write_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.model.kind_words import Kind
    from reprokit.model.toml_lines import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Misfit:
    """What does not fit.

    Attributes:
        path: Keys and indices that lead to it.
        message: What is wrong.
        hint: What would be right.
    """

    path: Path
    message: str
    hint: str


def find_misfit(data: object, shape: Any, path: Path = ()) -> Misfit | None:  # noqa: ANN401
    """Find the first thing in data that does not fit a shape.

    Args:
        data: Tables, lists and scalars, as TOML holds them.
        shape: A msgspec struct, a dataclass, or any other annotation that msgspec knows.
        path: Where the data stand in their file.

    Returns:
        None where all fits.
    """
    return next(_find(data, inspect.type_info(shape), path), None)


def _find(value: object, kind: Kind, path: Path) -> Iterator[Misfit]:
    choices = [choice for choice in list_choices(kind) if is_of_kind(value, choice)]
    if choices:
        yield from _look_into(strip_words(choices[0]), value, path, read_words(choices[0]))
    else:
        yield Misfit(
            path=path,
            message=f"expected {name_kind(kind)}, got {write_value(value)}",
            hint=propose_kind(value, kind, path),
        )


@singledispatch
def _look_into(kind: Kind, value: Any, path: Path, words: str) -> Iterator[Misfit]:  # noqa: ANN401
    """Find what does not fit in a value that is of its kind.

    Args:
        kind: The kind, with its bounds.
        value: Of that kind.
        path: Where it stands.
        words: What the kind's annotation says of it.
    """
    del kind, value, path, words
    return iter(())


@_look_into.register(inspect.StructType)
@_look_into.register(inspect.DataclassType)
def _(
    kind: inspect.StructType | inspect.DataclassType, value: dict[str, Any], path: Path, _words: str
) -> Iterator[Misfit]:
    known = {field.encode_name: field for field in kind.fields}
    for name, inner in value.items():
        if name in known:
            yield from _find(inner, known[name].type, (*path, name))
        elif isinstance(kind, inspect.StructType) and kind.forbid_unknown_fields:
            message = f"unknown field `{cut_text(name)}`"
            yield Misfit(path=(*path, name), message=message, hint=suggest_names(name, known))
    for name, field in known.items():
        if field.required and name not in value:
            hint = propose_missing(name, field.type)
            yield Misfit(path=path, message=f"missing required field `{name}`", hint=hint)


@_look_into.register(inspect.DictType)
def _(kind: inspect.DictType, value: dict[str, Any], path: Path, _words: str) -> Iterator[Misfit]:
    for name, inner in value.items():
        yield from _find(name, kind.key_type, (*path, name))
        yield from _find(inner, kind.value_type, (*path, name))


@_look_into.register(inspect.ListType)
@_look_into.register(inspect.VarTupleType)
def _(
    kind: inspect.ListType | inspect.VarTupleType, value: list[Any], path: Path, _words: str
) -> Iterator[Misfit]:
    if len(value) < (kind.min_length or 0):
        yield Misfit(path=path, message="is empty", hint=propose_items(kind, path))
    if kind.max_length is not None and len(value) > kind.max_length:
        message = f"holds {len(value)} items"
        yield Misfit(path=path, message=message, hint=f"at most {kind.max_length} are read")
        return
    for index, inner in enumerate(value):
        yield from _find(inner, kind.item_type, (*path, index))


@_look_into.register(inspect.EnumType)
def _(kind: inspect.EnumType, value: str, path: Path, _words: str) -> Iterator[Misfit]:
    if value not in [item.value for item in kind.cls]:
        message = f"unknown value `{cut_text(value)}`"
        yield Misfit(path=path, message=message, hint=f"use one of {name_values(kind)}")


@_look_into.register(inspect.StrType)
def _(kind: inspect.StrType, value: str, path: Path, words: str) -> Iterator[Misfit]:
    if kind.max_length is not None and len(value) > kind.max_length:
        message = f"is {len(value)} characters long"
        yield Misfit(path=path, message=message, hint=f"use at most {kind.max_length}")
    if kind.pattern is not None and not re.search(kind.pattern, value):
        message = f"`{cut_text(value)}` is not of the form that is needed here"
        yield Misfit(path=path, message=message, hint=f"use {words or f'`{kind.pattern}`'}")


@_look_into.register(inspect.IntType)
@_look_into.register(inspect.FloatType)
def _(
    kind: inspect.IntType | inspect.FloatType, value: float, path: Path, words: str
) -> Iterator[Misfit]:
    if not _is_within(value, kind):
        message = f"{write_value(value)} is out of bounds"
        bounds = f"{name_kind(kind)} {name_bounds(kind) or 'that 64 bits can hold'}"
        yield Misfit(path=path, message=message, hint=f"use {words or bounds}")


def _is_within(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    """Tell whether a number is within bounds; NaN is within none."""
    try:
        number = float(value) if isinstance(kind, inspect.FloatType) else value
    except OverflowError:
        return False
    return (
        (kind.ge is None or number >= kind.ge)
        and (kind.gt is None or number > kind.gt)
        and (kind.le is None or number <= kind.le)
    )
