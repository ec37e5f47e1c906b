"""`reprokit init`: sets a project up, and says what is left to do."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.terminal import read_width
from reprokit.errors import ProjectError
from reprokit.model.names import PYPROJECT, is_slug, make_slug
from reprokit.model.setup import Change, NextStep, SetupRequest
from reprokit.observe.changed_files import list_uncommitted
from reprokit.observe.dependencies import is_declared
from reprokit.observe.lockfile import find_lock
from reprokit.observe.project import read_settings
from reprokit.observe.work_tree import find_work_tree
from reprokit.probes.suite_file import shipped_suites
from reprokit.render.setup import render_setup
from reprokit.store.setup import describe_hook, lacks_hook, plan_setup, write_setup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reprokit.model.settings import Settings
    from reprokit.model.setup import PlannedFile

DISTRIBUTION = "reprokit-mlx"
LOCK = "uv.lock"


def set_up(*, workflow: bool, hook: bool, dry_run: bool) -> ExitCode:
    """Set the project up, keep what is there, and print what became of each file.

    Args:
        workflow: Whether a workflow of GitHub Actions is wanted.
        hook: Whether a hook of pre-commit is wanted.
        dry_run: Whether to say so only.

    Raises:
        ProjectError: Outside a project or a git repository, or where a file is wrong.
    """
    settings = read_settings(Path.cwd())
    request = SetupRequest(
        settings=settings,
        work_tree=find_work_tree(settings.root),
        suite=_name_suite(settings),
        workflow=workflow,
        hook=hook,
    )
    files = plan_setup(request)
    if not dry_run:
        write_setup(files)
    text = render_setup(
        files,
        _list_steps(files, request),
        hook=describe_hook(request) if lacks_hook(request) else "",
        dry_run=dry_run,
        width=read_width(),
    )
    typer.echo(text, nl=False)
    if dry_run:
        typer.echo("dry run: nothing was written", err=True)
    return ExitCode.EXPECTED


def _name_suite(settings: Settings) -> str:
    """Name a first suite after the project, but not as one that comes with reprokit."""
    name = make_slug(settings.project) or "project"
    taken = name in shipped_suites() or not is_slug(name)
    return f"{name}-suite" if taken else name


def _list_steps(files: Sequence[PlannedFile], request: SetupRequest) -> list[NextStep]:
    """List what is between the project as it is now and its first snapshot."""
    settings = request.settings
    steps = []
    own = [file.name for file in files if file.change is not Change.KEPT]
    if not is_declared(settings.root, DISTRIBUTION):
        why = "reprokit is no dependency of this project yet"
        steps.append(NextStep(command=f"uv add --dev {DISTRIBUTION}", why=why))
        own += [PYPROJECT, LOCK]
    elif not _has_lock(settings.root):
        why = "a snapshot says which lock it was made under"
        steps.append(NextStep(command="uv lock", why=why))
        own.append(LOCK)
    uncommitted = list_uncommitted(settings.root)
    names = {file.name for file in files}
    own = list(dict.fromkeys([*own, *(it for it in uncommitted if it in names or it == LOCK)]))
    rest = _group_files(it for it in uncommitted if it not in own)
    if not own and not rest:
        return steps
    why = "a snapshot belongs to a commit"
    steps += _commit(own, why, "Set reprokit up")
    steps += _commit(rest, "of all the code: this is not committed yet", "Add the rest")
    why = "what bytes does this machine give?"
    return [*steps, NextStep(command="uv run reprokit snapshot", why=why)]


def _commit(names: Sequence[str], why: str, message: str) -> list[NextStep]:
    if not names:
        return []
    add, commit = (
        shlex.join(["git", *it]) for it in (("add", *names), ("commit", "--message", message))
    )
    return [NextStep(command=f"{add} && {commit}", why=why)]


def _group_files(names: Iterable[str]) -> list[str]:
    """Name files at the top of the project as they are, and of others the folder there."""
    parts = [(name, name.partition("/")) for name in names]
    named = (f"{head}/" if rest and head != ".." else name for name, (head, _, rest) in parts)
    return list(dict.fromkeys(named))


def _has_lock(root: Path) -> bool:
    try:
        find_lock(root)
    except ProjectError:
        return False
    return True
