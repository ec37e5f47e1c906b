"""A canvas for all pictures: drawsvg writes them, and strangers' text is made harmless here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import drawsvg  # type: ignore[import-untyped]

from reprokit.render.pictures.palette import write_style
from reprokit.render.text import make_harmless

MARGIN = 12
"""Pixels around a picture."""

LINE_HEIGHT = 17
"""Pixels from one line of text to the next."""

_CHARACTER_WIDTH = 7.25
"""Pixels of a character of the pictures' font, at its size of 12."""

_TITLE_SIZE = 14 / 12

_REPLACEMENT = "\ufffd"
_LAST_PLANE_ZERO = 0xFFFD


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A finished picture.

    Attributes:
        name: What it is called in ids and file names: a slug.
        title: What it shows, in a few words.
        description: What a reader would see in it: its text alternative.
        svg: Its text, without an XML declaration, so that a page may hold it inline. It names
            nothing outside of itself.
    """

    name: str
    title: str
    description: str
    svg: str


class _Description(drawsvg.Title):  # type: ignore[misc]
    """The text alternative of a picture, which drawsvg has no class for."""

    TAG_NAME = "desc"


class Canvas:
    """What a picture is drawn on; coordinates are pixels from the upper left corner.

    Whatever text is added is escaped by drawsvg, after control characters are made visible. Kinds
    are class names of `palette.write_style`, and never text of strangers.
    """

    def __init__(self) -> None:
        self._elements: list[Any] = []

    def add_text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        kind: str | None = None,
        anchor: str | None = None,
        turned: int = 0,
    ) -> None:
        """Add a line of text.

        Args:
            text: Anybody's.
            x: Where it is anchored.
            y: Its base line.
            kind: Its class.
            anchor: `middle` or `end`; its start otherwise.
            turned: Degrees by which it is turned to the left around that place.
        """
        place = f"{write_number(x)} {write_number(y)}"
        self._elements.append(
            drawsvg.Text(
                _clean(text),
                None,
                write_number(x),
                write_number(y),
                class_=kind,
                text_anchor=anchor,
                transform=f"rotate({-turned} {place})" if turned else None,
            )
        )

    def add_path(self, commands: str, kind: str) -> None:
        """Add a path.

        Args:
            commands: Its `d`, without any text of strangers.
            kind: Its classes.
        """
        if commands:
            self._elements.append(drawsvg.Path(commands, class_=kind))

    def finish(
        self, name: str, *, title: str, description: str, width: float, height: float
    ) -> Picture:
        """Write the picture.

        Args:
            name: A slug, which ids begin with: of two pictures in one page they must differ.
            title: What it shows.
            description: What is to be seen in it.
            width: Its width in pixels.
            height: Its height in pixels.
        """
        drawing = drawsvg.Drawing(
            round(width),
            round(height),
            id_prefix=f"{name}-",
            class_="reprokit-picture",
            role="img",
            aria_labelledby=f"{name}-title {name}-desc",
        )
        drawing.append_css(write_style())
        drawing.append(drawsvg.Title(_clean(title), id=f"{name}-title"))
        drawing.append(_Description(_clean(description), id=f"{name}-desc"))
        drawing.append(drawsvg.Rectangle(0, 0, "100%", "100%", class_="background"))
        drawing.extend(self._elements)
        svg = str(drawing.as_svg(header=""))
        return Picture(name=name, title=_clean(title), description=_clean(description), svg=svg)


def _clean(text: str) -> str:
    """Make text harmless, and fit for XML, which knows fewer characters than Python."""
    return "".join(
        _REPLACEMENT if _LAST_PLANE_ZERO < ord(char) <= 0xFFFF else char  # noqa: PLR2004
        for char in make_harmless(text)
    )


def write_number(number: float) -> str:
    """Write a coordinate with one decimal at most."""
    return f"{number:.1f}".removesuffix(".0")


def measure_text(text: str) -> float:
    """Return about how wide a line of text is, in pixels."""
    return len(text) * _CHARACTER_WIDTH


def measure_title(text: str) -> float:
    """Return about how wide a title is, which is set larger."""
    return measure_text(text) * _TITLE_SIZE


def shorten(text: str, longest: int) -> str:
    """Cut the middle out of a text that is longer than so many characters."""
    if len(text) <= longest:
        return text
    start = (longest - 1) // 2
    return f"{text[:start]}…{text[len(text) - (longest - 1 - start) :]}"
