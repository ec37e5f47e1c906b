"""What a reviewer is asked, on a terminal or through a pipe."""

from __future__ import annotations

import sys

import typer

from reprokit.cli.evidence import check_reason
from reprokit.errors import UsageError


def ask_verb(verbs: tuple[str, ...]) -> str:
    """Ask until the answer begins one of the verbs, and no other; return that.

    Raises:
        UsageError: Where the input ended.
    """
    while True:
        answer = _ask(f"{', '.join(verbs)}?").lower()
        fitting = [verb for verb in verbs if answer and verb.startswith(answer)]
        if len(fitting) == 1:
            return fitting[0]
        typer.echo(f"answer with one of {', '.join(verbs)}, or its first letter", err=True)


def _ask(question: str, default: str | None = None) -> str:
    """Ask the reviewer; what ends the input ends the review."""
    try:
        return str(typer.prompt(question, default=default, prompt_suffix=" ")).strip()
    except typer.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise KeyboardInterrupt from None
        raise UsageError(
            "nobody answers: the input ended; what was decided before is kept",
            where="review",
            hint="run it in a terminal, or use `reprokit accept` in a script",
        ) from None


def ask_reason(last: str) -> str:
    """Ask for a reason until there is one; an empty answer takes the last one.

    Raises:
        UsageError: Where the input ended.
    """
    while True:
        try:
            return check_reason(_ask("why?", default=last or None))
        except UsageError as error:
            if error.where != "--reason":
                raise
            typer.echo(error.hint, err=True)
