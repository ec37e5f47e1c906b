"""`reprokit init`: sets a project up, and says what is left to do."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.terminal import read_width
from reprokit.errors import ProjectError
from reprokit.model.names import is_slug, make_slug
from reprokit.model.setup import Change, NextStep, SetupRequest
from reprokit.observe.dependencies import is_declared
from reprokit.observe.lockfile import find_lock
from reprokit.observe.project import read_settings
from reprokit.observe.work_tree import find_work_tree
from reprokit.probes.suite_file import shipped_suites
from reprokit.render.setup import render_setup
from reprokit.store.setup import describe_hook, lacks_hook, plan_setup, write_setup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.settings import Settings
    from reprokit.model.setup import PlannedFile

DISTRIBUTION = "reprokit-mlx"


def set_up(*, workflow: bool, dry_run: bool) -> ExitCode:
    """Set the project up, keep what is there, and print what became of each file.

    Args:
        workflow: Whether a workflow of GitHub Actions is wanted.
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
    root = request.settings.root
    steps = []
    changed = [file.name for file in files if file.change is not Change.KEPT]
    if not is_declared(root, DISTRIBUTION):
        why = "reprokit is no dependency of this project yet"
        steps.append(NextStep(command=f"uv add --dev {DISTRIBUTION}", why=why))
        changed = list(dict.fromkeys([*changed, "pyproject.toml", "uv.lock"]))
    elif not _has_lock(root):
        steps.append(
            NextStep(command="uv lock", why="a snapshot says which lock it was made under")
        )
        changed.append("uv.lock")
    if not changed:
        return steps
    add = shlex.join(["git", "add", *changed])
    return [
        *steps,
        NextStep(command=f"{add} && git commit", why="a snapshot belongs to a commit"),
        NextStep(command="uv run reprokit snapshot", why="what bytes does this machine give?"),
    ]


def _has_lock(root: Path) -> bool:
    try:
        find_lock(root)
    except ProjectError:
        return False
    return True
