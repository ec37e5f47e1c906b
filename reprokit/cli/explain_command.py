"""The command that explains a probe or a digest, with its options."""

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


@guard
def explain(  # noqa: PLR0913 - one for each option
    probe: Annotated[
        str,
        typer.Argument(help="The probe; not needed with `--digest`.", show_default=False),
    ] = "",
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Manifest files, folders that hold some, or machines.",
            show_default="the project's",
        ),
    ] = None,
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
    tries: Annotated[
        int,
        typer.Option(help="Arrays to try for each digest, from each array at hand.", min=1),
    ] = 5_000_000,
    seconds: Annotated[float, typer.Option(help="Time to try them for, likewise.", min=0.0)] = 60.0,
    format: Annotated[  # noqa: A002
        ExplanationFormat, typer.Option(help="How to write it.")
    ] = ExplanationFormat.TEXT,
    output: OutputOption = "",
    verbose: VerboseOption = False,
) -> ExitCode:
    """Explain where a probe's machines part: elements, ulps, the first step, likely causes.

    Bytes that no manifest holds are searched for: what is found is proven by its digest.
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
    )
    return show_explanation(question, format_name=format.value, output=output, verbose=verbose)
