"""Cells and tables of plain text and markdown; text of strangers is made harmless here."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_GAP = "  "


def make_harmless(text: str) -> str:
    """Replace control characters, line ends among them, and invisible ones, by visible marks."""
    return "".join(
        f"\\x{ord(char):02x}"
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else char
        for char in text
    )


def escape_markdown(text: str) -> str:
    """Write text so that markdown shows it as it is, in a table cell too, and mentions nobody."""
    return _MARKUP.sub(r"\\\1", make_harmless(text)).replace("@", "&#64;")


def render_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align columns with blanks; numbers and words alike to the left."""
    lines = [[make_harmless(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    ruled = [lines[0], ["-" * width for width in widths], *lines[1:]]
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in ruled
    )


def render_markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a markdown table; the cells are markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def render_list(words: Sequence[str]) -> str:
    """Join words as a sentence does: `a`, `a and b`, `a, b and c`."""
    if len(words) < 2:  # noqa: PLR2004 - what a pair is
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
