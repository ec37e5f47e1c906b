"""The state of the code, asked of git."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError, UsageError
from reprokit.model.environment import Repository
from reprokit.observe.privacy import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import git

_HEAD = "HEAD"
_STDERR = re.compile(r"\s*stderr: '(.*)'\s*", re.DOTALL)
"""How GitPython words what git wrote to its standard error."""
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://[^/\s]+/|[^/\s:]{2,}:)(?P<owner>\w[\w.-]*)/(?P<name>\w[\w.-]*?)(?:\.git)?/?"
)


def observe_repository(root: Path, evidence_folders: Sequence[str]) -> Repository:
    """Observe commit, branch and dirty state of the code.

    The commit is the newest that changes anything outside the folders of evidence, so that
    committing a manifest does not make it stale; what changes inside them does not make the tree
    dirty either.

    Args:
        root: The project's folder, somewhere in a git work tree.
        evidence_folders: Folders below it that hold manifests and milestones.

    Raises:
        ProjectError: Outside a repository, before its first commit, without git, where git
            refuses, or where the clone is too shallow to tell.
    """
    with explain_git(root):
        repo = open_repository(root)
        top = Path(str(repo.working_tree_dir)).resolve()
        scope = choose_scope(root, top, evidence_folders)
        commit = repo.git.rev_list("-1", _HEAD, "--", *scope)
        _check_commit(repo, commit)
        changed = _list_changed(repo, scope)
        states = [entry[:2] for entry in changed]
        return Repository(
            commit=commit,
            committed=_read_date(repo, commit),
            branch=None if repo.head.is_detached else scrub(repo.active_branch.name),
            tag=_find_tag(repo, commit),
            remote=_find_remote(repo),
            dirty=bool(changed),
            modified=sum(state != "??" and "D" not in state for state in states),
            deleted=sum("D" in state for state in states),
            untracked=states.count("??"),
            diff_sha256=_digest_changes(top, changed) if changed else None,
            submodules=_list_submodules(repo),
            shallow=(Path(repo.common_dir) / "shallow").is_file(),
            worktree=Path(repo.git_dir) != Path(repo.common_dir),
        )


def resolve_revision(root: Path, revision: str, evidence_folders: Sequence[str]) -> str:
    """Find the code commit that a revision such as `HEAD~2` or a tag means.

    Args:
        root: The project's folder.
        revision: Whatever git understands.
        evidence_folders: As for `observe_repository`.

    Returns:
        The newest commit at it that changes anything outside those folders.

    Raises:
        UsageError: Where git knows no such revision.
    """
    with explain_git(root):
        repo = open_repository(root)
        known = repo.git.rev_parse(
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            with_exceptions=False,
        )
        if not known:
            raise UsageError(
                f"git knows no commit `{revision}` here",
                where="--commit",
                hint="give a tag, a branch, `HEAD~1`, or a commit's first hex digits, 4 at least",
            )
        scope = choose_scope(root, Path(str(repo.working_tree_dir)).resolve(), evidence_folders)
        return str(repo.git.rev_list("-1", "--end-of-options", revision, "--", *scope))


def read_user_name(root: Path) -> str:
    """Read the name by which git signs commits; empty where it has none. Never the address."""
    with explain_git(root):
        config = open_repository(root).config_reader()
        return str(config.get_value("user", "name", default="")).strip()


def choose_scope(root: Path, top: Path, evidence_folders: Sequence[str]) -> list[str]:
    """Write the pathspec of everything but evidence."""
    prefix = root.resolve().relative_to(top)
    return [":(top)"] + [
        f":(top,exclude,literal){(prefix / folder).as_posix()}" for folder in evidence_folders
    ]


@contextmanager
def explain_git(root: Path) -> Iterator[None]:
    """Turn what git and GitPython raise into errors with a mend."""
    try:
        import git
    except ImportError as error:
        raise ProjectError(
            f"git cannot be used: {str(error).splitlines()[0]}",
            hint="install git, and make sure that it is on PATH",
        ) from None
    try:
        yield
    except git.InvalidGitRepositoryError:
        raise ProjectError(
            "this is not in a git repository",
            where=root.name,
            hint="a manifest belongs to a commit: `git init`, add the project and commit",
        ) from None
    except git.GitCommandError as error:
        told = _STDERR.fullmatch(str(error.stderr))
        said = scrub(told[1] if told else str(error.stderr)).strip() or "no reason given"
        hint = None
        if "dubious ownership" in said:
            hint = "make yourself the owner, or name the folder in git's `safe.directory`"
        raise ProjectError(f"git refuses: {said}", where=root.name, hint=hint) from None
    except OSError as error:
        raise ProjectError(
            f"a changed file cannot be read: {error.strerror}", where=root.name
        ) from None


def open_repository(root: Path) -> git.Repo:
    """Open the repository that a folder lies in.

    Raises:
        ProjectError: Where it has no commit yet.
    """
    import git

    repo = git.Repo(root, search_parent_directories=True)
    if not repo.bare:
        repo.git.rev_parse("--is-inside-work-tree")  # says so where git does not trust the folder
    if repo.bare or not repo.head.is_valid():
        raise ProjectError(
            "the git repository has no commit yet",
            where=root.name,
            hint="a manifest belongs to a commit: add the project's files and commit them",
        )
    return repo


def _check_commit(repo: git.Repo, commit: str) -> None:
    if not commit:
        raise ProjectError(
            "no commit holds anything but manifests and milestones",
            hint="commit the project's code first",
        )
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        raise ProjectError("git gave no commit", hint="try `git rev-list -1 HEAD`")
    shallow = Path(repo.common_dir) / "shallow"
    if shallow.is_file() and commit in shallow.read_text(encoding="ascii").split():
        raise ProjectError(
            "this clone is too shallow to tell which commit last changed the code",
            where=commit[:12],
            hint="fetch the history: `git fetch --unshallow`, or `fetch-depth: 0` in a workflow",
        )


def _read_date(repo: git.Repo, commit: str) -> str:
    seconds = int(repo.commit(commit).committed_date)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _find_tag(repo: git.Repo, commit: str) -> str | None:
    """Find the newest tag of a commit."""
    tags: str = repo.git.tag("--points-at", commit, "--sort=-creatordate")
    return scrub(tags.splitlines()[0]) if tags else None


def _find_remote(repo: git.Repo) -> str | None:
    """Find the remote's `owner/name`, where its address is a host and these two, no more.

    Neither the host nor any credentials in the address are kept, nor is a path of any machine.
    """
    config = repo.config_reader()
    address = str(config.get_value('remote "origin"', "url", default=""))
    match = _REMOTE.fullmatch(address)
    return scrub(f"{match['owner']}/{match['name']}") if match else None


def _list_submodules(repo: git.Repo) -> tuple[str, ...]:
    """List submodules as `path commit`, with git's mark in front where they differ from it."""
    if not (Path(str(repo.working_tree_dir)) / ".gitmodules").is_file():
        return ()
    lines = str(repo.git.submodule("status", strip_newline_in_stdout=False)).splitlines()
    return tuple(
        f"{line[0].strip()}{scrub(line[42:].rpartition(' (')[0] or line[42:])} {line[1:41]}"
        for line in lines
    )


def _list_changed(repo: git.Repo, scope: Sequence[str]) -> list[str]:
    """List files that differ from the commit or are not tracked, with git's two status letters."""
    status = repo.git.status(
        "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--", *scope
    )
    return sorted(entry for entry in status.split("\0") if entry)


def _digest_changes(top: Path, changed: Sequence[str]) -> str:
    """Hash the names and the contents of changed files; a deleted one has no content."""
    whole = hashlib.sha256()
    for name in sorted({entry[3:] for entry in changed}):
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0")
        for path in _list_files(top / name):
            whole.update(path.relative_to(top).as_posix().encode("utf-8", "surrogateescape"))
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def _list_files(path: Path) -> list[Path]:
    """List a file alone, or what lies in a folder: a submodule, or another repository."""
    if not path.is_dir() or path.is_symlink():
        return [path] if path.is_file() else []
    return sorted(it for it in path.rglob("*") if it.is_file() and ".git" not in it.parts)
