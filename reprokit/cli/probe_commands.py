"""The commands that look at one probe, with their options."""

from __future__ import annotations

from typing import Annotated

import typer

from reprokit.cli.exits import ExitCode, guard
from reprokit.cli.options import (
    AcrossOption,
    CommitOption,
    ExplanationFormat,
    MachinesOption,
    OutputOption,
    VerboseOption,
)

_PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Manifest files, folders that hold some, or machines.",
        show_default="the project's",
    ),
]
_FormatOption = Annotated[ExplanationFormat, typer.Option(help="How to write it.")]


def add_probe_commands(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (explain, history):
        app.command()(command)


@guard
def explain(  # noqa: PLR0913 - one for each option
    probe: Annotated[
        str,
        typer.Argument(help="The probe; not needed with `--digest`.", show_default=False),
    ] = "",
    paths: _PathsArgument = None,
    *,
    digest: Annotated[
        list[str] | None,
        typer.Option(
            help="A sha256 that somebody tells, to be explained too; may be given again.",
            metavar="HEX",
            show_default=False,
        ),
    ] = None,
    machines: MachinesOption = "",
    commit: CommitOption = "",
    across_commits: AcrossOption = False,
    arrays: Annotated[
        list[str] | None,
        typer.Option(
            help="Arrays that `snapshot --keep-arrays` kept elsewhere; may be given again.",
            metavar="DIR",
            show_default="the project's alone",
        ),
    ] = None,
    tries: Annotated[
        int,
        typer.Option(help="Arrays to try for each digest, from each array at hand.", min=1),
    ] = 5_000_000,
    seconds: Annotated[float, typer.Option(help="Time to try them for, likewise.", min=0.0)] = 60.0,
    format: _FormatOption = ExplanationFormat.TEXT,  # noqa: A002
    output: OutputOption = "",
    verbose: VerboseOption = False,
) -> ExitCode:
    """Explain where a probe's machines part: elements, ulps, the first step, likely causes.

    Bytes that no manifest holds are taken from where `snapshot --keep-arrays` keeps them, or are
    searched for: what is found is proven by its digest.
    """
    from reprokit.cli.explain import Question, show_explanation

    question = Question(
        probe=probe,
        digests=tuple(digest or ()),
        paths=tuple(paths or ()),
        machines=machines,
        commit=commit,
        across_commits=across_commits,
        tries=tries,
        seconds=seconds,
        arrays=tuple(arrays or ()),
    )
    return show_explanation(question, format_name=format.value, output=output, verbose=verbose)


@guard
def history(
    probe: Annotated[str, typer.Argument(help="The probe.", show_default=False)],
    paths: _PathsArgument = None,
    *,
    machines: MachinesOption = "",
    format: _FormatOption = ExplanationFormat.TEXT,  # noqa: A002
    output: OutputOption = "",
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Show each commit, where else those that say the same are counted.",
        ),
    ] = False,
) -> ExitCode:
    """Show how a probe's result moved over commits, and what changed on the machine with it."""
    from reprokit.cli.history import show_history

    return show_history(
        probe,
        tuple(paths or ()),
        machines=machines,
        format_name=format.value,
        output=output,
        verbose=verbose,
    )
