"""Tables of a page: their cells, and their rows as HTML, in as few characters as HTML allows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from markupsafe import Markup

from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SPECIAL = re.compile("[&<>\"']")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageTable:
    """A table.

    Attributes:
        title: Its caption.
        head: Its columns.
        rows: Its cells, by row; the first heads the row.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def body(self) -> Markup:
        """Its rows as HTML, whatever their text is escaped; a page has many thousand cells.

        A cell and a row need no end tag where the next begins.
        """
        text = "".join(f'<tr><th scope="row">{_write_row(row)}\n' for row in self.rows)
        return Markup(text)  # noqa: S704 - escaped


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What one machine gave for one probe.

    Attributes:
        text: The letter of its cluster, or its state.
        digest: 12 hex digits; empty where it gave none. Of a probe that does not repeat those of
            two digests, with a stroke between them, and how many more there are.
        kind: The class that colors it; the text says the same.
    """

    text: str
    digest: str
    kind: str


def write_cells(cells: Iterable[Cell]) -> Markup:
    """Write what machines gave as cells of a row, in HTML."""
    text = "".join(
        f'<td><b class="{write_text(it.kind)}">{write_text(it.text)}</b>'
        + (f" <code>{write_text(it.digest)}</code>" if it.digest else "")
        for it in cells
    )
    return Markup(text)  # noqa: S704 - escaped


def _write_row(row: Sequence[str]) -> str:
    whole = "".join(row)
    if whole.isprintable() and not _SPECIAL.search(whole):
        return "<td>".join(row)  # as nearly all, and written in a third of the time
    return "<td>".join(map(write_text, row))


def write_text(text: str) -> str:
    """Write text as HTML that shows it as it is, in an attribute too; what is invisible marked."""
    if text.isalnum():
        return text
    return escape(make_harmless(text))
