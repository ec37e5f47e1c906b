"""Milestone documents are written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.errors import UsageError
from reprokit.store.milestones import write_documents

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = {"r1-2026-05-20.md": "# r1: ünï\n", "r1-2026-05-20.json": "{}\n"}


def test_write_documents(tmp_path: Path) -> None:
    """All documents are written, in order, as UTF-8."""
    folder = tmp_path / "milestones"
    assert write_documents(folder, DOCUMENTS) == tuple(folder / name for name in DOCUMENTS)
    for name, text in DOCUMENTS.items():
        assert (folder / name).read_bytes() == text.encode()


def test_the_same_text_may_be_written_again(tmp_path: Path) -> None:
    """To make the same milestone again changes nothing."""
    write_documents(tmp_path, DOCUMENTS)
    write_documents(tmp_path, DOCUMENTS)
    assert sorted(it.name for it in tmp_path.iterdir()) == sorted(DOCUMENTS)


def test_another_text_is_not_written_over(tmp_path: Path) -> None:
    """One document that says something else stops all of them."""
    name = "r1-2026-05-20.json"
    (tmp_path / name).write_text("{ }\n", encoding="ascii")
    with pytest.raises(UsageError, match="says something else") as caught:
        write_documents(tmp_path, DOCUMENTS)
    assert caught.value.where == f"{tmp_path.name}/{name}"
    assert caught.value.hint is not None
    assert (tmp_path / name).read_text(encoding="ascii") == "{ }\n"
    assert [it.name for it in tmp_path.iterdir()] == [name]
