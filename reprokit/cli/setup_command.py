"""The command that sets a project up, with its options."""

from __future__ import annotations

from typing import Annotated

import typer

from reprokit.cli.exits import ExitCode, guard


@guard
def set_up_project(
    *,
    workflow: Annotated[
        bool,
        typer.Option("--workflow/--no-workflow", help="Write a workflow for GitHub Actions."),
    ] = True,
    hook: Annotated[
        bool,
        typer.Option("--hook/--no-hook", help="Write a hook for pre-commit, or show its entry."),
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
) -> ExitCode:
    """Set a project up: settings, a first suite, folders, .gitattributes, CI workflow, hook."""
    from reprokit.cli.init import set_up

    return set_up(workflow=workflow, hook=hook, dry_run=dry_run)
