"""From untyped data, as files hold it, to typed shapes, with errors that name the place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import tomli

if TYPE_CHECKING:
    from reprokit.errors import ReprokitError

T = TypeVar("T")

_LONGEST_MESSAGE = 300

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<place>.*)`)?$", re.DOTALL)

_WORDS = (("`array`", "a list"), ("`object`", "a table"), ("Object ", "the table "))
"""msgspec speaks of JSON; these files are TOML."""


def parse_toml(text: str, *, where: str, error: type[ReprokitError]) -> dict[str, Any]:
    """Parse TOML text.

    Args:
        text: The file's text.
        where: The file, for the error.
        error: The class of error to raise.

    Raises:
        ReprokitError: Of the class given, with line and column.
    """
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as problem:
        msg = f"not valid TOML: {shorten(str(problem))}"
        hint = "the file may be truncated or hold conflict markers; restore it from git"
        raise error(msg, where=where, hint=hint) from None
    except (RecursionError, ValueError) as problem:  # an integer of thousands of digits, say
        msg = f"not readable TOML: {str(problem)[:_LONGEST_MESSAGE]}"
        raise error(msg, where=where) from None


def check_schema(
    data: dict[str, Any], *, kind: str, version: int, where: str, error: type[ReprokitError]
) -> None:
    """Check a file's `schema = "reprokit/KIND/VERSION"` before anything else is read of it.

    Every version up to the present one is read: a later one only adds fields that have defaults.

    Raises:
        ReprokitError: Of the class given, for another kind, no schema, or a newer version.
    """
    expected = f"reprokit/{kind}/{version}"
    schema = data.get("schema")
    match = (
        re.fullmatch(rf"reprokit/{kind}/(\d{{1,6}})", schema) if isinstance(schema, str) else None
    )
    if match and 1 <= int(match[1]) <= version:
        return
    if match and int(match[1]) > version:
        msg = f"`{schema}` is newer than this reprokit, which reads up to `{expected}`"
        hint = "upgrade with `uv lock --upgrade-package reprokit-mlx && uv sync`"
        raise error(msg, where=f"{where}: schema", hint=hint)
    got = "nothing" if schema is None else f"`{str(schema)[:60]}`"
    raise error(f"expected `{expected}`, got {got}", where=f"{where}: schema")


def convert_wire(data: object, shape: type[T], *, where: str, error: type[ReprokitError]) -> T:
    """Turn untyped data into a typed shape.

    Args:
        data: Tables, lists and scalars.
        shape: A msgspec struct or a dataclass.
        where: The file, for the error.
        error: The class of error to raise.

    Raises:
        ReprokitError: Of the class given, with the dotted place in the file.
    """
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as problem:
        match = _PLACE.match(str(problem))
        what, place = (match["what"], match["place"]) if match else (str(problem), None)
        for word, own in _WORDS:
            what = what.replace(word, own)
        what = shorten(what[:1].lower() + what[1:])
        joint = "." if ": " in where else ": "
        raise error(what, where=f"{where}{joint}{shorten(place)}" if place else where) from None


def shorten(text: str) -> str:
    """Cut a message that quotes a file's content to a length that a paragraph can hold."""
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
