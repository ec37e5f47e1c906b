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
    from collections.abc import Collection

    from reprokit.model.baseline import Baseline, BaselineEntry
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.record import ArrayFacts


def hold_against_baseline(
    evidence: MachineEvidence, baseline: Baseline, *, suites: Collection[str] | None = None
) -> MachineStanding:
    """Say of each probe how it stands to what was reviewed, and what was reviewed without one.

    Args:
        evidence: What one machine brings.
        baseline: Of its family; an empty one where nothing was ever accepted.
        suites: The names of the suites that there are; None where they are unknown.
    """
    key = make_key(evidence.environment)
    held = {entry.order: entry for entry in baseline.list_entries(key)}
    promised = {_name_entry(probe, evidence.name) for probe in evidence.probes.values()}
    measured = [
        _judge(probe, held.get(_name_entry(probe, evidence.name)))
        for probe in evidence.probes.values()
    ]
    return MachineStanding(
        evidence=evidence,
        key=key,
        known=bool(baseline.tables),
        probes=(
            *(_look_elsewhere(it, key, baseline, evidence.name) for it in measured),
            *(
                _tell_absence(entry, evidence, suites)
                for order, entry in held.items()
                if entry.suite and entry.machine in {"", evidence.name} and order not in promised
            ),
        ),
    )


def _name_entry(probe: ProbeRecord, machine: str) -> tuple[str, str]:
    """Name the entry that a probe is held against; one of no id where it promises nothing."""
    promises = probe.expectation is not Expectation.NEVER
    return (probe.id if promises else "", choose_machine(probe, machine))


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


def _tell_absence(
    entry: BaselineEntry, evidence: MachineEvidence, suites: Collection[str] | None
) -> Standing:
    """Say why nothing that was measured stands to an entry."""
    state, reason = _explain_absence(entry, evidence, suites)
    return Standing(id=entry.id, state=state, entry=entry, reason=reason)


def _explain_absence(
    entry: BaselineEntry, evidence: MachineEvidence, suites: Collection[str] | None
) -> tuple[State, str]:
    """Tell what is declared no longer from what is, and was not run."""
    probe, suite = evidence.probes.get(entry.id), f"the suite `{entry.suite}`"
    if probe is not None:
        before = f"the machine `{entry.machine}`" if entry.machine else "the family"
        said = f"it was accepted for {before}, and its suite promises `{probe.expectation}` now"
        return State.WITHDRAWN, said
    if suites is not None and entry.suite not in suites:
        return State.GONE, f"there is no suite `{entry.suite}`"
    references = [it for manifest in evidence.manifests for it in manifest.suites]
    declared = [it.declared for it in references if it.name == entry.suite]
    if not declared:
        return State.NOT_MEASURED, f"{suite} was not run"
    if any(entry.id in names for names in declared):
        return State.NOT_MEASURED, f"{suite} declares it, and was run without it"
    if not all(declared):
        return State.NOT_MEASURED, f"no manifest says whether {suite} declares it"
    return State.GONE, f"{suite} declares it no longer"
