"""The verdict on each probe: over all machines, from digests and expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.breach import find_broken_promises
from reprokit.model.comparison import (
    Comparison,
    MachineEvidence,
    ProbeComparison,
    Severity,
    Verdict,
)
from reprokit.model.environment import DriftSeverity
from reprokit.model.manifest import OriginKind
from reprokit.model.probe import Expectation
from reprokit.model.promise import breaks_promise
from reprokit.model.record import MEASURED, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.record import ArrayFacts

MISSING = "missing"

_FAILURES = frozenset({Status.FAILED, Status.CRASHED, Status.TIMED_OUT})

_STRENGTH = tuple(Expectation)
"""Expectations, the strongest promise first."""


def compare_machines(
    machines: Sequence[MachineEvidence], *, commit: str | None, ids: Iterable[str] | None = None
) -> Comparison:
    """Compare machines, probe by probe.

    Args:
        machines: Their evidence; clusters keep this order.
        commit: The commit they share; None where they need not share one.
        ids: The probes to compare; None for all that any machine has, in suite order.
    """
    known = dict.fromkeys(name for machine in machines for name in machine.probes)
    chosen = list(known) if ids is None else list(ids)
    return Comparison(
        commit=commit,
        machines=tuple(machines),
        probes=tuple(compare_probe(name, machines) for name in chosen),
        notes=tuple(_note_evidence(machines, across_commits=commit is None)),
    )


def compare_probe(name: str, machines: Sequence[MachineEvidence]) -> ProbeComparison:
    """Compare one probe over machines.

    Only machines of one definition are held against each other; a difference among any of them
    counts, and so does a machine that does not repeat itself. A probe that failed blocks, as it
    does in a snapshot; so does what a machine's record breaks of its suite's promises by itself, a
    relation or a bound of memory, whatever the verdict.
    """
    probes = {item.name: item.probes[name] for item in machines if name in item.probes}
    groups = group_by_definition(probes)
    clusters = [cluster_machines(mark_results(_stable_results(probes, it))) for it in groups]
    unstable = [it for it, probe in probes.items() if probe.record.status is Status.UNSTABLE]
    states = {
        item.name: probes[item.name].record.status.value if item.name in probes else MISSING
        for item in machines
    }
    expectation = min((probe.expectation for probe in probes.values()), key=_STRENGTH.index)
    parted = any(len(group) > 1 for group in clusters) or (bool(unstable) and _may_differ(states))
    verdict = _decide_verdict(states, parted=parted, definitions=len(groups))
    families = {machine.name: machine.family for machine in machines}
    broken = bool(unstable) or any(breaks_promise(expectation, it, families) for it in clusters)
    breaches = _find_breaches(probes)
    return ProbeComparison(
        id=name,
        verdict=verdict,
        expectation=expectation,
        severity=Severity.BLOCKING
        if breaches or any(probe.record.status in _FAILURES for probe in probes.values())
        else _decide_severity(verdict, expectation, broken=broken),
        reason="; ".join((*_list_reasons(verdict, states, probes, groups), *_tell(breaches))),
        clusters=tuple(cluster for group in clusters for cluster in group),
        definitions={machine: probe.definition.digest for machine, probe in probes.items()},
        digests=_list_digests(probes),
        states=states,
        breaches=breaches,
        better_than_promised=verdict is Verdict.IDENTICAL
        and not breaches
        and _exceeds_promise(expectation, families.values()),
    )


def _list_digests(probes: Mapping[str, ProbeRecord]) -> dict[str, str]:
    return {
        machine: probe.record.result.digest
        for machine, probe in probes.items()
        if probe.record.result is not None and probe.record.status in MEASURED
    }


def group_by_definition(probes: Mapping[str, ProbeRecord]) -> tuple[tuple[str, ...], ...]:
    """Group machines by what their probe computes, the largest group first."""
    return _group({machine: probe.definition.digest for machine, probe in probes.items()})


def mark_results(results: Mapping[str, ArrayFacts]) -> dict[str, str]:
    """Mark each machine's result by its digest; and by its array where equal bytes part in that.

    Zeros of another shape, or a float's bits as an integer, have the same bytes. A result of
    unknown dtype, as an opaque digest has, is taken to be the one array there is of its bytes.
    """
    distinct = {id(result): result for result in results.values()}  # read once, machines share it
    arrays: dict[str, set[str]] = {}
    for result in distinct.values():
        arrays.setdefault(result.digest, set()).update({_name_array(result)} - {""})
    marks = {
        key: f"{result.digest} {_name_array(result)}"
        if len(arrays[result.digest]) > 1
        else result.digest
        for key, result in distinct.items()
    }
    return {machine: marks[id(result)] for machine, result in results.items()}


def _name_array(result: ArrayFacts) -> str:
    """Write dtype and shape, as `float32[16, 4]`; nothing where they are unknown."""
    return f"{result.dtype}{list(result.shape)}" if result.dtype else ""


def cluster_machines(marks: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Group machines by mark, the largest group first, even ones by their first machine."""
    return _group(marks)


def _group(marks: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for machine, mark in marks.items():
        groups.setdefault(mark, []).append(machine)
    return tuple(sorted(map(tuple, groups.values()), key=lambda group: -len(group)))


def _stable_results(
    probes: Mapping[str, ProbeRecord], group: Sequence[str]
) -> dict[str, ArrayFacts]:
    """Return the results of those that give the same bytes each time."""
    records = {name: probes[name].record for name in group}
    return {
        name: record.result
        for name, record in records.items()
        if record.status is Status.OK and record.result is not None
    }


def _may_differ(states: Mapping[str, str]) -> bool:
    """Tell whether bytes that do not repeat are a difference.

    They are not where other machines were asked and none gave bytes: then that is the verdict.
    """
    return len(states) == 1 or sum(state in MEASURED for state in states.values()) > 1


def _decide_verdict(states: Mapping[str, str], *, parted: bool, definitions: int) -> Verdict:
    """Decide: a difference outweighs a failure, that what cannot be compared, that a gap."""
    found = set(states.values())
    if parted:
        return Verdict.DIFFERENT
    if found & _FAILURES:
        return Verdict.FAILED
    if definitions > 1:
        return Verdict.NOT_COMPARABLE
    if found & {MISSING, Status.SKIPPED}:
        return Verdict.MISSING
    return Verdict.IDENTICAL


def _exceeds_promise(expectation: Expectation, families: Collection[str]) -> bool:
    """Tell whether machines that all agree would have been free to differ."""
    if expectation is Expectation.FAMILY:
        return len(set(families)) > 1
    return expectation in {Expectation.MACHINE, Expectation.NEVER} and len(families) > 1


def _decide_severity(verdict: Verdict, expectation: Expectation, *, broken: bool) -> Severity:
    if verdict is Verdict.IDENTICAL:
        return Severity.NONE
    if verdict is Verdict.DIFFERENT and expectation is Expectation.NEVER:
        return Severity.NONE
    if broken and expectation is not Expectation.NEVER:
        return Severity.BLOCKING
    return Severity.WARNING


def _find_breaches(probes: Mapping[str, ProbeRecord]) -> dict[str, tuple[str, ...]]:
    found = {machine: find_broken_promises(probe) for machine, probe in probes.items()}
    return {machine: breaches for machine, breaches in found.items() if breaches}


def _tell(breaches: Mapping[str, Sequence[str]]) -> Iterable[str]:
    return (f"on {machine}: {it}" for machine, found in breaches.items() for it in found)


def _list_reasons(
    verdict: Verdict,
    states: Mapping[str, str],
    probes: Mapping[str, ProbeRecord],
    groups: Sequence[Sequence[str]],
) -> Iterable[str]:
    """Say what a verdict rests on, beside the digests."""
    unstable = [name for name, state in states.items() if state == Status.UNSTABLE]
    if unstable:
        yield f"does not repeat on {', '.join(unstable)}"
    for name, probe in probes.items():
        if probe.record.failure is not None and probe.record.status in _FAILURES:
            yield f"{probe.record.status} on {name} ({probe.record.failure.reason})"
    yield from _list_arrays(probes, groups)
    if len(groups) > 1:
        fields = dict.fromkeys(
            field
            for group in groups[1:]
            for field in probes[groups[0][0]].definition.differences(probes[group[0]].definition)
        )
        yield f"definitions part in {', '.join(fields)}"
    if verdict is Verdict.MISSING:
        yield from _list_gaps(states, probes)


def _list_arrays(
    probes: Mapping[str, ProbeRecord], groups: Sequence[Sequence[str]]
) -> Iterable[str]:
    """Say where bytes are equal and their array is not."""
    for group in groups:
        results = _stable_results(probes, group)
        marks = mark_results(results)
        parted = {name: _name_array(it) for name, it in results.items() if marks[name] != it.digest}
        if parted:
            shown = ", ".join(f"{array or 'unknown'} on {name}" for name, array in parted.items())
            yield f"equal bytes are other arrays: {shown}"


def _list_gaps(states: Mapping[str, str], probes: Mapping[str, ProbeRecord]) -> Iterable[str]:
    for name, state in states.items():
        if state == MISSING:
            yield f"missing on {name}"
        elif state == Status.SKIPPED:
            failure = probes[name].record.failure
            yield f"skipped on {name}" + (f" ({failure.reason})" if failure else "")


def _note_evidence(machines: Sequence[MachineEvidence], *, across_commits: bool) -> Iterable[str]:
    if across_commits:
        commits = ", ".join(f"{machine.name} {machine.commit}" for machine in machines)
        yield f"Across commits: the newest evidence of each machine, not one commit ({commits})."
    published = [item.name for item in machines if item.origin.kind is OriginKind.PUBLISHED]
    if published:
        yield (
            f"Published, not measured by reprokit: {', '.join(published)}. Their digests were "
            "taken by others, with whatever care they took."
        )
    yield from dict.fromkeys(machine.origin.note for machine in machines if machine.origin.note)
    for machine in machines:
        if machine.left_out:
            yield (
                f"{machine.name} has {machine.left_out} more manifests at this commit, of another "
                "environment, lock or work tree; the newest counts."
            )
        drift = [it for it in machine.environment.drift if it.severity is DriftSeverity.HIGH]
        if drift:
            yield f"{machine.name} was measured with drift: {drift[0].detail}."
        if machine.dirty:
            yield f"{machine.name} was measured with uncommitted changes."
        if machine.environment.hardware.emulator:
            emulator = machine.environment.hardware.emulator
            yield f"{machine.name} is emulated ({emulator}): real bytes, but no real chip."
