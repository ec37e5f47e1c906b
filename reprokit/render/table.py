"""A comparison for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.render.attribution_text import describe_attribution
from reprokit.render.cells import (
    MACHINE_HEAD,
    SEVERITY_WORDS,
    count_verdicts,
    describe_better,
    describe_machine,
    describe_note,
    describe_partition,
    describe_results,
    describe_verdict,
    list_partitions,
)
from reprokit.render.text import (
    VERBOSE_HINT,
    measure_table,
    render_count,
    render_table,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.attribution import Attribution
    from reprokit.model.comparison import Comparison, ProbeComparison

_NARROWEST_NOTE = 24
"""Columns that a note needs beside digests; with less it stands in their place."""

_NARROW = "Digests have no room here: a wider terminal, a pipe or `--format json` has them."


def render_comparison(
    comparison: Comparison, *, width: int | None = None, verbose: bool = False
) -> str:
    """Write a comparison as aligned plain text: machines, probes, counts, notes.

    Args:
        comparison: The comparison.
        width: Columns there are. Where digests have no room, probes are told without them, by
            which machines part. None for as many as it takes.
        verbose: Whether to say of each probe what is else counted.
    """
    where = f"at commit {comparison.commit}" if comparison.commit else "across commits"
    parts = [
        f"{render_count(len(comparison.machines), 'machine')} {where}",
        render_table(
            MACHINE_HEAD, [describe_machine(it) for it in comparison.machines], width=width
        ),
        _render_probes(comparison, width=width, verbose=verbose),
        render_attributions(comparison.attributions, width=width, verbose=verbose),
        "\n".join(
            wrap(line, width, indent="  ") for line in _list_remarks(comparison, verbose=verbose)
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_attributions(
    attributions: Sequence[Attribution], *, width: int | None = None, verbose: bool = False
) -> str:
    """Write, for each line along which machines part, what may have caused it, indented."""
    paragraphs = []
    for attribution in attributions:
        first, *others = describe_attribution(attribution, verbose=verbose)
        lines = [wrap(first, width, indent="  ")]
        lines += [f"  {wrap(line, width and width - 2, indent='    ')}" for line in others]
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


def _list_remarks(comparison: Comparison, *, verbose: bool) -> list[str]:
    better = "" if verbose else describe_better(comparison, hint=VERBOSE_HINT)
    return [
        count_verdicts(comparison),
        *([better] if better else []),
        *(f"note: {note}" for note in comparison.notes),
    ]


def _render_probes(comparison: Comparison, *, width: int | None, verbose: bool) -> str:
    names = [machine.name for machine in comparison.machines]
    head = ("probe", "verdict", *names, "promise", "severity", "note")
    rows = [_describe_probe(probe, names, verbose=verbose) for probe in comparison.probes]
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    if width is None or measure_table(head, [_cut_last(row) for row in rows]) <= width:
        return render_table(head, rows, width=width)
    narrow = [_describe_narrowly(probe, verbose=verbose) for probe in comparison.probes]
    table = render_table(("probe", "verdict", "severity", "machines"), narrow, width=width)
    return f"{table}\n\n{wrap(_NARROW, width)}"


def _describe_probe(
    probe: ProbeComparison, names: Sequence[str], *, verbose: bool
) -> tuple[str, ...]:
    return (
        probe.id,
        describe_verdict(probe),
        *describe_results(probe, names),
        probe.expectation.value,
        SEVERITY_WORDS[probe.severity],
        describe_note(probe, verbose=verbose),
    )


def _cut_last(row: Sequence[str]) -> tuple[str, ...]:
    """Cut the note, or what stands last where there is none and is shorter."""
    return (*row[:-1], row[-1][:_NARROWEST_NOTE])


def _describe_narrowly(probe: ProbeComparison, *, verbose: bool) -> tuple[str, ...]:
    """Give a row without digests: where machines part, the line along which they do."""
    parted = [describe_partition(clusters) for clusters in list_partitions(probe)]
    parted += [f"promise: {probe.expectation}"] if parted else []
    note = describe_note(probe, verbose=verbose)
    return (
        probe.id,
        describe_verdict(probe),
        SEVERITY_WORDS[probe.severity],
        "; ".join([*parted, *([note] if note else [])]),
    )
