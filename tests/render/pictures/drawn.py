"""What tests read from a picture's text, as a program that shows it would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from reprokit.render.pictures.canvas import Picture

_SPACE = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "style", "defs", "title", "desc", "rect", "text", "path"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A parsed picture.

    Attributes:
        root: Its root element.
        texts: What is written in it, in order.
        kinds: How many sub-paths there are of each class.
    """

    root: ET.Element
    texts: list[str]
    kinds: dict[str, int]


def parse(picture: Picture) -> Drawn:
    """Parse a picture, and hold it against what every picture must be.

    Its elements are known ones without scripts or links, its names and its text alternative are
    those told beside it, and all text lies within its width.
    """
    root = ET.fromstring(picture.svg)  # noqa: S314 - text that was made here
    elements = list(root.iter())
    assert {it.tag.removeprefix(_SPACE) for it in elements} <= ALLOWED
    attributes = {name for it in elements for name in it.attrib}
    assert not [it for it in attributes if it.startswith("on") or it.endswith("href")]
    assert root.attrib["role"] == "img"
    ids = {it.attrib["id"]: it.text for it in elements if "id" in it.attrib}
    assert [ids[it] for it in root.attrib["aria-labelledby"].split()] == [
        picture.title,
        picture.description,
    ]
    assert set(ids) == {f"{picture.name}-title", f"{picture.name}-desc"}
    texts = root.findall(f"{_SPACE}text")
    width = float(root.attrib["width"])
    assert all(0 <= float(it.attrib["x"]) <= width for it in texts)
    kinds: dict[str, int] = {}
    for path in root.findall(f"{_SPACE}path"):
        kinds[path.attrib["class"]] = path.attrib["d"].count("M")
    return Drawn(root=root, texts=[it.text or "" for it in texts], kinds=kinds)
