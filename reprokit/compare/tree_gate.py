"""The gate on the work tree: whether code and evidence are as they are committed."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reprokit.model.check import Gate, GateFinding, GateVerdict
from reprokit.model.work_tree import FileState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.environment import Repository
    from reprokit.model.work_tree import ChangedFile, WorkTreeChanges

FEW_FILES = 3
"""So many files are named, of more only the first ones."""

_LOST = {
    FileState.DELETED: "was deleted, and is in the last commit",
    FileState.MODIFIED: "was changed since it was committed",
}


def judge_tree(repository: Repository, changes: WorkTreeChanges) -> Gate:
    """Judge whether the work tree is as it is committed.

    Changed code blocks: no commit says what was measured. So does evidence that was deleted or
    changed since it was committed. Evidence that is in no commit warns.

    Args:
        repository: The state of the code.
        changes: The files that differ.
    """
    lost = [it for it in changes.evidence if it.state in _LOST]
    new = [it for it in changes.evidence if it.state not in _LOST]
    return Gate(
        name="tree",
        summary="no uncommitted changes",
        findings=tuple(_find_changes(repository, changes.code, lost, new)),
        step="; ".join(_list_steps(lost, new, dirty=repository.dirty)),
    )


def _find_changes(
    repository: Repository,
    code: Sequence[ChangedFile],
    lost: Sequence[ChangedFile],
    new: Sequence[ChangedFile],
) -> Iterator[GateFinding]:
    if repository.dirty:
        yield GateFinding(verdict=GateVerdict.BLOCK, text=_tell_code(repository, code))
    for file in lost:
        yield GateFinding(verdict=GateVerdict.BLOCK, text=f"{file.path} {_LOST[file.state]}")
    if len(new) == 1:
        said = f"{new[0].path} is not committed"
        yield GateFinding(verdict=GateVerdict.WARN, text=said)
    elif new:
        said = f"{len(new)} files of evidence are not committed: {name_files(new)}"
        yield GateFinding(verdict=GateVerdict.WARN, text=said)


def _tell_code(repository: Repository, code: Sequence[ChangedFile]) -> str:
    counts = {
        "modified": repository.modified,
        "deleted": repository.deleted,
        "untracked": repository.untracked,
    }
    said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"uncommitted changes: {said}" + (f" ({name_files(code)})" if code else "")


def name_files(files: Sequence[ChangedFile]) -> str:
    """Name the first files, and count the others."""
    named = ", ".join(it.path for it in files[:FEW_FILES])
    more = len(files) - FEW_FILES
    return f"{named} and {more} more" if more > 0 else named


def _list_steps(
    lost: Sequence[ChangedFile], new: Sequence[ChangedFile], *, dirty: bool
) -> Iterator[str]:
    if dirty:
        yield "commit the changes, or stash them, then run `reprokit check` again"
    changed = [it for it in lost if it.state is FileState.MODIFIED]
    if changed:
        add = shlex.join(["git", "add", *_list_places(changed)])
        yield (
            f"commit the change if it is meant, as after a review: `{add} && git commit`; if not, "
            f"`{_restore(changed)}` takes it back"
        )
    gone = [it for it in lost if it.state is not FileState.MODIFIED]
    if gone:
        yield f"bring evidence back with `{_restore(gone)}`, or commit the change if it is meant"
    if new:
        add = shlex.join(["git", "add", *_list_places(new)])
        yield f"commit the evidence: `{add} && git commit`"


def _restore(files: Sequence[ChangedFile]) -> str:
    return shlex.join(["git", "restore", "--staged", "--worktree", *_list_places(files)])


def _list_places(files: Sequence[ChangedFile]) -> list[str]:
    """List few files by name; of more the folders that they are in."""
    if len(files) <= FEW_FILES:
        return [it.path for it in files]
    return list(dict.fromkeys(PurePosixPath(it.path).parent.as_posix() for it in files))
