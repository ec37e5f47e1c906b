"""From untyped data, as files hold it, to typed shapes, with errors that name place and mend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import tomli

from reprokit.model.place import name_line

if TYPE_CHECKING:
    from reprokit.errors import ReprokitError
    from reprokit.model.place import Place

T = TypeVar("T")

_LONGEST_MESSAGE = 300


def decode_text(content: bytes, *, where: Place, error: type[ReprokitError]) -> str:
    """Decode a file's bytes.

    Args:
        content: The file.
        where: The file, for the error.
        error: The class of error to raise.

    Raises:
        ReprokitError: Of the class given, with the line, where they are not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise error(
            f"not UTF-8 at byte {problem.start}",
            where=name_line(where.file, line),
            hint="save the file in the encoding UTF-8",
        ) from None


def parse_toml(
    text: str, *, where: Place, error: type[ReprokitError], hint: str | None = None
) -> dict[str, Any]:
    """Parse TOML text.

    Args:
        text: The file's text.
        where: The file, for the error.
        error: The class of error to raise.
        hint: What to do about a file that nobody writes by hand; else the parser's words decide.

    Raises:
        ReprokitError: Of the class given, with the line.
    """
    from reprokit.model.toml_errors import explain_limit, explain_syntax

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as problem:
        fault = explain_syntax(problem, text)
    except (RecursionError, ValueError) as problem:
        fault = explain_limit(problem, text)
    raise error(fault.message, where=name_line(where.file, fault.line), hint=hint or fault.hint)


def check_schema(
    data: dict[str, Any], *, kind: str, version: int, where: Place, error: type[ReprokitError]
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
    place = str(where / "schema")
    if match and int(match[1]) > version:
        msg = f"`{schema}` is newer than this reprokit, which reads up to `{expected}`"
        hint = "upgrade with `uv lock --upgrade-package reprokit-mlx && uv sync`"
        raise error(msg, where=place, hint=hint)
    got = "nothing" if schema is None else _quote(schema)
    hint = f'a file of this kind begins with `schema = "{expected}"`'
    raise error(f"expected `{expected}`, got {got}", where=place, hint=hint)


def _quote(schema: object) -> str:
    from reprokit.model.value_text import write_value

    return f"`{schema[:60]}`" if isinstance(schema, str) else write_value(schema)


def convert_wire(data: object, shape: type[T], *, where: Place, error: type[ReprokitError]) -> T:
    """Turn untyped data into a typed shape.

    Args:
        data: Tables, lists and scalars.
        shape: A msgspec struct, a dataclass, or a plain type.
        where: Where the data stand, for the error.
        error: The class of error to raise.

    Raises:
        ReprokitError: Of the class given, with the place, what is wrong there, and what would do.
    """
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as problem:
        from reprokit.model.misfit import find_misfit  # it takes its time to load

        misfit = find_misfit(data, shape)
        if misfit is None:
            raise error(shorten(str(problem)), where=str(where)) from None
        for step in misfit.path:
            where /= step
        raise error(misfit.message, where=str(where), hint=misfit.hint) from None


def shorten(text: str) -> str:
    """Cut a message that quotes a file's content to a length that a paragraph can hold."""
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
