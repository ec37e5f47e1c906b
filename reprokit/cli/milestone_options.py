"""The command `milestone` with its options."""

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
def milestone(  # noqa: PLR0913 - one for each option
    name: Annotated[str, typer.Argument(help="Name of the milestone, as r1-cross-machine.")],
    *,
    machines: MachinesOption = "",
    commit: CommitOption = "",
    across_commits: AcrossOption = False,
    probe: ProbeOption = "*",
    why: Annotated[
        str,
        typer.Option(help="Why it is made; stands in the document.", show_default=False),
    ] = "",
    edit: Annotated[bool, typer.Option("--edit", help="Write the why in $EDITOR.")] = False,
    date: Annotated[
        str,
        typer.Option(
            help="The date of what is written.", metavar="YYYY-MM-DD", show_default="today, UTC"
        ),
    ] = "",
    template: Annotated[
        str,
        typer.Option(
            help="A template of your own; docs/milestones.md tells its names.",
            metavar="FILE",
            show_default="reprokit's",
        ),
    ] = "",
) -> ExitCode:
    """Write the milestone document of machines at a commit, or amend the one that is there."""
    from reprokit.cli.compare import Selection
    from reprokit.cli.milestone import MilestoneRequest, write_milestone

    selection = Selection(
        machines=machines,
        commit=commit,
        across_commits=across_commits,
        probe_glob=probe,
        kept_arrays=False,
    )
    request = MilestoneRequest(name=name, why=why, edit=edit, date=date, template=template)
    return write_milestone(request, selection)
