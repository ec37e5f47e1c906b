"""One machine's evidence held against the baseline of its family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.model.baseline import BaselineStatus, make_key
from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import MEASURED, Status
from reprokit.model.standing import MachineStanding, Standing, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reprokit.model.baseline import Baseline, BaselineEntry
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.record import ArrayFacts


def hold_against_baseline(evidence: MachineEvidence, baseline: Baseline) -> MachineStanding:
    """Say of each probe how it stands to what was reviewed.

    Args:
        evidence: What one machine brings.
        baseline: Of its family; an empty one where nothing was ever accepted.
    """
    key = make_key(evidence.environment)
    held = {entry.order: entry for entry in baseline.list_entries(key)}
    measured = [
        _judge(probe, held.get((probe.id, choose_machine(probe, evidence.name))))
        for probe in evidence.probes.values()
    ]
    return MachineStanding(
        evidence=evidence,
        key=key,
        known=bool(baseline.tables),
        probes=(
            *(_look_elsewhere(it, key, baseline, evidence.name) for it in measured),
            *_list_gone(evidence, held.values()),
        ),
    )


def choose_machine(probe: ProbeRecord, machine: str) -> str:
    """Name the machine that an entry is of: none, where a probe promises for the family."""
    return machine if probe.expectation is Expectation.MACHINE else ""


def _judge(probe: ProbeRecord, entry: BaselineEntry | None) -> Standing:
    state, reason = _decide(probe, entry)
    return Standing(id=probe.id, state=state, probe=probe, entry=entry, reason=reason)


def _look_elsewhere(
    standing: Standing, key: BaselineKey, baseline: Baseline, machine: str
) -> Standing:
    """Add what was decided under another key to what is new under this one."""
    if standing.probe is None or standing.state is not State.NEW:
        return standing
    owner = choose_machine(standing.probe, machine)
    return replace(standing, elsewhere=baseline.find_elsewhere(key, standing.id, owner))


def _decide(probe: ProbeRecord, entry: BaselineEntry | None) -> tuple[State, str]:
    status = probe.record.status
    failure = f" ({probe.record.failure.reason})" if probe.record.failure else ""
    if status is Status.SKIPPED:
        return State.SKIPPED, f"was not run{failure}"
    if status not in MEASURED:
        return State.FAILED, f"{status}{failure}"
    if probe.expectation is Expectation.NEVER:
        return State.UNPROMISED, ""
    if status is Status.UNSTABLE:
        return State.FAILED, "does not repeat on this machine"
    return _compare(probe, entry) if entry else (State.NEW, "")


def _compare(probe: ProbeRecord, entry: BaselineEntry) -> tuple[State, str]:
    if entry.definition and entry.definition != probe.definition.digest:
        return State.NOT_COMPARABLE, "what it computes changed since it was reviewed"
    result = probe.record.result
    if result is None or not equal_arrays(entry.result, result):
        gave = short(result.digest) if result else "nothing"
        said = f"{entry.status} is {short(entry.result.digest)}, now it gives {gave}"
        return State.CHANGED, said
    if entry.status is BaselineStatus.PENDING:
        return State.PENDING, f"put off by {entry.review.by}: {entry.review.reason}"
    return State.ACCEPTED, ""


def equal_arrays(one: ArrayFacts, other: ArrayFacts) -> bool:
    """Tell whether two results are the same array, as far as is known of both."""
    described = bool(one.dtype and other.dtype)
    same = (one.dtype, one.shape) == (other.dtype, other.shape)
    return one.digest == other.digest and (same or not described)


def _list_gone(evidence: MachineEvidence, held: Iterable[BaselineEntry]) -> Iterable[Standing]:
    """List what holds for the machine and was not run, of the suites that it ran."""
    suites = {suite.name for suite in evidence.suites}
    for entry in held:
        own = entry.machine in {"", evidence.name}
        if own and entry.suite in suites and entry.id not in evidence.probes:
            reason = f"the suite `{entry.suite}` ran without it"
            yield Standing(id=entry.id, state=State.GONE, entry=entry, reason=reason)
