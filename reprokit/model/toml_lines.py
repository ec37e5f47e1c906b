"""On which line of a TOML file each of its keys and values stands.

The parser keeps no lines. This reads the text once more, after the parser has accepted it, and so
trusts its form. Only errors ask for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import tomli

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Step: TypeAlias = "str | int"
"""A key of a table, or an index of a list."""

Path: TypeAlias = "tuple[Step, ...]"

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'  # of the quotes at its end, two may belong to the text
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|[ \t\r]+|\n|[\[\]{},=.]"
    r"|[^\s#\"'\[\]{},=.]+",
    re.DOTALL,
)


def find_line(text: str, path: Path) -> int | None:
    """Find the line of what a path of keys and indices leads to, counted from 1.

    Where the path leads to nothing, as that of a missing key, the line is that of the nearest table
    or list around it; of the whole file it is the first.

    Args:
        text: TOML that the parser accepts.
        path: Keys and indices, from the outside to the inside.

    Returns:
        The line; None where lists lie in one another more deeply than can be followed.
    """
    try:
        lines = _Scan(text).lines
    except RecursionError:
        return None
    depths = range(len(path), 0, -1)
    return next((lines[path[:depth]] for depth in depths if path[:depth] in lines), 1)


class _Scan:
    """One pass over a text; `lines` holds the line of each path."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}
        self._tokens = [*_list_tokens(text), ("\n", 0), ("", 0)]
        self._next = 0
        self._read_file()

    @property
    def _sign(self) -> str:
        return self._tokens[self._next][0]

    def _take(self) -> tuple[str, int]:
        self._next += 1
        return self._tokens[self._next - 1]

    def _read_file(self) -> None:
        table: Path = ()
        while self._sign:
            if self._sign == "\n":
                self._take()
            elif self._sign == "[":
                table = self._read_head()
            else:
                self._read_pair(table)

    def _read_head(self) -> Path:
        """Read `[table]` or `[[list]]`, and return the path of the table that begins."""
        _, line = self._take()
        is_list = self._sign == "["
        if is_list:
            self._take()
        *around, name = self._read_key()
        path = (*self._enter((), around, line), name)
        if is_list:
            self.lines.setdefault(path, line)
            self._lengths[path] = self._lengths.get(path, 0) + 1
            path = (*path, self._lengths[path] - 1)
        self.lines[path] = line
        while self._sign != "\n":
            self._take()
        return path

    def _enter(self, table: Path, keys: list[str], line: int) -> Path:
        """Follow keys into tables; a list of tables is followed into its last one."""
        for key in keys:
            table = (*table, key)
            self.lines.setdefault(table, line)
            if table in self._lengths:
                table = (*table, self._lengths[table] - 1)
        return table

    def _read_pair(self, table: Path) -> None:
        line = self._tokens[self._next][1]
        *around, name = self._read_key()
        self._take()  # the equals sign
        self._read_value((*self._enter(table, around, line), name))

    def _read_key(self) -> list[str]:
        keys = [_read_name(self._take()[0])]
        while self._sign == ".":
            self._take()
            keys.append(_read_name(self._take()[0]))
        return keys

    def _read_value(self, path: Path) -> None:
        opening, line = self._take()
        self.lines.setdefault(path, line)
        if opening not in {"[", "{"}:
            while self._sign not in {"\n", ",", "]", "}"}:
                self._take()
            return
        count = 0
        while self._sign not in {"]", "}"}:
            if self._sign in {"\n", ","}:
                self._take()
            elif opening == "{":
                self._read_pair(path)
            else:
                self._read_value((*path, count))
                count += 1
        self._take()


def _list_tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] not in "# \t\r":
            yield token, line
        line += token.count("\n")


def _read_name(token: str) -> str:
    """Read a key, which may stand in quotes."""
    if token[0] not in "\"'":
        return token
    quoted: Mapping[str, str] = tomli.loads(f"name = {token}")
    return quoted["name"]
