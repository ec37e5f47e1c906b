"""`reprokit history`: how one probe moved over commits, on each machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.output import write_output
from reprokit.cli.probe_machines import choose_machines
from reprokit.cli.sources import find_settings, read_sources
from reprokit.cli.terminal import read_width
from reprokit.compare.history import trace_probes
from reprokit.compare.selection import list_evidence
from reprokit.render import history as text
from reprokit.render.json_history import render_history as render_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.history import ProbeHistory


def show_history(
    probe: str,
    paths: Sequence[str],
    *,
    machines: str,
    format_name: str,
    output: str,
    verbose: bool,
) -> ExitCode:
    """Trace a probe over all evidence of machines, and write its history.

    A move is told, and is no finding: `check` and `compare` decide on results.
    """
    settings = find_settings(Path.cwd(), paths)
    manifests = read_sources(settings, paths, ()).manifests
    chosen = choose_machines(probe, machines, manifests, settings)
    timelines = {machine: list_evidence(items) for machine, items in chosen.items()}
    (history,) = trace_probes([probe], timelines)
    written = _render(history, format_name, width=None if output else read_width(), verbose=verbose)
    if output:
        write_output(output, written)
    else:
        typer.echo(written, nl=False)
    return ExitCode.EXPECTED


def _render(history: ProbeHistory, format_name: str, *, width: int | None, verbose: bool) -> str:
    if format_name == "json":
        return render_json(history)
    if format_name == "markdown":
        return text.render_markdown(history, verbose=verbose)
    return text.render_text(history, width=width, verbose=verbose)
