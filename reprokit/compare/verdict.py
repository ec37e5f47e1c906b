"""The verdict on each probe: over all machines, from digests and expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.comparison import (
    Comparison,
    MachineEvidence,
    ProbeComparison,
    Severity,
    Verdict,
)
from reprokit.model.manifest import OriginKind
from reprokit.model.probe import Expectation
from reprokit.model.record import MEASURED, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from reprokit.model.definition import Definition
    from reprokit.model.manifest import ProbeRecord

MISSING = "missing"
NOT_COMPARABLE = "not-comparable"

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
    """Compare one probe over machines."""
    probes = {item.name: item.probes[name] for item in machines if name in item.probes}
    comparable, parted = _split_by_definition(probes)
    digests = {
        machine: probe.record.result.digest
        for machine, probe in probes.items()
        if probe.record.result is not None and probe.record.status in MEASURED
    }
    clusters = cluster_machines({name: digests[name] for name in comparable if name in digests})
    unstable = [it for it, probe in probes.items() if probe.record.status is Status.UNSTABLE]
    states = _name_states(machines, probes, comparable)
    expectation = min((probe.expectation for probe in probes.values()), key=_STRENGTH.index)
    verdict = _decide_verdict(clusters, states, unstable=bool(unstable))
    families = {machine.name: machine.family for machine in machines}
    broken = _breaks_promise(expectation, clusters, families)
    blocking = bool(unstable) if unstable else broken
    return ProbeComparison(
        id=name,
        verdict=verdict,
        expectation=expectation,
        severity=_decide_severity(
            verdict, blocking=blocking and expectation is not Expectation.NEVER
        ),
        reason=_explain(verdict, states, probes, unstable, parted),
        clusters=clusters,
        digests=digests,
        states=states,
        better_than_promised=verdict is Verdict.IDENTICAL
        and _exceeds_promise(expectation, families.values()),
    )


def _split_by_definition(
    probes: Mapping[str, ProbeRecord],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tell the machines of the most frequent definition (of the first, if even) from the rest.

    Returns:
        The machines that can be compared, and the fields in which the others' definitions part.
    """
    groups: dict[str, list[str]] = {}
    for machine, probe in probes.items():
        groups.setdefault(probe.definition.digest, []).append(machine)
    common = max(groups.values(), key=len)
    reference: Definition = probes[common[0]].definition
    fields = dict.fromkeys(
        field for probe in probes.values() for field in reference.differences(probe.definition)
    )
    return tuple(common), tuple(fields)


def cluster_machines(digests: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Group machines by digest, the largest group first, even ones by their first machine."""
    groups: dict[str, list[str]] = {}
    for machine, digest in digests.items():
        groups.setdefault(digest, []).append(machine)
    return tuple(sorted(map(tuple, groups.values()), key=lambda group: -len(group)))


def _name_states(
    machines: Sequence[MachineEvidence],
    probes: Mapping[str, ProbeRecord],
    comparable: Sequence[str],
) -> dict[str, str]:
    states: dict[str, str] = {}
    for machine in machines:
        if machine.name not in probes:
            states[machine.name] = MISSING
        elif machine.name not in comparable:
            states[machine.name] = NOT_COMPARABLE
        else:
            states[machine.name] = probes[machine.name].record.status.value
    return states


def _decide_verdict(
    clusters: Sequence[Sequence[str]], states: Mapping[str, str], *, unstable: bool
) -> Verdict:
    """Decide: a difference outweighs a failure, that what cannot be compared, that a gap."""
    if unstable or len(clusters) > 1:
        return Verdict.DIFFERENT
    found = set(states.values())
    if found & {Status.FAILED, Status.CRASHED, Status.TIMED_OUT}:
        return Verdict.FAILED
    if NOT_COMPARABLE in found:
        return Verdict.NOT_COMPARABLE
    if found & {MISSING, Status.SKIPPED}:
        return Verdict.MISSING
    return Verdict.IDENTICAL


def _breaks_promise(
    expectation: Expectation, clusters: Sequence[Sequence[str]], families: Mapping[str, str]
) -> bool:
    if expectation is Expectation.EVERYWHERE:
        return len(clusters) > 1
    if expectation is Expectation.FAMILY:
        seen = [family for group in clusters for family in {families[name] for name in group}]
        return len(seen) > len(set(seen))
    return False


def _exceeds_promise(expectation: Expectation, families: Collection[str]) -> bool:
    """Tell whether machines that all agree would have been free to differ."""
    if expectation is Expectation.FAMILY:
        return len(set(families)) > 1
    return expectation in {Expectation.MACHINE, Expectation.NEVER} and len(families) > 1


def _decide_severity(verdict: Verdict, *, blocking: bool) -> Severity:
    if verdict is Verdict.IDENTICAL:
        return Severity.NONE
    if verdict is Verdict.DIFFERENT and blocking:
        return Severity.BLOCKING
    return Severity.WARNING


def _explain(
    verdict: Verdict,
    states: Mapping[str, str],
    probes: Mapping[str, ProbeRecord],
    unstable: Sequence[str],
    parted: Sequence[str],
) -> str:
    if unstable:
        return f"does not repeat on {', '.join(unstable)}"
    if verdict is Verdict.FAILED:
        failed = [_describe_failure(name, probes) for name in states if _failure(name, probes)]
        return "; ".join(failed)
    if verdict is Verdict.NOT_COMPARABLE:
        return f"definitions part in {', '.join(parted)}"
    if verdict is Verdict.MISSING:
        return "; ".join(
            f"{state} on {name}" for name, state in states.items() if state != Status.OK
        )
    return ""


def _failure(name: str, probes: Mapping[str, ProbeRecord]) -> bool:
    return name in probes and probes[name].record.failure is not None


def _describe_failure(name: str, probes: Mapping[str, ProbeRecord]) -> str:
    record = probes[name].record
    reason = record.failure.reason if record.failure else ""
    return f"{record.status} on {name} ({reason})"


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
        if machine.dirty:
            yield f"{machine.name} was measured with uncommitted changes."
        if machine.environment.hardware.emulator:
            emulator = machine.environment.hardware.emulator
            yield f"{machine.name} is emulated ({emulator}): real bytes, but no real chip."
