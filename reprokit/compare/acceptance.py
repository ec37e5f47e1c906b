"""Turning what was measured into entries of a baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.baseline import choose_machine
from reprokit.errors import BaselineError
from reprokit.model.baseline import (
    BaselineEntry,
    BaselineStatus,
    Review,
    put_entries,
    remove_entries,
    remove_under,
)
from reprokit.model.environment import DriftSeverity
from reprokit.model.manifest import OriginKind
from reprokit.model.record import Status
from reprokit.model.standing import Standing, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.baseline import Baseline
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import Manifest, ProbeRecord


def list_objections(evidence: MachineEvidence) -> dict[str, str]:
    """Say why evidence should not be accepted as it is, by the word that allows it."""
    found = {}
    if evidence.dirty:
        found["dirty"] = "it was measured with uncommitted changes"
    drift = [it for it in evidence.environment.drift if it.severity is DriftSeverity.HIGH]
    if drift:
        found["drifted"] = f"it was measured with drift: {drift[0].package}: {drift[0].detail}"
    if evidence.origin.kind is OriginKind.PUBLISHED:
        found["published"] = "its digests were published by others, not measured by reprokit"
    return found


def make_entry(
    standing: Standing,
    evidence: MachineEvidence,
    *,
    status: BaselineStatus,
    review: Review,
) -> BaselineEntry:
    """Make the entry of a decision.

    Args:
        standing: A probe that gave the same bytes each time.
        evidence: What it is of.
        status: What was decided.
        review: Who, when and why; commit and manifest are filled in.

    Raises:
        BaselineError: Where there are no such bytes.
    """
    probe = standing.probe
    if probe is None or probe.record.status is not Status.OK or probe.record.result is None:
        raise BaselineError(
            "has no bytes that a baseline could hold",
            where=standing.id,
            hint="take a snapshot in which it ends well and repeats",
        )
    manifest = _find_manifest(probe, evidence)
    replaced = standing.entry.result.digest if standing.entry else ""
    digest = probe.record.result.digest
    return BaselineEntry(
        id=standing.id,
        status=status,
        result=replace(probe.record.result, statistics={}),
        leaves=tuple(
            replace(leaf, array=replace(leaf.array, statistics={})) for leaf in probe.record.leaves
        ),
        suite=probe.suite,
        machine=choose_machine(probe, evidence.name),
        definition=probe.definition.digest,
        peak_bytes=max((run.peak_bytes for run in probe.record.runs), default=None),
        review=replace(
            review,
            commit=manifest.commit,
            manifest=manifest.path,
            manifest_sha256=manifest.sha256,
            replaces=replaced if replaced != digest else "",
        ),
    )


def _find_manifest(probe: ProbeRecord, evidence: MachineEvidence) -> Manifest:
    """Find the newest manifest that has a record as it is; else the newest that has its probe."""
    having = [it for it in evidence.manifests if any(own.id == probe.id for own in it.probes)]
    exact = [it for it in having if probe in it.probes]
    return [*exact, *having, *evidence.manifests][0]


def put_reviewed(
    baseline: Baseline, key: BaselineKey, decided: Sequence[tuple[Standing, BaselineEntry]]
) -> Baseline:
    """Put entries into a baseline that is as it was when they were decided on.

    Args:
        baseline: As it is now.
        key: What the results go by.
        decided: What was seen, and the entry that was made of it.

    Raises:
        BaselineError: Where somebody else decided otherwise meanwhile.
    """
    fresh = []
    for standing, entry in decided:
        now = baseline.find(key, *entry.order)
        if now == standing.entry:
            fresh.append(entry)
        elif now is None or not _decides_the_same(now, entry):
            raise _refuse_conflict(baseline, standing, now)
    return put_entries(baseline, key, fresh)


def remove_gone(baseline: Baseline, key: BaselineKey, gone: Sequence[Standing]) -> Baseline:
    """Remove entries of probes that are gone, from a baseline that is as it was seen.

    Raises:
        BaselineError: Where somebody else changed one meanwhile.
    """
    orders = [standing.entry.order for standing in gone if standing.entry]
    for standing, order in zip(gone, orders, strict=True):
        now = baseline.find(key, *order)
        if now not in {None, standing.entry}:
            raise _refuse_conflict(baseline, standing, now)
    return remove_entries(baseline, key, orders)


def list_pending_tests(baseline: Baseline) -> tuple[tuple[BaselineKey, BaselineEntry], ...]:
    """List what is pending and of no suite, with its key: of that no manifest has a record."""
    return tuple(
        (table.key, entry)
        for table in baseline.tables
        for entry in table.entries
        if entry.status is BaselineStatus.PENDING and not entry.suite
    )


def settle_pending(
    baseline: Baseline, key: BaselineKey, entry: BaselineEntry, review: Review | None
) -> Baseline:
    """Accept what is pending and of no suite, or remove it.

    Args:
        baseline: As it is now.
        key: The key that it stands under.
        entry: As it was seen.
        review: Who accepts it, when and why; None removes it.

    Raises:
        BaselineError: Where somebody else changed it meanwhile.
    """
    if (key, entry) not in list_pending_tests(baseline):
        standing = Standing(id=entry.id, state=State.PENDING, entry=entry)
        raise _refuse_conflict(baseline, standing, baseline.find(key, *entry.order))
    if review is None:
        return remove_under(baseline, key, [entry.order])
    told = replace(entry.review, by=review.by, at=review.at, reason=review.reason)
    return put_entries(baseline, key, [replace(entry, status=BaselineStatus.ACCEPTED, review=told)])


def _decides_the_same(one: BaselineEntry, other: BaselineEntry) -> bool:
    """Tell whether somebody else decided the very same; who was first then stays."""
    mine = (one.status, one.definition, one.result)
    return mine == (other.status, other.definition, other.result)


def _refuse_conflict(
    baseline: Baseline, standing: Standing, now: BaselineEntry | None
) -> BaselineError:
    what = f"decided on by {now.review.by}" if now else "removed"
    return BaselineError(
        f"`{standing.id}` was {what} meanwhile; nothing was written",
        where=baseline.path or baseline.family,
        hint="look at it again with `reprokit review`",
    )
