"""A comparison as markdown, for comments, notes and milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.render.attribution_text import describe_attribution
from reprokit.render.cells import (
    MACHINE_HEAD,
    SEVERITY_WORDS,
    count_verdicts,
    describe_better,
    describe_machine,
    describe_note,
    describe_results,
    describe_verdict,
    is_expected_difference,
)
from reprokit.render.text import escape_markdown, render_markdown_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.attribution import Attribution
    from reprokit.model.comparison import Comparison, ProbeComparison


def render_comparison(comparison: Comparison, *, verbose: bool = False) -> str:
    """Write a comparison as markdown: machines, probes, counts, notes.

    Args:
        comparison: The comparison.
        verbose: Whether to say of each probe what is else counted.
    """
    where = f"at commit `{comparison.commit}`" if comparison.commit else "across commits"
    parts = [
        f"## Comparison {where}",
        render_machines(comparison),
        render_results(comparison, verbose=verbose),
        f"**{count_verdicts(comparison)}**",
        render_attributions(comparison.attributions, verbose=verbose),
        _render_remarks(comparison, verbose=verbose),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_attributions(attributions: Sequence[Attribution], *, verbose: bool = False) -> str:
    """Write, for each line along which machines part, what may have caused it, as lists."""
    lists = []
    for attribution in attributions:
        first, *others = describe_attribution(attribution, verbose=verbose)
        lines = [f"**{escape_markdown(first)}**", ""]
        lists.append("\n".join([*lines, *(f"- {escape_markdown(line)}" for line in others)]))
    return "\n\n".join(lists)


def _render_remarks(comparison: Comparison, *, verbose: bool) -> str:
    better = "" if verbose else describe_better(comparison)
    lines = [f"- {escape_markdown(better)}" if better else "", render_notes(comparison)]
    return "\n".join(line for line in lines if line)


def render_machines(comparison: Comparison) -> str:
    """Write the table of machines."""
    rows = [[escape_markdown(cell) for cell in describe_machine(it)] for it in comparison.machines]
    return render_markdown_table(MACHINE_HEAD, rows)


def render_results(comparison: Comparison, *, verbose: bool) -> str:
    """Write the table of probes: a letter for each cluster, 12 hex digits of each digest."""
    names = [machine.name for machine in comparison.machines]
    rows = [_render_probe(probe, names, verbose=verbose) for probe in comparison.probes]
    head = ("probe", "verdict", *names, "promise", "severity", "note")
    return render_markdown_table(head, rows)


def _render_probe(probe: ProbeComparison, names: list[str], *, verbose: bool) -> list[str]:
    verdict = describe_verdict(probe)
    is_plain = probe.verdict is Verdict.IDENTICAL or is_expected_difference(probe)
    severity = SEVERITY_WORDS[probe.severity]
    return [
        f"`{probe.id}`",
        verdict if is_plain else f"**{verdict}**",
        *map(_render_digest, describe_results(probe, names)),
        probe.expectation.value,
        f"**{severity}**" if probe.severity is Severity.BLOCKING else severity,
        escape_markdown(describe_note(probe, verbose=verbose)),
    ]


def _render_digest(cell: str) -> str:
    state, _, digest = cell.partition(" ")
    return f"{state} `{digest}`" if digest else state


def render_notes(comparison: Comparison) -> str:
    """Write what a reader must know, as a list."""
    return "\n".join(f"- {escape_markdown(note)}" for note in comparison.notes)
