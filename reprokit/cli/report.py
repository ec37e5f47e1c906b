"""`reprokit report`: a comparison as a page, with environments, pictures and histories."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.compare import (
    choose_exit,
    choose_sources,
    compare_sources,
    refuse_single,
)
from reprokit.cli.output import write_output
from reprokit.cli.sources import find_settings
from reprokit.cli.template_file import read_template
from reprokit.compare.environment_table import tabulate_differences
from reprokit.compare.history import trace_probes
from reprokit.compare.moved_probes import list_moved
from reprokit.compare.selection import list_evidence
from reprokit.model.history import Step
from reprokit.render.report import render_report
from reprokit.store.state import explain_state, state_folder

if TYPE_CHECKING:
    from reprokit.cli.compare import Selection
    from reprokit.cli.exits import ExitCode
    from reprokit.cli.sources import Sources
    from reprokit.model.comparison import Comparison
    from reprokit.model.history import ProbeHistory
    from reprokit.model.settings import Settings

_PAGE = "report.html"


def write_report(selection: Selection, *, output: str, template: str) -> ExitCode:
    """Compare, write the page, and print its path.

    Raises:
        UsageError: Where the selection means nothing, a template is wrong, or the page cannot be
            written.
    """
    gc.disable()  # what is read stays until the end, and would be searched again and again
    own = read_template(template)
    settings = find_settings(Path.cwd(), selection.paths)
    sources = choose_sources(settings, selection)
    comparison = compare_sources(settings, selection, sources)
    if len(comparison.machines) == 1:
        raise refuse_single(comparison, selection)
    page = render_report(
        comparison,
        differences=tabulate_differences(comparison.machines),
        histories=_trace_moves(sources, comparison),
        template=own,
    )
    place = output or _choose_place(settings)
    write_output(place, page)
    typer.echo(place)
    return choose_exit(comparison, strict=False)


def _choose_place(settings: Settings | None) -> str:
    """Choose where git does not see the page: a snapshot is of a work tree without changes."""
    if settings is None:
        return _PAGE
    with explain_state():
        place = state_folder(settings.root) / _PAGE
    return os.path.relpath(place)


def _trace_moves(sources: Sources, comparison: Comparison) -> tuple[ProbeHistory, ...]:
    """Trace the probes whose result moved, or whose definition did, on a machine compared."""
    timelines = {name: list_evidence(items) for name, items in sources.manifests.items()}
    if all(len(items) == 1 for items in timelines.values()):
        return ()
    moved = list_moved((probe.id for probe in comparison.probes), timelines)
    histories = trace_probes(moved, timelines)
    return tuple(it for it in histories if it.count(Step.MOVED) or it.count(Step.REDEFINED))
