"""A comparison for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.render.cells import (
    MACHINE_HEAD,
    SEVERITY_WORDS,
    VERDICT_WORDS,
    count_verdicts,
    describe_machine,
    describe_note,
    describe_result,
)
from reprokit.render.text import make_harmless, render_table

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison


def render_comparison(comparison: Comparison) -> str:
    """Write a comparison as aligned plain text: machines, probes, counts, notes."""
    names = [machine.name for machine in comparison.machines]
    probes = render_table(
        ("probe", "verdict", *names, "promise", "severity", "note"),
        [
            (
                probe.id,
                VERDICT_WORDS[probe.verdict],
                *(describe_result(probe, name) for name in names),
                probe.expectation.value,
                SEVERITY_WORDS[probe.severity],
                describe_note(probe),
            )
            for probe in comparison.probes
        ],
    )
    where = f"commit {comparison.commit}" if comparison.commit else "across commits"
    parts = [
        f"{len(names)} machine{'s' if len(names) != 1 else ''} at {where}"
        if comparison.commit
        else f"{len(names)} machines {where}",
        render_table(MACHINE_HEAD, [describe_machine(it) for it in comparison.machines]),
        probes,
        count_verdicts(comparison),
        *(f"note: {make_harmless(note)}" for note in comparison.notes),
    ]
    return "\n\n".join(parts[:4]) + "".join(f"\n{note}" for note in parts[4:]) + "\n"
