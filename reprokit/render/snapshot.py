"""What a snapshot gave, for a terminal."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from reprokit.model.names import short
from reprokit.model.record import Status
from reprokit.model.units import format_bytes, format_seconds
from reprokit.render.text import make_harmless, render_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.manifest import Manifest, ProbeRecord
    from reprokit.model.record import Record, Relation
    from reprokit.model.verification import Discrepancy, Verification

LAST_LINES = 5
HEAD = ("probe", "status", "digest", "array", "peak", "cold", "warm")


def render_snapshot(manifest: Manifest, breaches: Mapping[str, Sequence[str]]) -> str:
    """Write a row for each probe, what some of them break or lack, and a count.

    Args:
        manifest: The snapshot.
        breaches: By probe, what it breaks of its promises.
    """
    statuses = Counter(probe.record.status.value for probe in manifest.probes)
    counts = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    parts = [render_table(HEAD, [_describe_probe(probe) for probe in manifest.probes])]
    troubles = [
        line
        for probe in manifest.probes
        for line in _describe_trouble(probe, breaches.get(probe.id, ()))
    ]
    if troubles:
        parts.append("\n".join(troubles))
    parts.append(
        f"{manifest.machine} ({manifest.family}) at {short(manifest.commit)}"
        f"{' with uncommitted changes' if manifest.repository.dirty else ''}: {counts}"
        f"; {sum(map(bool, breaches.values()))} blocking"
    )
    return "\n\n".join(parts) + "\n"


def _describe_probe(probe: ProbeRecord) -> tuple[str, ...]:
    record = probe.record
    result = record.result
    runs = record.runs
    return (
        probe.id,
        record.status.value + _describe_relation(record.relation),
        short(result.digest) if result else "",
        f"{result.dtype}{list(result.shape)}" if result else "",
        format_bytes(max(run.peak_bytes for run in runs)) if runs else "",
        format_seconds(median(run.cold_s for run in runs)) if runs else "",
        format_seconds(median(run.warm_s for run in runs)) if runs else "",
    )


def _describe_relation(relation: Relation | None) -> str:
    if relation is None:
        return ""
    return ", holds" if relation.holds else ", does not hold"


def _describe_trouble(probe: ProbeRecord, breaches: Sequence[str]) -> list[str]:
    record = probe.record
    lines = [f"{probe.id}: {make_harmless(breach)}" for breach in breaches]
    if record.status is Status.SKIPPED:
        lines.append(f"{probe.id}: {describe_outcome(record)}")
    if record.failure is not None:
        tail = record.failure.stderr.splitlines()[-LAST_LINES:]
        lines += [f"    {make_harmless(line)}" for line in tail]
    return lines


def render_verification(verification: Verification) -> str:
    """Say what a second snapshot says of the evidence."""
    lines = [f"verified: {len(verification.agreeing)} probes gave the same bytes again"]
    if verification.completed:
        lines.append(f"new: {', '.join(verification.completed)}")
    if verification.failed_again:
        lines.append(f"no bytes again: {', '.join(verification.failed_again)}")
    lines += [_describe_discrepancy(item) for item in verification.discrepancies]
    if verification.environment_changes:
        changed = ", ".join(verification.environment_changes)
        lines.append(f"the environment changed since: {changed}")
        if "hardware" in verification.environment_changes:
            lines.append("hint: give another computer a name of its own, with `--machine`")
    return "\n".join(lines) + "\n"


def _describe_discrepancy(item: Discrepancy) -> str:
    before, after = describe_outcome(item.before), describe_outcome(item.after)
    return f"DIFFERENT from {item.path}: {item.id}: {before} before, {after} now"


def describe_outcome(record: Record) -> str:
    """Describe a record in a few words: its digest's 12 hex digits, or its status and reason."""
    if record.status is Status.OK and record.result:
        return short(record.result.digest)
    reason = f" ({make_harmless(record.failure.reason)})" if record.failure else ""
    return f"{record.status}{reason}"
