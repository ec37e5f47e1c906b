"""The command `report` with its options."""

from __future__ import annotations

from typing import Annotated

import typer

from reprokit.cli.exits import ExitCode, guard
from reprokit.cli.options import (  # noqa: TC001 - Typer reads them when the program runs
    AcrossOption,
    CommitOption,
    MachinesOption,
    ProbeOption,
)


@guard
def report(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Manifest files, folders that hold some, or machines of this project.",
            metavar="A B …",
            show_default="the project's manifests",
        ),
    ] = None,
    *,
    machines: MachinesOption = "",
    commit: CommitOption = "",
    across_commits: AcrossOption = False,
    probe: ProbeOption = "*",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            help="Where to write it.",
            metavar="FILE",
            show_default=".reprokit/report.html",
        ),
    ] = "",
    template: Annotated[
        str,
        typer.Option(
            help="A template of your own; docs/report.md tells its names.",
            metavar="FILE",
            show_default="reprokit's",
        ),
    ] = "",
) -> ExitCode:
    """Write a comparison as one page: filters, elements, environments, pictures, history."""
    from reprokit.cli.compare import Selection
    from reprokit.cli.report import write_report

    selection = Selection(
        machines=machines,
        commit=commit,
        across_commits=across_commits,
        probe_glob=probe,
        paths=tuple(paths or ()),
    )
    return write_report(selection, output=output, template=template)
