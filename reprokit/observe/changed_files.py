"""The files that differ from the last commit, by name, asked of git."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from reprokit.model.work_tree import ChangedFile, FileState, WorkTreeChanges
from reprokit.observe.repository import choose_scope, explain_git, open_repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    import git

_UNKNOWN, _IGNORED = "??", "!!"
_EVIDENCE_SUFFIX = ".toml"


def observe_changes(root: Path, evidence_folders: Sequence[str]) -> WorkTreeChanges:
    """List what differs from the last commit, in the code and in the evidence.

    Evidence that git ignores is listed, since no commit can hold it; code is not. What only a
    file manager left beside evidence, with a dot before its name, is not.

    Args:
        root: The project's folder, somewhere in a git work tree.
        evidence_folders: Folders below it that hold manifests and milestones.

    Raises:
        ProjectError: As `observe_repository`.
    """
    with explain_git(root):
        repo = open_repository(root)
        top = Path(str(repo.working_tree_dir)).resolve()
        prefix = root.resolve().relative_to(top)
        scope = [f":(top,literal){(prefix / folder).as_posix()}" for folder in evidence_folders]
        evidence = _list_entries(repo, ("--ignored=traditional", "--", *scope))
        code = _list_entries(repo, ("--", *choose_scope(root, top, evidence_folders)))
    return WorkTreeChanges(
        code=tuple(_describe(entry, prefix) for entry in code),
        evidence=tuple(_describe(entry, prefix) for entry in evidence if _counts(entry)),
    )


def list_uncommitted(root: Path) -> tuple[str, ...]:
    """List all files that are not as in a commit, before the first one too.

    Args:
        root: The project's folder, somewhere in a git work tree.

    Returns:
        Their paths from the project's folder, sorted.

    Raises:
        ProjectError: Outside a repository, or where git refuses.
    """
    with explain_git(root):
        import git

        repo = git.Repo(root, search_parent_directories=True)
        top = Path(str(repo.working_tree_dir)).resolve()
        prefix = root.resolve().relative_to(top)
        entries = _list_entries(repo, ("--", ":(top)"))
    return tuple(_describe(entry, prefix).path for entry in entries)


def _list_entries(repo: git.Repo, options: Sequence[str]) -> list[str]:
    """List git's entries: two letters of status, a space, the path from the top."""
    told = repo.git.status(
        "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", *options
    )
    return sorted((entry for entry in told.split("\0") if entry), key=lambda entry: entry[3:])


def _counts(entry: str) -> bool:
    path = PurePosixPath(entry[3:])
    if entry[:2] == _IGNORED:
        return path.suffix == _EVIDENCE_SUFFIX
    return entry[:2] != _UNKNOWN or not path.name.startswith(".")


def _describe(entry: str, prefix: Path) -> ChangedFile:
    letters = entry[:2]
    if letters in {_UNKNOWN, _IGNORED} or (letters[0] == "A" and letters[1] != "D"):
        state = FileState.UNCOMMITTED
    else:
        state = FileState.DELETED if "D" in letters else FileState.MODIFIED
    path = Path(os.path.relpath(entry[3:], prefix)).as_posix()
    return ChangedFile(path=path, state=state)
