"""What a comparison found, probe by probe, for formats that list findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.render.cells import (
    describe_note,
    describe_partition,
    describe_verdict,
    list_partitions,
)

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, ProbeComparison


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What is to be said of one probe.

    Attributes:
        probe: Its id.
        verdict: What can be said of it.
        severity: What follows.
        text: Verdict, the line along which machines part, and by how much, in one sentence.
    """

    probe: str
    verdict: Verdict
    severity: Severity
    text: str


def list_findings(comparison: Comparison) -> tuple[Finding, ...]:
    """List every probe's finding, in the order of the probes; also of those that agree."""
    return tuple(_make_finding(probe) for probe in comparison.probes)


def _make_finding(probe: ProbeComparison) -> Finding:
    parted = [describe_partition(clusters) for clusters in list_partitions(probe)]
    promise = [f"promise: {probe.expectation}"] if probe.severity is not Severity.NONE else []
    note = describe_note(probe)
    words = [describe_verdict(probe), *parted, *promise, *([note] if note else [])]
    return Finding(
        probe=probe.id, verdict=probe.verdict, severity=probe.severity, text="; ".join(words)
    )
