"""Cells and tables of plain text and markdown; text of strangers is made harmless here."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKUP = re.compile(r"[\\`*_{}\[\]<>|#~&]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_MENTION = re.compile(r"@(?! )")
_NO_MENTION = "@<!-- -->"
"""GitHub links addresses and names in the text of the finished page, where an escape is gone; the
comment parts that text."""

_DOLLAR = r"<span>\$</span>"
"""As GitHub asks it to be written where no mathematics is meant; others ask for the backslash."""

_GAP = "  "
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_KEPT_FREE = frozenset(map(chr, range(0xFDD0, 0xFDF0)))

_POINTER = re.compile(r"^[\s^~]*$")
"""A line of a traceback that only points at a part of the line before."""

FEW = 3
"""So many names are told; of more only the number, unless somebody asks for them."""

VERBOSE_HINT = " (`--verbose` names them)"


def make_harmless(text: str) -> str:
    """Replace control characters, line ends among them, and invisible ones, by visible marks."""
    if text.isprintable():
        return text
    return "".join(
        f"\\x{ord(char):02x}"
        if unicodedata.category(char) in _INVISIBLE or _is_no_character(char)
        else char
        for char in text
    )


def _is_no_character(char: str) -> bool:
    """Tell whether a code is kept free for ever; XML forbids two of those."""
    return ord(char) & 0xFFFE == 0xFFFE or char in _KEPT_FREE  # noqa: PLR2004


def escape_markdown(text: str) -> str:
    """Write text so that markdown shows it as it is, in a table cell too.

    On GitHub, too: it links nowhere, mentions nobody, and is no mathematics.
    """
    escaped = _MARKUP.sub(r"\\\g<0>", make_harmless(text))
    return _MENTION.sub(_NO_MENTION, escaped).replace("$", _DOLLAR)


def wrap(text: str, width: int | None, *, indent: str = "") -> str:
    """Break text at blanks into lines of at most `width`, those after the first indented.

    Args:
        text: One paragraph; it is made harmless.
        width: The longest line; None for a single line, however long. A longer word stays whole.
        indent: What the lines after the first begin with.
    """
    text = make_harmless(text)
    if width is None or len(text) <= width:
        return text
    return textwrap.fill(
        text,
        max(width, len(indent) + 1),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def render_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None
) -> str:
    """Align columns with blanks; numbers and words alike to the left.

    Args:
        head: The columns' names.
        rows: The cells; they are made harmless.
        width: Where the table would be wider, the widest columns are wrapped at blanks until it
            fits, or no column can be narrower without breaking a word. None leaves it wide.
    """
    lines = [[make_harmless(cell) for cell in row] for row in (head, *rows)]
    columns = range(len(head))
    widths = [max(len(line[column]) for line in lines) for column in columns]
    if width is not None:
        floors = [max(_longest_word(line[column]) for line in lines) for column in columns]
        widths = _narrow(widths, floors, width - len(_GAP) * (len(head) - 1))
    ruled = [lines[0], ["-" * width for width in widths], *lines[1:]]
    return "\n".join(_join_cells(line, widths) for line in ruled)


def measure_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return how wide a table is that nothing wraps."""
    return len(render_table(head, rows).partition("\n")[2].partition("\n")[0])


def _longest_word(cell: str) -> int:
    return max(map(len, cell.split(" ")))


def _narrow(widths: list[int], floors: list[int], room: int) -> list[int]:
    """Take from the widest column that can be narrower until all fit, or none can."""
    widths = list(widths)
    while sum(widths) > room:
        candidates = [index for index, width in enumerate(widths) if width > floors[index]]
        if not candidates:
            break
        widths[max(candidates, key=lambda index: widths[index])] -= 1
    return widths


def _join_cells(line: Sequence[str], widths: Sequence[int]) -> str:
    """Write a row: one line, or as many as its longest cell takes."""
    cells = [wrap(cell, width).split("\n") for cell, width in zip(line, widths, strict=True)]
    return "\n".join(
        _GAP.join(
            (cell[index] if index < len(cell) else "").ljust(width)
            for cell, width in zip(cells, widths, strict=True)
        ).rstrip()
        for index in range(max(map(len, cells), default=1))
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


def render_count(count: int, noun: str) -> str:
    """Write a number and what it counts: `1 probe`, `3 probes`, `2,048 probes`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def name_probes(names: Sequence[str], *, verbose: bool = False, hint: str = "") -> str:
    """Name probes where they are few, or all are asked for; otherwise count them.

    Args:
        names: Their ids.
        verbose: Whether all are asked for.
        hint: What is said behind the number, as on how to ask for all.
    """
    if len(names) <= FEW or verbose:
        return ", ".join(names)
    return f"{len(names)} probes{hint}"


def list_last_lines(printed: str, most: int) -> list[str]:
    """List the last lines that say something of what a process printed, made harmless."""
    told = [line for line in printed.splitlines() if not _POINTER.match(line)]
    return [make_harmless(line) for line in told[-most:]]
