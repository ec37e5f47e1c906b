"""What a snapshot gave, for a terminal."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import Status
from reprokit.model.units import format_bytes, format_seconds
from reprokit.render.cells import BETTER, EXPECTED
from reprokit.render.text import (
    VERBOSE_HINT,
    list_last_lines,
    make_harmless,
    measure_table,
    name_probes,
    render_count,
    render_table,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.manifest import Manifest, ProbeRecord
    from reprokit.model.record import Record
    from reprokit.model.verification import Discrepancy, Verification

LAST_LINES = 5
HEAD = ("probe", "status", "digest", "array", "peak", "cold", "warm")

DISPENSABLE = ("array", "cold", "peak", "warm")
"""Columns that go where there is no room, the first one first."""

_BROKEN = "breaks promise"
_DIFFERS = f"differs {EXPECTED}"


def render_snapshot(
    manifest: Manifest,
    breaches: Mapping[str, Sequence[str]],
    *,
    width: int | None = None,
    verbose: bool = False,
) -> str:
    """Write a row for each probe, what some of them break or lack, and a count.

    Args:
        manifest: The snapshot.
        breaches: By probe, what it breaks of its promises.
        width: Columns there are; None for as many as it takes.
        verbose: Whether to name probes, however many.
    """
    ends = {it.id: _describe_end(it, breaches.get(it.id, ())) for it in manifest.probes}
    parts = [_render_probes(manifest.probes, ends, width)]
    troubles = [
        line
        for probe in manifest.probes
        for line in _describe_trouble(probe, breaches.get(probe.id, ()), width)
    ]
    troubles += [
        wrap(line, width, indent="  ") for line in _list_skipped(manifest, verbose=verbose)
    ]
    if troubles:
        parts.append("\n".join(troubles))
    summary = [_sum_up(manifest, ends, blocking=sum(map(bool, breaches.values())))]
    steady = [it.id for it in manifest.probes if _repeats_unpromised(it)]
    if steady:
        named = name_probes(steady, verbose=verbose, hint=VERBOSE_HINT)
        summary.append(f"{BETTER}, repeating here without a promise: {named}")
    parts.append("\n".join(wrap(line, width, indent="  ") for line in summary))
    return "\n\n".join(parts) + "\n"


def _render_probes(
    probes: Sequence[ProbeRecord], ends: Mapping[str, str], width: int | None
) -> str:
    """Write the table, without columns that have no room, and say so."""
    head: tuple[str, ...] = HEAD
    rows = [_describe_probe(probe, ends[probe.id]) for probe in probes]
    left_out = []
    for name in DISPENSABLE:
        if width is None or measure_table(head, rows) <= width:
            break
        index = head.index(name)
        head = head[:index] + head[index + 1 :]
        rows = [row[:index] + row[index + 1 :] for row in rows]
        left_out.append(name)
    table = render_table(head, rows, width=width)
    if not left_out:
        return table
    said = f"No room here for: {', '.join(left_out)}. A wider terminal or a pipe has all columns."
    return f"{table}\n\n{wrap(said, width)}"


def _list_skipped(manifest: Manifest, *, verbose: bool) -> list[str]:
    """Say once for each reason which probes were skipped for it."""
    skipped: dict[str, list[str]] = {}
    for probe in manifest.probes:
        if probe.record.status is Status.SKIPPED:
            skipped.setdefault(describe_outcome(probe.record), []).append(probe.id)
    return [
        f"{outcome}: {name_probes(names, verbose=verbose, hint=VERBOSE_HINT)}"
        for outcome, names in skipped.items()
    ]


def _sum_up(manifest: Manifest, ends: Mapping[str, str], *, blocking: int) -> str:
    counts = ", ".join(f"{count} {end}" for end, count in Counter(ends.values()).most_common())
    changes = " with uncommitted changes" if manifest.repository.dirty else ""
    place = f"{manifest.machine} ({manifest.family}) at {short(manifest.commit)}{changes}"
    return f"{place}: {counts}; {blocking} blocking"


def _repeats_unpromised(probe: ProbeRecord) -> bool:
    return probe.expectation is Expectation.NEVER and probe.record.status is Status.OK


def describe_status(record: Record, expectation: Expectation) -> str:
    """Name how a probe ended; one that differs and promises nothing does as expected."""
    if record.status is Status.UNSTABLE and expectation is Expectation.NEVER:
        return _DIFFERS
    return record.status.value


def _describe_end(probe: ProbeRecord, breaches: Sequence[str]) -> str:
    """Name how a probe ended; one whose bytes are as they should be may break another promise."""
    status = describe_status(probe.record, probe.expectation)
    return _BROKEN if breaches and status in {Status.OK, _DIFFERS} else status


def _describe_probe(probe: ProbeRecord, end: str) -> tuple[str, ...]:
    record = probe.record
    runs = record.runs
    return (
        probe.id,
        end + _describe_relation(probe) + _describe_control(probe),
        short(record.result.digest) if record.result else "",
        _describe_array(record),
        format_bytes(max(run.peak_bytes for run in runs)) if runs else "",
        format_seconds(median(run.cold_s for run in runs)) if runs else "",
        format_seconds(median(run.warm_s for run in runs)) if runs else "",
    )


def _describe_relation(probe: ProbeRecord) -> str:
    counts = probe.record.relation_counts
    if not counts:
        return ""
    if probe.relation is False and True not in counts:
        return f", breaks {EXPECTED}"
    return f", {_describe_holding(counts)}"


def _describe_control(probe: ProbeRecord) -> str:
    equals = probe.record.equals_control
    if equals is None:
        return ""
    if equals:
        return ", equals control"
    return ", differs from control" + (f" {EXPECTED}" if probe.control_equal is False else "")


def _describe_array(record: Record) -> str:
    if record.result is None:
        return ""
    if record.leaves:
        return f"tree of {len(record.leaves)}"
    return f"{record.result.dtype}{list(record.result.shape)}"


def _describe_trouble(probe: ProbeRecord, breaches: Sequence[str], width: int | None) -> list[str]:
    record = probe.record
    lines = [wrap(f"{probe.id}: {breach}", width, indent="  ") for breach in breaches]
    if record.failure is not None and record.status is not Status.SKIPPED:
        lines += [f"    {line}" for line in list_last_lines(record.failure.stderr, LAST_LINES)]
    return lines


def render_verification(
    verification: Verification, *, width: int | None = None, verbose: bool = False
) -> str:
    """Say what a second snapshot says of the evidence.

    Args:
        verification: What it says.
        width: Columns there are; None for as many as it takes.
        verbose: Whether to name probes, however many.
    """

    def name(probes: Sequence[str]) -> str:
        return name_probes(probes, verbose=verbose, hint=VERBOSE_HINT)

    lines = []
    if verification.agreeing or not (verification.completed or verification.moved):
        agreeing = render_count(len(verification.agreeing), "probe")
        lines.append(f"verified: {agreeing} gave the same bytes again")
    named = {
        f"other bytes {EXPECTED}": verification.moved,
        "new": verification.completed,
        "no bytes again": verification.failed_again,
        "unstable in the evidence, so that nothing verifies": verification.unstable,
    }
    lines += [f"{words}: {name(probes)}" for words, probes in named.items() if probes]
    lines += [_describe_discrepancy(item) for item in verification.discrepancies]
    if verification.environment_changes:
        changed = ", ".join(verification.environment_changes)
        lines.append(f"the environment changed since: {changed}")
        if "hardware" in verification.environment_changes:
            lines.append("hint: give another computer a name of its own, with `--machine`")
    return "\n".join(wrap(line, width, indent="  ") for line in lines) + "\n"


def _describe_discrepancy(item: Discrepancy) -> str:
    before, after = (describe_outcome(record) for record in (item.before, item.after))
    if before == after:
        before, after = (_describe_beside(record) for record in (item.before, item.after))
    return f"DIFFERENT from {item.path}: {item.id}: {before} before, {after} now"


def _describe_beside(record: Record) -> str:
    """Describe a record that has the bytes of another: by its array, its relation, its control."""
    words = [_describe_array(record)]
    counts = record.relation_counts
    if counts:
        words.append(f"relation {_describe_holding(counts)}")
    if record.control is not None and record.control.result is not None:
        words.append(f"control {short(record.control.result.digest)}")
    return f"{describe_outcome(record)} ({', '.join(words)})"


def _describe_holding(counts: Mapping[bool, int]) -> str:
    if len(counts) > 1:
        return "holds at times"
    return "holds" if True in counts else "does not hold"


def describe_outcome(record: Record, expectation: Expectation | None = None) -> str:
    """Describe a record in a few words: its digest's 12 hex digits, or its status and reason.

    Args:
        record: The record.
        expectation: What its probe promises, where that is known.
    """
    if record.status is Status.OK and record.result:
        return short(record.result.digest)
    reason = f" ({make_harmless(record.failure.reason)})" if record.failure else ""
    status = describe_status(record, expectation) if expectation else record.status.value
    return f"{status}{reason}"
