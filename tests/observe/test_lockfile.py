"""The project's uv.lock."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ProjectError
from reprokit.observe.lockfile import find_lock, observe_lock

if TYPE_CHECKING:
    from pathlib import Path


def test_lock_beside_the_project(tmp_path: Path) -> None:
    """The lock beside pyproject.toml is the project's, hashed by its bytes."""
    (tmp_path / "uv.lock").write_bytes(b"version = 1\r\n")
    assert observe_lock(tmp_path).sha256 == hashlib.sha256(b"version = 1\r\n").hexdigest()


def test_lock_of_a_workspace(tmp_path: Path) -> None:
    """A workspace member's lock is found at the workspace's root."""
    member = tmp_path / "packages" / "member"
    member.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "uv.lock").write_text("whole", encoding="ascii")
    assert find_lock(member) == tmp_path / "uv.lock"


def test_nearest_lock_counts(tmp_path: Path) -> None:
    """A member with a lock of its own has that one."""
    member = tmp_path / "member"
    member.mkdir()
    for folder in (tmp_path, member):
        (folder / "uv.lock").write_text(folder.name, encoding="ascii")
    assert find_lock(member) == member / "uv.lock"


def test_lock_beyond_the_repository_does_not_count(tmp_path: Path) -> None:
    """A lock above the repository is foreign; the error says how to make one."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (tmp_path / "uv.lock").write_text("foreign", encoding="ascii")
    with pytest.raises(ProjectError, match=r"there is no uv\.lock") as caught:
        find_lock(project)
    assert caught.value.hint == "make one with `uv lock` and commit it"
