"""A second snapshot of one machine at one commit, held against the first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.model.record import MEASURED, Status
from reprokit.model.verification import Discrepancy, Verification

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest, ProbeRecord


def verify_snapshot(before: Manifest, after: Manifest) -> Verification:
    """Hold a second snapshot against the first one's evidence.

    Args:
        before: What is on disk.
        after: What was just measured, at the same commit, lock and suites.
    """
    known = {probe.id: probe for probe in before.probes}
    agreeing = 0
    completed: dict[str, ProbeRecord] = {}
    discrepancies: list[Discrepancy] = []
    for probe in after.probes:
        old = known.get(probe.id)
        if old is None or old.record.status is Status.SKIPPED:
            if old is None or probe.record.status is not Status.SKIPPED:
                completed[probe.id] = probe
        elif _same_outcome(old, probe):
            agreeing += 1
        elif probe.record.status is not Status.SKIPPED:
            discrepancies.append(Discrepancy(id=probe.id, before=old.record, after=probe.record))
    return Verification(
        agreeing=agreeing,
        completed=tuple(completed),
        discrepancies=tuple(discrepancies),
        environment_changes=_list_changes(before, after),
        merged=_merge(before, after, completed),
    )


def _same_outcome(old: ProbeRecord, new: ProbeRecord) -> bool:
    if old.definition != new.definition or old.record.status is not new.record.status:
        return False
    if old.record.status in MEASURED and old.record.result and new.record.result:
        return old.record.result.digest == new.record.result.digest
    return True


def _merge(before: Manifest, after: Manifest, completed: dict[str, ProbeRecord]) -> Manifest:
    """Put the completed records where the suite has them, leaving all others alone."""
    kept = {probe.id: probe for probe in before.probes} | completed
    order = [probe.id for probe in after.probes] + [probe.id for probe in before.probes]
    return replace(before, probes=tuple(kept[name] for name in _suite_order(before, after, order)))


def _suite_order(before: Manifest, after: Manifest, order: list[str]) -> list[str]:
    """Order ids as the larger of the two has them, the rest behind."""
    larger = max((before, after), key=lambda manifest: len(manifest.probes))
    return list(dict.fromkeys([probe.id for probe in larger.probes] + order))


def _list_changes(before: Manifest, after: Manifest) -> tuple[str, ...]:
    names = ("hardware", "os", "python", "packages", "device")
    return tuple(
        name
        for name in names
        if getattr(before.environment, name) != getattr(after.environment, name)
    )
