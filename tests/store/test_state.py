"""The folder for what is not evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.store.state import state_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_git_ignores_the_folder(tmp_path: Path) -> None:
    """The folder ignores itself, and a rule that is there already is left alone."""
    assert (state_folder(tmp_path) / ".gitignore").read_text(encoding="ascii") == "*\n"
    (tmp_path / ".reprokit" / ".gitignore").write_text("mine\n", encoding="ascii")
    assert (state_folder(tmp_path) / ".gitignore").read_text(encoding="ascii") == "mine\n"
