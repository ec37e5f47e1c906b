"""`reprokit env` and `env --check`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.observation import observe_everything
from reprokit.cli.terminal import read_width
from reprokit.errors import ProjectError
from reprokit.model.environment import Gap, Repository
from reprokit.observe.project import read_settings
from reprokit.observe.repository import observe_repository
from reprokit.render.environment import render_json, render_text
from reprokit.run.runner import Runner

if TYPE_CHECKING:
    from reprokit.model.environment import Environment
    from reprokit.model.settings import Settings

INSTALLATION_FACTS = ("packages.", "lock.", "drift")
"""Gaps in these leave it open whether there is drift."""


def show_environment(*, as_json: bool, check: bool) -> ExitCode:
    """Print the environment as text or JSON.

    Returns:
        Under `check` 1 where lock, project and installation do not agree, and 2 where they may
        not, because something of them could not be read.
    """
    settings = read_settings(Path.cwd())
    with Runner(repeats=1) as runner:
        repository, gap = _observe_code(settings)
        environment = observe_everything(runner, settings)
    environment = replace(environment, gaps=(*environment.gaps, *gap))
    text = (
        render_json(environment, repository)
        if as_json
        else render_text(environment, repository, width=read_width())
    )
    typer.echo(text, nl=False)
    return _check(environment) if check else ExitCode.EXPECTED


def _observe_code(settings: Settings) -> tuple[Repository, tuple[Gap, ...]]:
    """Observe the code; where git cannot tell, that is a gap here, as any other fact's."""
    try:
        return observe_repository(settings.root, (settings.manifests, settings.milestones)), ()
    except ProjectError as error:
        return Repository(commit=""), (Gap(fact="repository.commit", reason=error.message),)


def _check(environment: Environment) -> ExitCode:
    severities = Counter(item.severity.value for item in environment.drift)
    open_facts = [it for it in environment.gaps if it.fact.startswith(INSTALLATION_FACTS)]
    text = f"{severities['high']} high and {severities['low']} low drift"
    text += f", {len(environment.gaps)} unknown" if environment.gaps else ""
    for gap in open_facts:
        text += f"; cannot tell {gap.fact}: {gap.reason}"
    typer.echo(f"check: {text}", err=True)
    if environment.drift:
        return ExitCode.FINDING
    return ExitCode.TROUBLE if open_facts else ExitCode.EXPECTED
