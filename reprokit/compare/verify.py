"""A second snapshot of one machine at one commit, held against the evidence there is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.model.probe import Expectation
from reprokit.model.record import MEASURED, Status
from reprokit.model.verification import Discrepancy, Verification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.environment import Environment
    from reprokit.model.manifest import Manifest, ProbeRecord
    from reprokit.model.record import Record

ENVIRONMENT_PARTS = ("hardware", "os", "python", "packages", "lock", "device", "variables")


def verify_snapshot(there: Sequence[Manifest], after: Manifest) -> Verification:
    """Hold a second snapshot against what is there.

    Args:
        there: The manifests of the same machine, commit, lock and uncommitted changes.
        after: What was just measured.
    """
    agreeing: list[str] = []
    completed: list[str] = []
    failed_again: list[str] = []
    discrepancies: list[Discrepancy] = []
    for probe in after.probes:
        olds = [(item, old) for item in there for old in item.probes if old.id == probe.id]
        contradicted = [(item, old) for item, old in olds if _contradict(old, probe)]
        if contradicted:
            discrepancies += [
                Discrepancy(
                    id=probe.id,
                    before=old.record,
                    after=probe.record,
                    path=item.path,
                    environment_changes=list_changes(item.environment, after.environment),
                )
                for item, old in contradicted
            ]
        elif not any(_settles(old, probe) for _, old in olds):
            completed.append(probe.id)
        elif not any(old.record.status in MEASURED for _, old in olds):
            failed_again.append(probe.id)
        elif all(_agree(old, probe) for _, old in olds):
            agreeing.append(probe.id)
    changes = [list_changes(item.environment, after.environment) for item in there]
    return Verification(
        agreeing=tuple(agreeing),
        completed=tuple(completed),
        failed_again=tuple(failed_again),
        discrepancies=tuple(discrepancies),
        environment_changes=min(changes, key=len, default=()),
    )


def _settles(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether an old record makes a new one of the same probe superfluous."""
    same = old.definition == new.definition
    return same and (old.record.status in MEASURED or new.record.status not in MEASURED)


def _agree(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether a probe was run anew and kept what it promises.

    A record that equals the old one to its times is the old one, read from a journal.
    """
    statuses = {old.record.status, new.record.status}
    kept = statuses == {Status.OK} or (
        new.expectation is Expectation.NEVER and statuses <= MEASURED
    )
    return kept and old.record != new.record


def _contradict(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether one machine gave two things for one definition.

    Other bytes contradict nothing where none are promised; nor does a probe that was skipped.
    """
    before, after = old.record, new.record
    if old.definition != new.definition or before.status is not Status.OK:
        return False
    if after.status is Status.SKIPPED:
        return False
    if new.expectation is Expectation.NEVER and after.status in MEASURED:
        return False
    return (
        after.status is not Status.OK
        or before.result != after.result
        or judge_otherwise(before, after)
    )


def judge_otherwise(before: Record, after: Record) -> bool:
    """Tell whether equal bytes came with another verdict on their relation, or another control."""
    verdicts = before.relation_counts.keys()
    controls = [it.control.result for it in (before, after) if it.control and it.control.result]
    return (bool(verdicts) and not after.relation_counts.keys() <= verdicts) or (
        len(set(controls)) > 1
    )


def complete_manifest(before: Manifest, after: Manifest, completed: Sequence[str]) -> Manifest:
    """Put completed records into the manifest there, in suite order, leaving others alone."""
    kept = {probe.id: probe for probe in before.probes}
    kept |= {probe.id: probe for probe in after.probes if probe.id in completed}
    larger = max((after, before), key=lambda manifest: len(manifest.probes))
    order = [probe.id for manifest in (larger, after, before) for probe in manifest.probes]
    return replace(
        before, probes=tuple(kept[name] for name in dict.fromkeys(order) if name in kept)
    )


def list_changes(before: Environment, after: Environment) -> tuple[str, ...]:
    """Name the parts of the environment that are not equal."""
    return tuple(
        name for name in ENVIRONMENT_PARTS if getattr(before, name) != getattr(after, name)
    )
