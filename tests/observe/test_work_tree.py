"""The top of a git work tree, in real repositories."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ProjectError
from reprokit.observe.work_tree import find_work_tree

if TYPE_CHECKING:
    from pathlib import Path


def make_repository(path: Path, *options: str) -> None:
    """Make a repository that has no commit."""
    subprocess.run(["git", "init", "--quiet", *options, str(path)], check=True)


def test_a_folder_below_the_top(tmp_path: Path) -> None:
    """No commit is needed."""
    make_repository(tmp_path)
    folder = tmp_path / "packages" / "one"
    folder.mkdir(parents=True)
    assert find_work_tree(folder) == tmp_path.resolve() == find_work_tree(tmp_path)


def test_no_work_tree(tmp_path: Path) -> None:
    """Outside a repository, and in one without files, it is said what to do."""
    for options in ((), ("--bare",)):
        folder = tmp_path / f"folder{len(options)}"
        folder.mkdir()
        if options:
            make_repository(folder, *options)
        with pytest.raises(ProjectError, match="not in a git repository") as caught:
            find_work_tree(folder)
        assert caught.value.where == folder.name
        assert "git init" in str(caught.value.hint)
