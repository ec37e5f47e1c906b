"""Writes values of a TOML file into messages; loads nothing, since workers come here too."""

from __future__ import annotations

import json
import re

LONGEST_VALUE = 100

_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Where a text breaks into lines: a quoted one must not look like a line of ours."""

_MOST_BITS = 1000
"""Python refuses to write out much longer integers."""


def write_value(value: object) -> str:
    """Write a value as messages quote it, shortened; of a list or a table the word alone."""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, str):
        return f"the text `{cut_text(value)}`"
    if isinstance(value, list | tuple):
        return "a list"
    return "a table" if isinstance(value, dict) else f"`{cut_text(str(value))}`"


def quote_text(text: str) -> str:
    """Write a text as TOML writes it, in quotes."""
    return json.dumps(text, ensure_ascii=False)


def cut_text(text: str) -> str:
    """Shorten what is quoted from a file, and keep it on one line."""
    return keep_on_line(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…")


def keep_on_line(text: str) -> str:
    """Write line ends by their numbers."""
    return _BREAK.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
