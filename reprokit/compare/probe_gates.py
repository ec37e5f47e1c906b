"""The gates on results: repeats, promises, memory, pending decisions, machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.breach import (
    find_broken_relations,
    find_failures,
    find_memory_breaches,
)
from reprokit.model.baseline import BaselineStatus
from reprokit.model.check import Gate, GateFinding, GateVerdict
from reprokit.model.comparison import Severity, Verdict
from reprokit.model.record import Status
from reprokit.model.standing import State
from reprokit.model.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from reprokit.model.baseline import Baseline, KeyedBaseline
    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.standing import MachineStanding, Standing

LARGEST_GROWTH = 1.1
"""A peak of memory may grow to so many times the accepted one before it is told."""

SMALLEST_GROWTH_BYTES = 1024**2
"""And by so much: what small arrays cost beside themselves says nothing."""


def judge_repeats(machines: Sequence[MachineEvidence]) -> Gate:
    """Judge whether each machine gave bytes, and the same ones each time."""
    findings = [*_find_each(machines, find_failures)]
    findings += [
        GateFinding(
            verdict=GateVerdict.WARN, machine=machine.name, probe=name, text=_tell_skipped(probe)
        )
        for machine in machines
        for name, probe in machine.probes.items()
        if probe.record.status is Status.SKIPPED
    ]
    return Gate(
        name="repeats",
        summary="each machine repeats itself",
        findings=tuple(findings),
        step="see the probe with `reprokit snapshot --probe ID --repeat 5` on that machine",
    )


def _tell_skipped(probe: ProbeRecord) -> str:
    failure = probe.record.failure
    return "was skipped" + (f" ({failure.reason})" if failure else "")


def judge_promises(machines: Sequence[MachineEvidence]) -> Gate:
    """Judge what suites promise beside bytes: relations and controls."""
    return Gate(
        name="promises",
        summary="relations and controls are as the suites say",
        findings=tuple(_find_each(machines, find_broken_relations)),
        step="mend the code, or what the suite expects: `reprokit suite show NAME --probe ID`",
    )


def judge_memory(standings: Sequence[MachineStanding]) -> Gate:
    """Judge peaks of memory: against what suites allow, and against what was accepted."""
    findings = [*_find_each([it.evidence for it in standings], find_memory_breaches)]
    findings += [
        GateFinding(
            verdict=GateVerdict.WARN, machine=standing.evidence.name, probe=probe.id, text=text
        )
        for standing in standings
        for probe in standing.probes
        for text in _tell_growth(probe)
    ]
    return Gate(
        name="memory",
        summary="peaks are within their bounds",
        findings=tuple(findings),
        step="find what holds the memory; `reprokit snapshot --probe ID` shows peaks",
    )


def _tell_growth(standing: Standing) -> Iterator[str]:
    """Say where equal work peaks clearly higher than when it was accepted."""
    probe, entry = standing.probe, standing.entry
    if probe is None or entry is None or entry.peak_bytes is None:
        return
    if not probe.record.runs or standing.state is State.NOT_COMPARABLE:
        return
    before, now = entry.peak_bytes, max(run.peak_bytes for run in probe.record.runs)
    if now > before * LARGEST_GROWTH and now - before > SMALLEST_GROWTH_BYTES:
        yield f"peaks at {format_bytes(now)}, {format_bytes(before)} when it was accepted"


def _find_each(
    machines: Iterable[MachineEvidence], find: Callable[[ProbeRecord], Iterable[str]]
) -> Iterator[GateFinding]:
    for machine in machines:
        for name, probe in machine.probes.items():
            for text in find(probe):
                yield GateFinding(
                    verdict=GateVerdict.BLOCK, machine=machine.name, probe=name, text=text
                )


def judge_pending(
    baselines: Iterable[Baseline], families: Collection[str], *, strict: bool
) -> Gate:
    """Judge decisions that were put off, under every key and in every family.

    Args:
        baselines: Of all families.
        families: Those that are judged or required; of others an entry warns.
        strict: Whether it blocks in these, as in CI and for a release.
    """
    pending = [
        (baseline, table, entry)
        for baseline in sorted(baselines, key=lambda it: it.family)
        for table in baseline.tables
        for entry in table.entries
        if entry.status is BaselineStatus.PENDING
    ]
    findings = [
        GateFinding(
            verdict=GateVerdict.BLOCK
            if strict and baseline.family in families
            else GateVerdict.WARN,
            machine=entry.machine,
            probe=entry.id,
            text=f"pending in {_name_table(baseline, table)} since {entry.review.at[:10]}: "
            f"{entry.review.reason}",
        )
        for baseline, table, entry in pending
    ]
    step = "decide with `reprokit review`, and commit manifests/accepted/"
    if any(len(baseline.tables) > 1 for baseline, _, _ in pending):
        step += "; of a release of MLX that nobody uses any more, take the entry out there"
    return Gate(
        name="pending", summary="no decision is put off", findings=tuple(findings), step=step
    )


def _name_table(baseline: Baseline, table: KeyedBaseline) -> str:
    """Name a family, and the key where its baseline has several."""
    if len(baseline.tables) == 1:
        return baseline.family
    return f"{baseline.family} under {table.key}"


def judge_machines(comparisons: Sequence[Comparison]) -> Gate:
    """Judge what probes promise across machines.

    Args:
        comparisons: Of all machines at the commit: of their newest evidence, then of what they
            measured in other environments; none where there is but one machine.
    """
    findings = dict.fromkeys(
        GateFinding(
            verdict=GateVerdict.BLOCK if probe.severity is Severity.BLOCKING else GateVerdict.WARN,
            probe=probe.id,
            text=_tell_parting(probe),
        )
        for comparison in comparisons
        for probe in comparison.probes
        if probe.severity is not Severity.NONE and probe.verdict in _ACROSS
    )
    machines = ", ".join(it.name for it in comparisons[0].machines) if comparisons else ""
    return Gate(
        name="machines",
        summary=f"promises hold across {machines}" if machines else "one machine: none to compare",
        findings=tuple(findings),
        step="see `reprokit compare`, and `reprokit explain PROBE`",
    )


def _tell_parting(probe: ProbeComparison) -> str:
    """Say what a probe promised, and which machines part, cluster by cluster."""
    said = f"{probe.verdict.value.replace('-', ' ')}, promised {probe.expectation}"
    clusters = [", ".join(cluster) for cluster in probe.clusters]
    machines = f" ({' | '.join(clusters)})" if len(clusters) > 1 else ""
    return f"{said}{machines}" + (f": {probe.reason}" if probe.reason else "")


_ACROSS = frozenset({Verdict.DIFFERENT, Verdict.NOT_COMPARABLE, Verdict.MISSING})
"""What only several machines show; a failure of one of them is found by another gate."""
