"""What git holds at a tag."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError
from reprokit.model.check import ReleaseFacts
from reprokit.model.names import PYPROJECT
from reprokit.observe.lock_file_parsing import LOCK_NAME
from reprokit.observe.repository import explain_git, open_repository, resolve_revision

if TYPE_CHECKING:
    from collections.abc import Sequence

    import git


def observe_release(root: Path, tag: str, evidence_folders: Sequence[str]) -> ReleaseFacts:
    """Observe a tag: its commit, its code's commit, and the evidence in it.

    Args:
        root: The project's folder.
        tag: The tag's name.
        evidence_folders: Folders below the project's that hold manifests and milestones.

    Raises:
        ProjectError: Where there is no such tag.
    """
    with explain_git(root):
        repo = open_repository(root)
        tag_commit = _require_tag(repo, tag)
        prefix = _find_prefix(repo, root)
        places = (f"{prefix}{folder}" for folder in (*evidence_folders, PYPROJECT))
        locks = [f"{start}{LOCK_NAME}" for start in _list_upwards(prefix)]
        listed = repo.git.ls_tree(
            *("-r", "-z", "--name-only", "--full-tree", tag_commit, *places, *locks)
        )
        names = [name for name in listed.split("\0") if name]
        lock = next((it for it in locks if it in names), "")
        digests = {
            name: hashlib.sha256((tag_commit.tree / name).data_stream.read()).hexdigest()
            for name in names
            if name == lock or name not in locks
        }
    return ReleaseFacts(
        tag=tag,
        tag_commit=tag_commit.hexsha,
        code_commit=resolve_revision(root, f"refs/tags/{tag}", evidence_folders),
        digests=digests,
        prefix=prefix,
        lock=lock,
    )


def read_tagged_file(root: Path, tag: str, name: str) -> bytes:
    """Read a file of the project as it is at a tag.

    Args:
        root: The project's folder.
        tag: The tag's name.
        name: The file's path below that folder.

    Raises:
        ProjectError: Where there is no such tag, or the file is not in it.
    """
    with explain_git(root):
        repo = open_repository(root)
        tag_commit = _require_tag(repo, tag)
        path = f"{_find_prefix(repo, root)}{name}"
        try:
            content: bytes = (tag_commit.tree / path).data_stream.read()
        except KeyError:
            raise ProjectError(f"is not in {tag}", where=path) from None
    return content


def list_tagged_files(root: Path, tag: str, folder: str) -> tuple[str, ...]:
    """List what lies in a folder of the project at a tag: names of files and of folders.

    Args:
        root: The project's folder.
        tag: The tag's name.
        folder: The folder's path below that; it need not be there.

    Raises:
        ProjectError: Where there is no such tag.
    """
    with explain_git(root):
        repo = open_repository(root)
        start = f"{_find_prefix(repo, root)}{folder}/"
        listed = repo.git.ls_tree(
            "-z", "--name-only", "--full-tree", _require_tag(repo, tag), start
        )
    return tuple(name.removeprefix(start) for name in listed.split("\0") if name)


def find_top(root: Path) -> Path:
    """Find the top of the work tree that a project lies in; the project where there is none."""
    return next((it for it in (root, *root.parents) if (it / ".git").exists()), root)


def _find_prefix(repo: git.Repo, root: Path) -> str:
    """Find where the project lies from the top of the work tree: `` or `packages/one/`."""
    below = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve())
    return "" if below == Path() else f"{below.as_posix()}/"


def _list_upwards(prefix: str) -> list[str]:
    """List a project's prefix, and those of the folders that it lies in, up to the top."""
    parts = prefix.split("/")[:-1]
    return ["".join(f"{part}/" for part in parts[:count]) for count in range(len(parts), -1, -1)]


def _require_tag(repo: git.Repo, tag: str) -> git.Commit:
    commit = _find_tag(repo, tag)
    if commit is None:
        raise _refuse_tag(repo, tag)
    return commit


def _refuse_tag(repo: git.Repo, tag: str) -> ProjectError:
    named = repo.git.rev_parse(
        "--verify", "--quiet", "--end-of-options", tag, with_exceptions=False
    )
    hint = f"make it on the commit that holds the evidence: `git tag {tag}`"
    if named:
        hint = (
            f"`{tag}` is a commit or a branch: set a tag on it, `git tag NAME {tag}`, and give that"
        )
    return ProjectError(f"there is no tag `{tag}`", where="--release", hint=hint)


def find_tag_commit(root: Path, tag: str) -> str | None:
    """Find the commit that a tag is on; None where there is no such tag, or no repository."""
    try:
        with explain_git(root):
            commit = _find_tag(open_repository(root), tag)
    except ProjectError:
        return None
    return commit.hexsha if commit else None


def _find_tag(repo: git.Repo, tag: str) -> git.Commit | None:
    reference = f"refs/tags/{tag}"
    if repo.git.for_each_ref("--format=%(refname)", "--", reference) != reference:
        return None
    return repo.commit(f"{reference}^{{commit}}")
