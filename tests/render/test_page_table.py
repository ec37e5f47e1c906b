"""Rows of a page as HTML."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reprokit.render.page_table import Cell, PageTable, write_cells
from reprokit.render.text import make_harmless
from tests.render.taken_apart import Page

TEXTS = st.text(st.characters() | st.sampled_from("<>&'\"\n\u202e\ud800"), max_size=8)


@given(row=st.lists(TEXTS, min_size=1, max_size=4))
def test_cells_are_read_as_they_are_written(row: list[str]) -> None:
    """Whatever they say is text; what is invisible is a mark."""
    table = PageTable(title="", head=(), rows=(tuple(row),))
    page = Page(f"<table><tbody>{table.body}</tbody></table>")
    assert [name for name, _ in page.elements[2:]] == ["tr", "th", *["td"] * (len(row) - 1)]
    assert page.text == "".join(map(make_harmless, row)) + "\n"


@given(text=TEXTS, digest=TEXTS, kind=TEXTS)
def test_what_a_machine_gave_is_read_as_it_is(text: str, digest: str, kind: str) -> None:
    """In attributes, too."""
    cells = write_cells([Cell(text=text, digest=digest, kind=kind)])
    page = Page(f"<table><tbody><tr>{cells}</tbody></table>")
    names = ["table", "tbody", "tr", "td", "b", *(["code"] if digest else [])]
    assert [name for name, _ in page.elements] == names
    assert page.list_attributes("b") == [{"class": make_harmless(kind)}]
    shown = [make_harmless(text), *([make_harmless(digest)] if digest else [])]
    assert page.text == " ".join(shown)
