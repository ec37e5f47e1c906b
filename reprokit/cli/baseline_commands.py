"""The commands that decide on baselines and hold them against results, with their options."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from reprokit.cli.exits import ExitCode, guard
from reprokit.cli.import_command import import_app
from reprokit.cli.options import ProbeOption, VerboseOption  # noqa: TC001 - Typer reads it
from reprokit.errors import UsageError


class Allowance(StrEnum):
    """What evidence may be accepted in spite of."""

    DIRTY = "dirty"
    DRIFTED = "drifted"
    PUBLISHED = "published"


class ReportFormat(StrEnum):
    """How the gates are written."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"


_ByOption = Annotated[
    str,
    typer.Option(
        help="Your name, which is published with the baseline.",
        metavar="NAME",
        show_default="git's user.name",
    ),
]
_AllowOption = Annotated[
    list[Allowance] | None,
    typer.Option(help="Accept evidence in spite of this; may be given again.", show_default=False),
]
_CommitOption = Annotated[
    str,
    typer.Option(
        help="The evidence at a commit, tag or branch.",
        metavar="REV",
        show_default="the code as it is",
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the program."""
    for command in (review, accept, check):
        app.command()(command)
    app.add_typer(import_app, name="import")


@guard
def review(
    *,
    machine: Annotated[
        str, typer.Option(help="Whose results.", metavar="NAME", show_default="all, one by one")
    ] = "",
    commit: _CommitOption = "",
    by: _ByOption = "",
    allow: _AllowOption = None,
) -> ExitCode:
    """Walk through results that are changed, new, pending or gone, and decide on each."""
    from reprokit.cli.review import ReviewOptions, review_results

    return review_results(
        ReviewOptions(
            machine=machine, commit=commit, by=by, allowed=tuple(it.value for it in allow or ())
        )
    )


@guard
def accept(  # noqa: PLR0913 - one for each option
    *,
    reason: Annotated[str, typer.Option(help="Why; stands in the baseline.", metavar="TEXT")],
    machine: Annotated[
        str, typer.Option(help="Whose results.", metavar="NAME", show_default=False)
    ] = "",
    tests: Annotated[
        bool, typer.Option("--tests", help="Accept what tests left pending, instead.")
    ] = False,
    family: Annotated[
        str,
        typer.Option(help="With --tests: in one family.", metavar="NAME", show_default="all"),
    ] = "",
    probe: ProbeOption = "*",
    commit: _CommitOption = "",
    new: Annotated[
        bool, typer.Option("--new", help="Accept what is new or pending: the default.")
    ] = False,
    changed: Annotated[
        bool, typer.Option("--changed", help="Accept what differs from the baseline.")
    ] = False,
    remove_gone: Annotated[
        bool, typer.Option("--remove-gone", help="Remove what no suite promises any more.")
    ] = False,
    by: _ByOption = "",
    allow: _AllowOption = None,
) -> ExitCode:
    """Make a machine's results the baseline of its family, for scripts; `review` asks instead."""
    if tests:
        from reprokit.cli.accept_tests import accept_tests

        if machine or commit or new or changed or remove_gone or allow:
            raise UsageError(
                "goes with `--probe`, `--family`, `--reason` and `--by` alone", where="--tests"
            )
        return accept_tests(glob=probe, family=family, reason=reason, by=by)
    if not machine or family:
        raise UsageError(
            "name whose results are meant",
            where="--machine",
            hint="`--machine NAME`; or `--tests` for what tests left pending",
        )
    from reprokit.cli.accept import AcceptOptions, accept_results

    return accept_results(
        AcceptOptions(
            probe_glob=probe,
            machine=machine,
            commit=commit,
            reason=reason,
            by=by,
            new=new,
            changed=changed,
            gone=remove_gone,
            allowed=tuple(it.value for it in allow or ()),
        )
    )


@guard
def check(  # noqa: PLR0913 - one for each option
    *,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Take the newest manifests; measure nothing.")
    ] = False,
    machine: Annotated[
        str,
        typer.Option(
            help="Whose results.", metavar="NAME", show_default="all that measured the commit"
        ),
    ] = "",
    release: Annotated[
        str,
        typer.Option(
            help="Check what a tag holds, and attest it.", metavar="TAG", show_default=False
        ),
    ] = "",
    attest_to: Annotated[
        str,
        typer.Option(
            help="Where the attestation goes; in CI none is written without it.",
            metavar="FILE",
            show_default="milestones/attestation-TAG.json",
        ),
    ] = "",
    attestation: Annotated[
        str,
        typer.Option(
            help="Verify an attestation's files instead.", metavar="FILE", show_default=False
        ),
    ] = "",
    format: Annotated[ReportFormat, typer.Option(help="How to write it.")] = ReportFormat.TABLE,  # noqa: A002
    output: Annotated[
        str, typer.Option(help="Write to a file.", metavar="FILE", show_default="stdout")
    ] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on a warning too.")] = False,
    verbose: VerboseOption = False,
) -> ExitCode:
    """Say go or stop before a release: every gate, its verdict, and the next step."""
    from reprokit.cli.check import CheckOptions, Presentation, check_project

    presentation = Presentation(format_name=format.value, output=output, verbose=verbose)
    options = CheckOptions(run=not no_run, machine=machine, strict=strict)
    if attestation or release:
        from reprokit.cli.attestation import verify_attestation
        from reprokit.cli.release import check_release

        if attestation:
            return verify_attestation(attestation, other=release or attest_to or machine)
        return check_release(release, options, presentation, attest_to=attest_to)
    return check_project(options, presentation)
