"""What git holds at a tag."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError
from reprokit.model.check import ReleaseFacts
from reprokit.observe.repository import explain_git, open_repository, resolve_revision

if TYPE_CHECKING:
    from collections.abc import Sequence

    import git

LOCK = "uv.lock"


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
        tag_commit = _find_tag(repo, tag)
        if tag_commit is None:
            raise _refuse_tag(repo, tag)
        prefix = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve())
        start = "" if prefix == Path() else f"{prefix.as_posix()}/"
        folders = [f"{start}{folder}" for folder in (*evidence_folders, LOCK)]
        listed = repo.git.ls_tree("-r", "-z", "--name-only", "--full-tree", tag_commit, *folders)
        digests = {
            name.removeprefix(start): hashlib.sha256(
                (tag_commit.tree / name).data_stream.read()
            ).hexdigest()
            for name in listed.split("\0")
            if name
        }
    return ReleaseFacts(
        tag=tag,
        tag_commit=tag_commit.hexsha,
        code_commit=resolve_revision(root, f"refs/tags/{tag}", evidence_folders),
        digests=digests,
    )


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
