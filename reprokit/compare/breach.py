"""What one machine's record breaks of its suite's promises: findings that block by themselves."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import MEASURED, Status
from reprokit.model.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.model.manifest import ProbeRecord


def find_breaches(probe: ProbeRecord) -> tuple[str, ...]:
    """Name what a probe's record breaks, each in a clause; nothing for one that was skipped."""
    return tuple(_list_breaches(probe))


def _list_breaches(probe: ProbeRecord) -> Iterator[str]:
    record = probe.record
    if record.status is Status.UNSTABLE and probe.expectation is not Expectation.NEVER:
        counts = record.digest_counts.items()
        seen = ", ".join(f"{short(digest)} {count} times" for digest, count in counts)
        yield f"does not repeat on this machine: {seen}"
    if record.status not in MEASURED | {Status.SKIPPED}:
        yield f"{record.status}" + (f": {record.failure.reason}" if record.failure else "")
    yield from _list_relation(probe)
    yield from _list_peak(probe)


def _list_relation(probe: ProbeRecord) -> Iterator[str]:
    """Hold a relation against what is expected of it; nothing is, where the suite says nothing."""
    relation = probe.record.relation
    if relation is None or probe.relation is None:
        return
    if relation.holds is probe.relation and "control" not in relation.facts:
        return  # a control that gave no bytes says nothing either way
    facts = ", ".join(f"{name} {value}" for name, value in relation.facts.items())
    word = "holds against expectation" if relation.holds else "does not hold"
    yield f"{word}: {relation.name}" + (f" ({facts})" if facts else "")


def _list_peak(probe: ProbeRecord) -> Iterator[str]:
    """Hold the median peak of memory against the output's size times what is allowed."""
    result, runs = probe.record.result, probe.record.runs
    if probe.max_peak_ratio is None or result is None or not runs or not result.size_bytes:
        return
    peak = median(run.peak_bytes for run in runs)
    if peak > probe.max_peak_ratio * result.size_bytes:
        yield (
            f"peaks at {format_bytes(int(peak))}, {peak / result.size_bytes:.3f} times its "
            f"output; {probe.max_peak_ratio:g} are allowed"
        )
