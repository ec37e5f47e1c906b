"""The state of the code, asked of git."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError
from reprokit.model.environment import Repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    import git


def observe_repository(root: Path, evidence_folders: Sequence[str]) -> Repository:
    """Observe commit, branch and dirty state of the code.

    The commit is the newest that changes anything outside the folders of evidence, so that
    committing a manifest does not make it stale; what changes inside them does not make the tree
    dirty either.

    Args:
        root: The project's folder, somewhere in a git work tree.
        evidence_folders: Folders below it that hold manifests and milestones.

    Raises:
        ProjectError: Outside a repository, before its first commit, or without git.
    """
    repo = _open_repository(root)
    prefix = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve())
    excluded = [f":(top,exclude){(prefix / folder).as_posix()}" for folder in evidence_folders]
    scope = [":(top)", *excluded]
    commit = repo.git.log("-1", "--format=%H", "HEAD", "--", *scope)
    if not commit:
        raise ProjectError(
            "no commit holds anything but manifests and milestones",
            hint="commit the project's code first",
        )
    changed = _list_changed(repo, scope)
    return Repository(
        commit=commit,
        branch=None if repo.head.is_detached else repo.active_branch.name,
        dirty=bool(changed),
        diff_sha256=_digest_changes(Path(str(repo.working_tree_dir)), changed) if changed else None,
    )


def _open_repository(root: Path) -> git.Repo:
    try:
        import git
    except ImportError as error:
        raise ProjectError(
            f"git cannot be used: {str(error).splitlines()[0]}",
            hint="install git, and make sure that it is on PATH",
        ) from None
    try:
        repo = git.Repo(root, search_parent_directories=True)
    except git.InvalidGitRepositoryError:
        raise ProjectError(
            "this is not in a git repository",
            where=root.name,
            hint="a manifest belongs to a commit: `git init`, add the project and commit",
        ) from None
    if repo.bare or not repo.head.is_valid():
        raise ProjectError(
            "the git repository has no commit yet",
            where=root.name,
            hint="a manifest belongs to a commit: add the project's files and commit them",
        )
    return repo


def _list_changed(repo: git.Repo, scope: Sequence[str]) -> list[str]:
    """List files that differ from the commit or are not tracked, with git's two status letters."""
    status = repo.git.status(
        "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--", *scope
    )
    return sorted(entry for entry in status.split("\0") if entry)


def _digest_changes(top: Path, changed: Sequence[str]) -> str:
    """Hash the names, git's status letters and the contents of changed files."""
    whole = hashlib.sha256()
    for entry in changed:
        path = top / entry[3:]
        content = path.read_bytes() if path.is_file() else b""
        whole.update(entry.encode("utf-8", "surrogateescape") + b"\0")
        whole.update(hashlib.sha256(content).digest())
    return whole.hexdigest()
