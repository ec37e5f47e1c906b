"""A milestone's results: digests and clusters, distances, and what is said of causes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.model.names import short
from reprokit.model.record import Status
from reprokit.render.attribution_text import describe_attribution
from reprokit.render.cells import (
    BETTER,
    EXPECTED,
    SEVERITY_WORDS,
    count_verdicts,
    describe_partition,
    describe_results,
    describe_verdict,
    group_unparted,
    is_expected_difference,
    letter_clusters,
    list_partitions,
)
from reprokit.render.divergence_text import describe_divergence, describe_old_value
from reprokit.render.markdown_template import Markdown, Table, write_code
from reprokit.render.text import escape_markdown, render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.model.milestone import SmallAgreement
    from reprokit.model.record import Record

MOST_DISTANCES = 60
"""Pairs of clusters of which the distance is written; the JSON has all."""

_MOST_NAMED = 8
_MOST_DIGESTS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteCount:
    """How many of a suite's probes agree on all machines: its name, those, and all of them.

    Of one machine none can agree: then their number is None.
    """

    name: str
    agree: int | None
    probes: int

    @property
    def text(self) -> str:
        """What is written: `5 of 8 agree`, and of one machine `8 probes`."""
        if self.agree is None:
            return render_count(self.probes, "probe")
        return f"{self.agree} of {self.probes} agree"


@dataclass(frozen=True, kw_only=True, slots=True)
class CauseView:
    """What is said of the cause of one line along which machines part.

    Attributes:
        title: The line.
        probes: The probes that part along it.
        lines: Sentences: known causes, facts that fit, what is unknown, what is ruled out, and
            how far that may be trusted.
    """

    title: str
    probes: tuple[str, ...]
    lines: tuple[str, ...]


def count_suites(comparison: Comparison) -> tuple[SuiteCount, ...]:
    """Count, for each suite, the probes that agree."""
    suites: dict[str, list[ProbeComparison]] = {}
    for probe in comparison.probes:
        holders = (it.probes[probe.id] for it in comparison.machines if probe.id in it.probes)
        suites.setdefault(next(it.suite for it in holders), []).append(probe)
    compares = len(comparison.machines) > 1
    return tuple(
        SuiteCount(
            name=name,
            agree=sum(it.verdict is Verdict.IDENTICAL for it in probes) if compares else None,
            probes=len(probes),
        )
        for name, probes in suites.items()
    )


def summarize(comparison: Comparison) -> str:
    """Count verdicts and severities; of one machine, that nothing is held against, its failures."""
    counted = count_verdicts(comparison)
    if len(comparison.machines) > 1:
        return counted
    states = Counter(state for probe in comparison.probes for state in probe.states.values())
    troubles = [f"{count} {state}" for state, count in states.items() if state != Status.OK]
    probes = render_count(len(comparison.probes), "probe")
    return f"{', '.join([probes, *troubles])}; {counted.rpartition('; ')[2]}"


def view_results(comparison: Comparison) -> Table:
    """Give the table of probes: a letter for each cluster, 12 hex digits of each digest.

    Of one machine there is neither a verdict nor a cluster.
    """
    names = [machine.name for machine in comparison.machines]
    write = _view_probe if len(names) > 1 else _view_result
    rows = tuple(
        (write_code(it.id), *write(it, _write_results(it, comparison.machines)), *_judge(it))
        for it in comparison.probes
    )
    verdict = ("verdict",) if len(names) > 1 else ()
    return Table(head=("probe", *verdict, *names, "promise", "severity", "note"), rows=rows)


def _view_probe(probe: ProbeComparison, cells: Sequence[str]) -> tuple[str, ...]:
    verdict = describe_verdict(probe)
    is_plain = probe.verdict is Verdict.IDENTICAL or is_expected_difference(probe)
    return verdict if is_plain else Markdown(f"**{verdict}**"), *cells


def _view_result(probe: ProbeComparison, cells: Sequence[str]) -> tuple[str, ...]:
    (cell,) = cells
    (machine,) = probe.states
    is_ok = probe.states[machine] == Status.OK
    return (write_code(short(probe.digests[machine])) if is_ok else cell,)


def _write_results(probe: ProbeComparison, machines: Sequence[MachineEvidence]) -> tuple[str, ...]:
    """Write a cell for each machine: letter or state, and digests, of an unstable one all."""
    cells = describe_results(probe, [machine.name for machine in machines])
    return tuple(
        _write_unstable(cell, machine.probes[probe.id].record)
        if probe.states[machine.name] == Status.UNSTABLE
        else _write_result(cell)
        for cell, machine in zip(cells, machines, strict=True)
    )


def _write_unstable(cell: str, record: Record) -> str:
    """Write the digests of one that does not repeat in the order of its runs; of many the first."""
    if len(record.digests) == 1:  # as published, without runs
        return _write_result(cell)
    shown = "/".join(map(short, record.digests[:_MOST_DIGESTS]))
    left = len(record.digests) - _MOST_DIGESTS
    more = f" and {left} more" if left > 0 else ""
    return Markdown(f"{Status.UNSTABLE} {write_code(shown)}{more}")


def _judge(probe: ProbeComparison) -> tuple[str, ...]:
    """Give the cells that tell what was promised, how grave it is, and what is to be said of it."""
    severity = SEVERITY_WORDS[probe.severity]
    return (
        probe.expectation.value,
        Markdown(f"**{severity}**") if probe.severity is Severity.BLOCKING else severity,
        "; ".join(_list_notes(probe)),
    )


def _list_notes(probe: ProbeComparison) -> Iterator[str]:
    """List what is to be said of a probe but distances, which have a part of their own."""
    if is_expected_difference(probe):
        yield EXPECTED
    if probe.reason:
        yield probe.reason
    stages = dict.fromkeys(it.first_stage for it in probe.divergences if it.first_stage)
    if stages:
        yield f"parts from step {render_list(list(stages))} on"
    yield from map(describe_old_value, probe.old_values)
    if probe.better_than_promised:
        yield BETTER


def _write_result(cell: str) -> str:
    state, _, digest = cell.partition(" ")
    return Markdown(f"{escape_markdown(state)} {write_code(digest)}") if digest else state


def view_lines(comparison: Comparison) -> Table:
    """Give the table of lines: that of all machines together, then those along which they part.

    Last what is along none, as it failed somewhere or does not repeat.
    """
    lines: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for probe in comparison.probes:
        for clusters in list_partitions(probe):
            lines.setdefault(clusters, []).append(probe.id)
    agree = [it.id for it in comparison.probes if it.verdict is Verdict.IDENTICAL]
    found = [("all agree", agree)] if agree and len(comparison.machines) > 1 else []
    found += [(describe_partition(clusters), probes) for clusters, probes in lines.items()]
    found += group_unparted(comparison.probes).items() if len(comparison.machines) > 1 else []
    rows = ((words, str(len(probes)), _name_probes(probes)) for words, probes in found)
    return Table(head=("clusters", "probes", "which"), rows=tuple(rows))


def _name_probes(probes: Sequence[str]) -> Markdown:
    """Name probes; of many the first ones, since the table of results has all."""
    left = len(probes) - _MOST_NAMED
    more = [f"and {left} more"] if left > 1 else []
    shown = probes[:_MOST_NAMED] if more else probes
    return Markdown(", ".join([*map(write_code, shown), *more]))


def list_distances(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Say of each pair of clusters how it parts, behind the probe's id; where that is known."""
    found = [
        (probe.id, f"{_name_pair(probe, number)}: {text}")
        for probe in comparison.probes
        for number, divergence in enumerate(probe.divergences)
        if divergence.distance or divergence.blocks or divergence.leaves or divergence.stages
        if (text := describe_divergence(divergence))
    ]
    left = len(found) - MOST_DISTANCES
    return (*found[:MOST_DISTANCES], *([("", f"{left} more in the JSON")] if left > 0 else []))


def _name_pair(probe: ProbeComparison, number: int) -> str:
    divergence = probe.divergences[number]
    letters = letter_clusters(probe)
    candidate, baseline = divergence.candidate, divergence.baseline
    return f"{letters.get(candidate[0], '?')} against {letters.get(baseline[0], '?')}"


def list_causes(comparison: Comparison) -> tuple[CauseView, ...]:
    """Say of each line along which machines part what may have caused it, with all facts."""
    return tuple(
        CauseView(
            title=describe_partition(it.partition),
            probes=it.probes,
            lines=describe_attribution(it, verbose=True)[1:],
        )
        for it in comparison.attributions
    )


def list_small_agreements(found: Sequence[SmallAgreement]) -> tuple[str, ...]:
    """Say of each probe that agrees for want of elements that its agreement shows nothing."""
    return tuple(
        f"That `{it.probe}` agrees is no sign that it is computed otherwise than the probes of "
        f"`{it.op}` that part: of their {render_count(it.total, 'element')} {it.differing} differ, "
        f"so that of its {it.size} about {it.expected:.2g} would."
        for it in found
    )
