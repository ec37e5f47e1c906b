"""Adds to texts that belong to the user, and changes no byte of what is there."""

from __future__ import annotations

import tomli

from reprokit.errors import ProjectError


def add_lines(text: str, blocks: str) -> str:
    """Add the lines that a file such as `.gitignore` lacks.

    Args:
        text: The file; empty where there is none.
        blocks: Lines, in blocks with an empty line between; the comments of a block stand before
            it. A line is there already where one begins with the same word, be it with other
            slashes around.

    Returns:
        The text with the missing lines behind it, those of a block below its comments.
    """
    there = {_read_pattern(line) for line in text.splitlines()}
    missing = []
    for block in blocks.strip().split("\n\n"):
        lines = block.split("\n")
        comments = [line for line in lines if line.startswith("#")]
        lacking = [it for it in lines if it not in comments and _read_pattern(it) not in there]
        missing += ["\n".join([*comments, *lacking])] if lacking else []
    if not missing:
        return text
    return text + _choose_gap(text) + "\n\n".join(missing) + "\n"


def _read_pattern(line: str) -> str:
    return line.strip().partition(" ")[0].strip("/")


def _choose_gap(text: str) -> str:
    """Choose what parts a text from what comes behind it: an empty line."""
    if not text or text.endswith("\n\n"):
        return ""
    return "\n" if text.endswith("\n") else "\n\n"


def add_settings(text: str, table: str, *, file: str) -> str:
    """Add the table `[tool.reprokit]` behind all that a pyproject.toml holds.

    tomlkit would put it behind the last table of a tool, between a comment and the table that the
    comment is about, and with other line ends than a file from Windows has.

    Args:
        text: The file, which is valid TOML and has no such table.
        table: The table's text.
        file: The file's name, for the error.

    Raises:
        ProjectError: Where no table can follow, since `tool` is written in braces.
    """
    windows = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    added = _choose_gap(text.replace("\r\n", "\n")) + table
    after = text + (added.replace("\n", "\r\n") if windows else added)
    expected = tomli.loads(text)
    expected.setdefault("tool", {})["reprokit"] = tomli.loads(table)["tool"]["reprokit"]
    try:
        holds = tomli.loads(after) == expected
    except tomli.TOMLDecodeError:
        holds = False
    if not holds:
        raise ProjectError(
            "the table `tool.reprokit` cannot be added behind what is there",
            where=file,
            hint="write `tool` as tables, `[tool.name]`, not in braces",
        )
    return after
