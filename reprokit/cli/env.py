"""`reprokit env`."""

from __future__ import annotations

from pathlib import Path

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.observation import observe_everything
from reprokit.observe.lockfile import observe_lock
from reprokit.observe.project import read_settings
from reprokit.observe.repository import observe_repository
from reprokit.render.environment import render_json, render_text
from reprokit.run.runner import Runner


def show_environment(*, as_json: bool) -> ExitCode:
    """Print the environment as text or JSON."""
    settings = read_settings(Path.cwd())
    lock = observe_lock(settings.root)
    with Runner(repeats=1) as runner:
        folders = (settings.manifests, settings.milestones)
        repository = observe_repository(settings.root, folders)
        environment, _ = observe_everything(runner, lock)
    render = render_json if as_json else render_text
    typer.echo(render(environment, repository), nl=False)
    return ExitCode.EXPECTED
