"""`reprokit machines`."""

from __future__ import annotations

from pathlib import Path

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.terminal import read_width
from reprokit.compare.selection import list_commits
from reprokit.observe.project import read_settings
from reprokit.render.cells import describe_chip
from reprokit.render.text import render_table
from reprokit.store.manifests import list_machines, read_machine


def show_machines() -> ExitCode:
    """Print a row for each machine: name, family, chip, evidence, commits."""
    settings = read_settings(Path.cwd())
    rows = []
    for name in list_machines(settings.manifests_path):
        manifests = list(read_machine(settings.manifests_path, name, root=settings.root))
        newest = max(manifests, key=lambda item: item.created)
        rows.append(
            (
                name,
                newest.family,
                describe_chip(newest.environment),
                newest.origin.kind.value,
                ", ".join(list_commits(manifests)),
            )
        )
    if not rows:
        typer.echo(f"no manifests under {settings.manifests}/", err=True)
        typer.echo("hint: take a first one with `reprokit snapshot`", err=True)
        return ExitCode.EXPECTED
    head = ("machine", "family", "chip", "evidence", "commits")
    typer.echo(render_table(head, rows, width=read_width()))
    return ExitCode.EXPECTED
