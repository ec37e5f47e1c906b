"""Says what is wrong with text that is no TOML, on which line, and what to do about it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from reprokit.model.value_text import cut_text

if TYPE_CHECKING:
    import tomli

_CONFLICT = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?:[ \r].*)?$", re.MULTILINE)

_DEEPEST = 100
"""Brackets in one another that are too deep to be meant; the parser bears a few hundred."""

_STRING = r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*"
_BRACKET = re.compile(rf"{_STRING}|(?P<opens>[\[{{])|(?P<closes>[\]}}])", re.DOTALL)

_QUOTES = ("a text is not closed", "close its quotes on the line that opens them")
_TWICE = ("a key is given twice", "it stands in its table already; remove one of the two")
_ITEMS = "put commas between its items, and close it"
_TAKEN = ("a name is given twice", "remove the `name = …` that stands before, or this")

_WORDS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("Cannot overwrite", _TWICE),
    ("Duplicate inline", _TWICE),
    ("Cannot mutate", _TAKEN),
    ("Cannot redefine", _TAKEN),
    ("Cannot declare", ("a table is declared twice", "of several, each begins with `[[name]]`")),
    ("Unclosed array", ("a list is not closed", _ITEMS)),
    ("Unclosed inline", ("a table in braces is not closed", _ITEMS)),
    ("Unterminated string", _QUOTES),
    (r"Illegal character '\n'", _QUOTES),
    ("Expected ']", ("a table's name is not closed", "close its brackets on the same line")),
    ("Expected '='", ("no `=` behind a key", "write `key = value`")),
    (
        "Expected newline",
        ("the line goes on behind a value", "put texts in quotes, and one value on a line"),
    ),
    ("Expected ", _QUOTES),
    ("Unescaped", ("unknown escape", r"write `\\` for a backslash, or use single quotes")),
    ("Invalid value", ("no value", "put texts in quotes; write `true` and `false` small")),
    ("Invalid date", ("no such date", "put it in quotes if it is a text")),
    (
        "Invalid statement",
        ("no statement", "a line is `key = value`, `[table]`, `[[table]]` or `# a comment`"),
    ),
)
"""What the parser's messages begin with, what that means, and what to do about it."""

_OTHERWISE = "look at this line and the one before it"


@dataclass(frozen=True, kw_only=True, slots=True)
class SyntaxFault:
    """What is wrong with a text, on which line (counted from 1), and what to do about it."""

    message: str
    line: int
    hint: str


def explain_syntax(problem: tomli.TOMLDecodeError, text: str) -> SyntaxFault:
    """Say why a text is no TOML.

    Args:
        problem: What the parser says.
        text: The text.
    """
    conflict = _CONFLICT.search(text)
    if conflict:
        return SyntaxFault(
            message="not valid TOML: a merge conflict is left in it",
            line=_count_line(text, conflict.start()),
            hint="keep one of its sides, and remove the lines of `<<<<<<<`, `=======`, `>>>>>>>`",
        )
    said = problem.msg
    words = (found for beginning, found in _WORDS if said.startswith(beginning))
    message, hint = next(words, (said[:1].lower() + said[1:], _OTHERWISE))
    if hint == _ITEMS:
        opening = _list_open(text[: problem.pos])
        hint = f"it begins on line {_count_line(text, opening[-1])}: {hint}" if opening else hint
    lines = text.split("\n")
    shown = lines[problem.lineno - 1].strip() if problem.lineno <= len(lines) else ""
    excerpt = f": `{cut_text(shown)}`" if shown else ""
    return SyntaxFault(
        message=f"not valid TOML: {message}, at column {problem.colno}{excerpt}",
        line=problem.lineno,
        hint=hint,
    )


def explain_limit(problem: RecursionError | ValueError, text: str) -> SyntaxFault:
    """Say why the parser cannot read a text that has the form of TOML.

    Args:
        problem: What the parser raised.
        text: The text.
    """
    endless = re.search(rf"(?<![0-9_])(?:[0-9]_?){{{sys.get_int_max_str_digits()},}}+", text)
    if isinstance(problem, RecursionError) or endless is None:
        return SyntaxFault(
            message="not readable TOML: lists or tables stand too deep in one another",
            line=_count_line(text, max(_list_open(text, most=_DEEPEST), default=0)),
            hint="close their brackets, or write them flatter",
        )
    return SyntaxFault(
        message=f"not readable TOML: an integer of {sum(map(str.isdigit, endless[0]))} digits",
        line=_count_line(text, endless.start()),
        hint="an integer has 64 bits: at most 20 digits; put a longer one in quotes",
    )


def _list_open(text: str, *, most: float = inf) -> list[int]:
    """List where brackets begin that are open at the end of a text, or where there are so many."""
    opened: list[int] = []
    for match in _BRACKET.finditer(text):
        if match["opens"]:
            opened.append(match.start())
        elif match["closes"] and opened:
            opened.pop()
        if len(opened) >= most:
            break
    return opened


def _count_line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
