"""A page of HTML, taken apart by a parser that lets nothing pass that is not closed in its turn."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}
ENDED_BY = {
    "th": {"th", "td", "tr", "tbody"},
    "td": {"th", "td", "tr", "tbody"},
    "tr": {"tr", "tbody"},
}
"""Elements that need no end tag before these, as HTML has it."""


class Page(HTMLParser):
    """A page taken apart; an element that is not closed in its turn is an error.

    Attributes:
        elements: Every element's name and attributes, in order.
        text: What a reader sees.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self._end_before(tag)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of a picture that holds nothing."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this."""
        if tag not in ENDED_BY:
            self._end_before(tag)
        assert self._open.pop() == tag

    def _end_before(self, tag: str) -> None:
        while self._open and tag in ENDED_BY.get(self._open[-1], ()):
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Note what is read, style sheets and scripts apart."""
        if not {"style", "script"} & set(self._open[-1:]):
            self.text += data

    def list_attributes(self, tag: str) -> list[dict[str, str | None]]:
        """List the attributes of each element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]
