"""Where in a file something stands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reprokit.model.toml_lines import find_line

if TYPE_CHECKING:
    from reprokit.model.toml_lines import Step

_LONGEST_KEY = 80
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a TOML file, as `suites/core.toml: probe[3].seed (line 12)`.

    Attributes:
        file: The file, as it is to be named.
        steps: Keys and indices that lead to the place; none for the file as a whole.
        text: The file's text, in which lines are looked up; None where no line is told.
    """

    file: str
    steps: tuple[Step, ...] = ()
    text: str | None = field(default=None, repr=False, compare=False)

    def __truediv__(self, step: Step) -> Place:
        """Go one key or one index further in."""
        return Place(self.file, (*self.steps, step), self.text)

    @property
    def dotted(self) -> str:
        """The steps as one writes them, as `probe[3].seed`."""
        return "".join(map(_write_step, self.steps)).removeprefix(".")

    @property
    def line(self) -> int | None:
        """The line, counted from 1; of what is not there that of the table it would stand in."""
        return None if self.text is None else find_line(self.text, self.steps)

    def __str__(self) -> str:
        return name_line(f"{self.file}: {self.dotted}" if self.steps else self.file, self.line)


def name_line(where: str, line: int | None) -> str:
    """Write a place and the line of it that is known."""
    return where if line is None else f"{where} (line {line})"


def _write_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    name = step if _BARE.fullmatch(step) else json.dumps(step, ensure_ascii=False)
    return "." + (name if len(name) <= _LONGEST_KEY else f"{name[:_LONGEST_KEY]}…")
