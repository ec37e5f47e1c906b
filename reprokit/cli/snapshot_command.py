"""The command that takes a snapshot, with its options."""

from __future__ import annotations

from typing import Annotated

import typer

from reprokit.cli.exits import ExitCode, guard
from reprokit.cli.options import (  # noqa: TC001 - Typer reads them when the program runs
    ProbeOption,
    VerboseOption,
)


@guard
def snapshot(  # noqa: PLR0913 - one for each option
    *,
    machine: Annotated[
        str,
        typer.Option(help="Name of this machine.", metavar="NAME", show_default="from the chip"),
    ] = "",
    suite: Annotated[
        list[str] | None,
        typer.Option(
            help="Suite to run; may be given again.", metavar="NAME", show_default="the project's"
        ),
    ] = None,
    probe: ProbeOption = "*",
    repeat: Annotated[
        int | None,
        typer.Option(
            help="Runs of each probe, in different processes.",
            min=1,
            max=1000,
            metavar="N",
            show_default="the project's, else 2",
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            help="Seconds that one run of each probe may take, whatever its suite says.",
            min=0,
            metavar="S",
            show_default="the suite's",
        ),
    ] = 0.0,
    jobs: Annotated[
        int,
        typer.Option(
            help="Probes at the same time, as memory allows; their times disturb each other.",
            min=1,
            max=64,
            metavar="N",
        ),
    ] = 1,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Measure with uncommitted changes, and say so.")
    ] = False,
    keep_arrays: Annotated[
        bool,
        typer.Option(
            "--keep-arrays",
            help="Keep the bytes of all arrays up to 1 GB in .reprokit/arrays, for `explain`.",
        ),
    ] = False,
    verbose: VerboseOption = False,
) -> ExitCode:
    """Run the suites on this machine and write its manifest, or verify the one that is there."""
    from reprokit.cli.snapshot import SnapshotOptions, take_snapshot

    return take_snapshot(
        SnapshotOptions(
            machine=machine,
            suites=tuple(suite or ()),
            probe_glob=probe,
            repeats=repeat or 0,
            time_limit_s=timeout,
            jobs=jobs,
            allow_dirty=allow_dirty,
            verbose=verbose,
            keep_arrays=keep_arrays,
        )
    )
