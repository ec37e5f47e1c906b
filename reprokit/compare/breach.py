"""What one machine's record breaks of its suite's promises: findings that block by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import MEASURED, Status
from reprokit.model.units import format_bytes, format_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.model.manifest import ProbeRecord

_NOTHING = (None, None, None, None)


def find_breaches(probe: ProbeRecord) -> tuple[str, ...]:
    """Name what a probe's record breaks, each in a clause; nothing for one that was skipped."""
    return (*find_failures(probe), *find_broken_promises(probe))


def find_broken_promises(probe: ProbeRecord) -> tuple[str, ...]:
    """Name what a record breaks beside its status: relation, control and memory."""
    record = probe.record
    if (record.relation, record.control, probe.relation, probe.max_peak_ratio) == _NOTHING:
        return ()  # as of most probes, of which there may be many
    return (*find_broken_relations(probe), *find_memory_breaches(probe))


def find_failures(probe: ProbeRecord) -> tuple[str, ...]:
    """Name why a probe gave no bytes, or which ones it gave where it should repeat itself."""
    record = probe.record
    if record.status is Status.UNSTABLE and probe.expectation is not Expectation.NEVER:
        counts = record.digest_counts.items()
        seen = ", ".join(f"{short(digest)} {format_times(count)}" for digest, count in counts)
        return (f"does not repeat on this machine: {seen}",)
    if record.status not in MEASURED | {Status.SKIPPED}:
        return (f"{record.status}" + (f": {record.failure.reason}" if record.failure else ""),)
    return ()


def find_broken_relations(probe: ProbeRecord) -> tuple[str, ...]:
    """Name what a record breaks of what its suite says of its relation and its control."""
    return (*_list_relation(probe), *_list_control(probe))


def find_memory_breaches(probe: ProbeRecord) -> tuple[str, ...]:
    """Name by how much a record's peak of memory is over its bound."""
    return tuple(_list_peak(probe))


def _list_relation(probe: ProbeRecord) -> Iterator[str]:
    """Hold a relation against what is expected of it; nothing is, where the suite says nothing.

    A relation that holds at one time and not at another does not repeat, as bytes may not.
    """
    relation, counts = probe.record.relation, probe.record.relation_counts
    if relation is None:
        if probe.relation is not None and probe.record.status in MEASURED:
            expected = "should hold" if probe.relation else "should not hold"
            yield f"gives no relation, and its suite says that one {expected}"
    elif len(counts) > 1:
        if probe.relation is not None or probe.expectation is not Expectation.NEVER:
            yield (
                f"does not repeat its relation on this machine: {relation.name}: "
                f"holds {format_times(counts[True])}, "
                f"does not hold {format_times(counts[False])}"
            )
    elif probe.relation not in {None, *counts}:
        facts = ", ".join(f"{name} {value}" for name, value in relation.facts.items())
        word = "does not hold" if probe.relation else "holds against expectation"
        yield f"{word}: {relation.name}" + (f" ({facts})" if facts else "")


def _list_control(probe: ProbeRecord) -> Iterator[str]:
    """Hold a control against the probe; one that was skipped, as for lack of a GPU, is nothing."""
    record, declared = probe.record, probe.definition.control
    control = record.control
    if control is None or declared is None or control.status is Status.SKIPPED:
        return
    if control.result is None:
        reason = f" ({control.failure.reason})" if control.failure else ""
        yield f"{control.status} {declared.name}{reason}"
    elif record.status in MEASURED and probe.control_equal not in {None, record.equals_control}:
        word = "differs from" if probe.control_equal else "against expectation equals"
        yield f"{word} itself {declared.name}, which gives {short(control.result.digest)}"


def _list_peak(probe: ProbeRecord) -> Iterator[str]:
    """Hold the largest peak of memory against the output's size times what is allowed."""
    result, runs = probe.record.result, probe.record.runs
    if probe.max_peak_ratio is None or result is None or not runs or not result.size_bytes:
        return
    peak = max(run.peak_bytes for run in runs)
    if peak > probe.max_peak_ratio * result.size_bytes:
        yield (
            f"peaks at {format_bytes(peak)}, {peak / result.size_bytes:.3f} times its "
            f"output; {probe.max_peak_ratio:g} are allowed"
        )
