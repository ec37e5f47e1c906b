"""Writes single texts into YAML, so that every reader of it finds the same text again."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_=-]*[A-Za-z0-9./_=-]")
_LARGEST_BYTE = 0xFF
_LARGEST_PAIR = 0xFFFF


def write_scalar(text: str) -> str:
    """Write a text as a value: as it is where nothing in it means anything, else in quotes.

    Args:
        text: Words; not one that YAML takes for a number, a truth or nothing.
    """
    return text if _PLAIN.fullmatch(text) else f'"{escape_text(text)}"'


def escape_text(text: str) -> str:
    """Write what stands between double quotes.

    YAML reads the escapes of JSON, but for pairs of surrogates; and a raw line separator is a
    blank to it.
    """
    plain = json.dumps(text, ensure_ascii=False)[1:-1]
    return "".join(it if it.isprintable() else _escape(ord(it)) for it in plain)


def _escape(code: int) -> str:
    if code <= _LARGEST_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LARGEST_PAIR else f"\\U{code:08x}"
