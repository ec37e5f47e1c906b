"""A comparison as markdown, for comments, notes and milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.render.cells import (
    MACHINE_HEAD,
    SEVERITY_WORDS,
    VERDICT_WORDS,
    count_verdicts,
    describe_machine,
    describe_note,
    describe_result,
)
from reprokit.render.text import escape_markdown, render_markdown_table

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, ProbeComparison


def render_comparison(comparison: Comparison) -> str:
    """Write a comparison as markdown: machines, probes, counts, notes."""
    where = f"at commit `{comparison.commit}`" if comparison.commit else "across commits"
    parts = [
        f"## Comparison {where}",
        render_machines(comparison),
        render_results(comparison),
        f"**{count_verdicts(comparison)}**",
        render_notes(comparison),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_machines(comparison: Comparison) -> str:
    """Write the table of machines."""
    rows = [[escape_markdown(cell) for cell in describe_machine(it)] for it in comparison.machines]
    return render_markdown_table(MACHINE_HEAD, rows)


def render_results(comparison: Comparison) -> str:
    """Write the table of probes: a letter for each cluster, 12 hex digits of each digest."""
    names = [machine.name for machine in comparison.machines]
    rows = [_render_probe(probe, names) for probe in comparison.probes]
    head = ("probe", "verdict", *names, "promise", "severity", "note")
    return render_markdown_table(head, rows)


def _render_probe(probe: ProbeComparison, names: list[str]) -> list[str]:
    verdict = VERDICT_WORDS[probe.verdict]
    severity = SEVERITY_WORDS[probe.severity]
    return [
        f"`{probe.id}`",
        f"**{verdict}**" if probe.verdict is not Verdict.IDENTICAL else verdict,
        *(_render_digest(describe_result(probe, name)) for name in names),
        probe.expectation.value,
        f"**{severity}**" if probe.severity is Severity.BLOCKING else severity,
        escape_markdown(describe_note(probe)),
    ]


def _render_digest(cell: str) -> str:
    state, _, digest = cell.partition(" ")
    return f"{state} `{digest}`" if digest else state


def render_notes(comparison: Comparison) -> str:
    """Write what a reader must know, as a list."""
    return "\n".join(f"- {escape_markdown(note)}" for note in comparison.notes)
