"""What setting a project up did, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.setup import Change
from reprokit.render.text import make_harmless, render_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.setup import NextStep, PlannedFile

_PLANNED = {
    Change.WRITTEN: "would be written",
    Change.UPDATED: "would be updated",
    Change.KEPT: "kept",
}


def render_setup(
    files: Sequence[PlannedFile],
    steps: Sequence[NextStep],
    *,
    hook: str,
    dry_run: bool,
    width: int | None = None,
) -> str:
    """Write a row for each file, and what is left to do.

    Args:
        files: The files, and what became of them.
        steps: What the user is to do next.
        hook: An entry to add to `.pre-commit-config.yaml`; empty for none.
        dry_run: Whether nothing was written.
        width: Columns there are; None for as many as it takes.
    """
    rows = [(_PLANNED[it.change] if dry_run else it.change, it.name, it.note) for it in files]
    parts = [render_table(("change", "file", "note"), rows, width=width)]
    if steps:
        told = [line for step in steps for line in (f"  # {step.why}", f"  {step.command}")]
        parts.append("\n".join(["next:", *(make_harmless(line) for line in told)]))
    if hook:
        head = (
            "To check before each push, run `pre-commit install --hook-type pre-push` once, and\n"
            "add to the `repos` of .pre-commit-config.yaml:"
        )
        parts.append(f"{head}\n\n{hook.rstrip()}")
    return "\n\n".join(parts) + "\n"
