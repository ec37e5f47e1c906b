"""`reprokit env diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.terminal import read_width
from reprokit.compare.environment_diff import compare_environments
from reprokit.compare.selection import gather_evidence, list_commits, resolve_machines
from reprokit.errors import UsageError
from reprokit.observe.project import read_settings
from reprokit.render.environment import render_differences, render_differences_json
from reprokit.store.manifests import list_machines, read_machine, read_manifest

if TYPE_CHECKING:
    from reprokit.model.environment import Environment
    from reprokit.model.settings import Settings


def show_difference(first: str, second: str, *, as_json: bool) -> ExitCode:
    """Print what differs between the environments of two machines or manifest files."""
    settings = read_settings(Path.cwd())
    names, environments = zip(*(_find(settings, name) for name in (first, second)), strict=True)
    differences = compare_environments(environments[0], environments[1])
    pair = (names[0], names[1])
    if as_json:
        typer.echo(render_differences_json(pair, differences), nl=False)
    else:
        typer.echo(render_differences(pair, differences, width=read_width()), nl=False)
    return ExitCode.EXPECTED


def _find(settings: Settings, name: str) -> tuple[str, Environment]:
    """Find an environment: of a manifest file, or the newest of a machine."""
    path = Path(name)
    if path.suffix == ".toml" or "/" in name:
        if not path.is_file():
            raise UsageError("there is no such file", where=name)
        manifest = read_manifest(path, root=settings.root)
        return f"{manifest.machine}@{path.stem}", manifest.environment
    folder = settings.manifests_path
    (machine,) = resolve_machines([name], list_machines(folder), option=None)
    manifests = tuple(read_machine(folder, machine, root=settings.root))
    return machine, gather_evidence(manifests, list_commits(manifests)[0]).environment
