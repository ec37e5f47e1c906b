"""Milestone documents are written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.errors import UsageError
from reprokit.store.milestones import list_documents, write_documents

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


def test_documents_of_a_commit(tmp_path: Path) -> None:
    """Those whose JSON says so; others, and what is none, are passed over."""
    commit = "0a8ec29f1c21"
    text = '{{"schema": "reprokit/{}/1", "comparison": {{"commit": "{}"}}}}'
    (tmp_path / "a.json").write_text(text.format("milestone", commit))
    (tmp_path / "a.md").write_text("# a")
    (tmp_path / "b.json").write_text(text.format("milestone", "1" * 12))
    (tmp_path / "c.json").write_text(text.format("comparison", commit))
    (tmp_path / "d.json").write_text("{")
    (tmp_path / "e.json").write_text('{"schema": "reprokit/attestation/1"}')
    found = list_documents(tmp_path, commit + "0" * 28)
    assert [path.name for path in found] == ["a.md", "a.json"]
    assert list_documents(tmp_path / "nowhere", commit) == ()
