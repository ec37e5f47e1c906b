"""What GitHub's own reader of markdown makes of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from cmarkgfm import github_flavored_markdown_to_html  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

_MENTION = re.compile(r"@\w")
_VERBATIM = frozenset({"code", "pre"})
_ACTING = frozenset({"a", "del", "iframe", "img", "script", "style"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A page that was read: its tags, and its pieces of text, each with the tag around it.

    Attributes:
        tags: Every element's name, in their order.
        pieces: Text between two tags or comments, behind the name of the innermost element.
        links: Where its links lead.
    """

    tags: tuple[str, ...]
    pieces: tuple[tuple[str, str], ...]
    links: tuple[str, ...]

    @property
    def text(self) -> str:
        """All that is read."""
        return "".join(piece for _, piece in self.pieces)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = [""]
        self.pieces: list[tuple[str, str]] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"br", "hr", "img", "input"}:
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.pieces.append((self.open[-1], data))


def read_as_github(markdown: str) -> Shown:
    """Read markdown with GitHub's extensions: tables, autolinks, struck text; raw HTML is kept."""
    reader = _Reader()
    reader.feed(github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    reader.close()
    return Shown(tags=tuple(reader.tags), pieces=tuple(reader.pieces), links=tuple(reader.links))


def find_live_parts(markdown: str) -> list[str]:
    """Find what acts on a page: elements that load or lead elsewhere, mentions, mathematics.

    GitHub looks for mentions and for mathematics in the text of the finished page, but not in code;
    a dollar alone in an element is none.
    """
    shown = read_as_github(markdown)
    told = [(tag, text) for tag, text in shown.pieces if tag not in _VERBATIM]
    return [
        *(f"<{tag}>" for tag in shown.tags if tag in _ACTING),
        *(text for _, text in told if _MENTION.search(text)),
        *(text for tag, text in told if "$" in text and (tag, text) != ("span", "$")),
    ]
