"""A second snapshot of one machine at one commit, held against the evidence there is."""

from __future__ import annotations

from collections import defaultdict
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
    found: dict[str, list[str]] = defaultdict(list)
    discrepancies: list[Discrepancy] = []
    for probe in after.probes:
        olds = [(item, old) for item in there for old in item.probes if _is_same(old, probe)]
        contradicted = [(item, old) for item, old in olds if _contradict(old, probe)]
        if not contradicted:
            found[_classify(probe, [old for _, old in olds])].append(probe.id)
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
    changes = [list_changes(item.environment, after.environment) for item in there]
    return Verification(
        agreeing=tuple(found["agreeing"]),
        moved=tuple(found["moved"]),
        unstable=tuple(found["unstable"]),
        completed=tuple(found["completed"]),
        failed_again=tuple(found["failed_again"]),
        discrepancies=tuple(discrepancies),
        environment_changes=min(changes, key=len, default=()),
    )


def _is_same(old: ProbeRecord, new: ProbeRecord) -> bool:
    return old.id == new.id and old.definition == new.definition


def _classify(probe: ProbeRecord, olds: Sequence[ProbeRecord]) -> str:
    """Name the field of a verification that a probe which contradicts nothing belongs to.

    Args:
        probe: What was just measured.
        olds: What the evidence has of the same definition.

    Returns:
        The field's name; empty where the probe says nothing.
    """
    if not any(_settles(old, probe) for old in olds):
        return "completed"
    if not any(old.record.status in MEASURED for old in olds):
        return "failed_again"
    if all(_agree(old, probe) for old in olds):
        return "agreeing"
    if any(_has_moved(old, probe) for old in olds):
        return "moved"
    return "unstable" if any(_was_unstable(old, probe) for old in olds) else ""


def _settles(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether an old record makes a new one of the same probe superfluous."""
    return old.record.status in MEASURED or new.record.status not in MEASURED


def _agree(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether a probe was run anew and gave the same bytes.

    A record that equals the old one to its times is the old one, read from a journal.
    """
    before, after = old.record, new.record
    same = {before.status, after.status} == {Status.OK} and before.result == after.result
    return same and before != after


def _has_moved(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether a probe that promises nothing was run anew and gave no equal bytes."""
    measured = {old.record.status, new.record.status} <= MEASURED
    promises_nothing = new.expectation is Expectation.NEVER
    return measured and promises_nothing and old.record != new.record


def _was_unstable(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether a probe was run anew whose bytes did not repeat before."""
    run_anew = new.record.status is not Status.SKIPPED and old.record != new.record
    return run_anew and old.record.status is Status.UNSTABLE


def _contradict(old: ProbeRecord, new: ProbeRecord) -> bool:
    """Tell whether one machine gave two things for one definition.

    Other bytes contradict nothing where none are promised; nor does a probe that was skipped.
    """
    before, after = old.record, new.record
    if before.status is not Status.OK:
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
    """Put completed records into the manifest there, in suite order, leaving others alone.

    Of its suites, what they declare is filled in where it did not say.
    """
    kept = {probe.id: probe for probe in before.probes}
    kept |= {probe.id: probe for probe in after.probes if probe.id in completed}
    larger = max((after, before), key=lambda manifest: len(manifest.probes))
    order = [probe.id for manifest in (larger, after, before) for probe in manifest.probes]
    declared = {suite: suite.declared for suite in after.suites}
    return replace(
        before,
        suites=tuple(
            replace(it, declared=it.declared or declared.get(it, ())) for it in before.suites
        ),
        probes=tuple(kept[name] for name in dict.fromkeys(order) if name in kept),
    )


def list_changes(before: Environment, after: Environment) -> tuple[str, ...]:
    """Name the parts of the environment that are not equal."""
    return tuple(
        name for name in ENVIRONMENT_PARTS if getattr(before, name) != getattr(after, name)
    )
