"""`reprokit import`, with its options."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import Annotated

import typer

from reprokit.cli.exits import ExitCode, guard

import_app = typer.Typer(help="Take over what was kept by hand before.", no_args_is_help=True)


@import_app.callback()
def _common() -> None:
    pass


@import_app.command("golden")
@guard
def import_golden(
    files: Annotated[list[Path], typer.Argument(help="JSON files of golden hashes.")],
    *,
    family: Annotated[
        str,
        typer.Option(
            help="The family of entries whose chip is not named, or not known.",
            metavar="FAMILY",
            show_default="they are reported",
        ),
    ] = "",
    prefix: Annotated[
        str,
        typer.Option(
            help="What is put before each name, as `tests/test_r1.py::`.",
            metavar="TEXT",
            show_default="",
        ),
    ] = "",
    by: Annotated[
        str,
        typer.Option(
            help="Your name, which is published with the baseline.",
            metavar="NAME",
            show_default="git's user.name",
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
) -> ExitCode:
    """Take golden hashes over into the baselines of their families, with their statuses."""
    from reprokit.cli.import_golden import ImportOptions, take_golden_over

    return take_golden_over(
        files, ImportOptions(family=family, prefix=prefix, by=by, dry_run=dry_run)
    )
