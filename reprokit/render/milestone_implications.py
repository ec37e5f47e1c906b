"""What follows from a comparison, the gravest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.model.manifest import OriginKind
from reprokit.model.record import Status
from reprokit.render.markdown_template import Markdown, write_code
from reprokit.render.text import render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.model.record import Record

_MOST_NAMED = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Implication:
    """What follows: `blocking`, `warning` or `note`, which probes or machines, and a sentence."""

    severity: str
    subject: str
    text: str


def list_implications(comparison: Comparison) -> tuple[Implication, ...]:
    """List what follows, the gravest first."""
    return (
        *_list_severe(comparison, Severity.BLOCKING),
        *_list_severe(comparison, Severity.WARNING),
        *_list_plain(comparison),
        *_list_repeats(comparison),
    )


_UNSTABLE = "unstable"
_REASONS = "the notes in the table tell why"
_CONSEQUENCES = {
    (Severity.BLOCKING, _UNSTABLE): "does not repeat within one machine: no digest of it is a "
    "reference there",
    (Severity.BLOCKING, Verdict.DIFFERENT): "a promise is broken: mend the code or the promise "
    "before a release",
    (Severity.BLOCKING, Verdict.FAILED): "there are no bytes: nothing is known of it there",
    (Severity.BLOCKING, Verdict.IDENTICAL): "the bytes agree, but a promise of the suite's is "
    "broken",
    (Severity.WARNING, Verdict.DIFFERENT): "no digest of one cluster is a reference for another: "
    "keep baselines by family, as `reprokit accept` does",
    (Severity.WARNING, Verdict.MISSING): "not measured on all machines: take a snapshot there",
    (Severity.WARNING, Verdict.NOT_COMPARABLE): "the machines did not compute the same: take "
    "snapshots with the same suite and reprokit",
    (Severity.WARNING, Verdict.IDENTICAL): "the bytes agree; the notes tell what does not",
}
_ALONE = {Severity.BLOCKING: "a promise of the suite's is broken"}
"""What follows of a result that no other machine agrees with."""


def _list_severe(comparison: Comparison, severity: Severity) -> Iterator[Implication]:
    groups: dict[str, list[ProbeComparison]] = {}
    for probe in comparison.probes:
        if probe.severity is severity:
            is_unstable = Status.UNSTABLE in probe.states.values()
            groups.setdefault(_UNSTABLE if is_unstable else probe.verdict, []).append(probe)
    for kind, probes in groups.items():
        text = _CONSEQUENCES.get((severity, kind), _REASONS)
        if kind == Verdict.IDENTICAL and len(comparison.machines) == 1:
            text = _ALONE.get(severity, _REASONS)
        yield Implication(severity=severity.value, subject=_name(probes), text=text)


def _list_plain(comparison: Comparison) -> Iterator[Implication]:
    probes = comparison.probes
    expected = [
        it for it in probes if it.verdict is Verdict.DIFFERENT and it.severity is Severity.NONE
    ]
    if expected:
        yield Implication(
            severity="note", subject=_name(expected), text="differs, as nothing else was promised"
        )
    agree = [it for it in probes if it.verdict is Verdict.IDENTICAL]
    if agree and len(comparison.machines) > 1:
        yield Implication(
            severity="note",
            subject=render_count(len(agree), "probe"),
            text="the same bytes on all machines: one digest is a reference for all of these",
        )
    better = [it for it in agree if it.better_than_promised]
    if better:
        yield Implication(
            severity="note",
            subject=_name(better),
            text="better than promised, on these machines; other machines may part",
        )
    old = [it for it in probes if it.old_values]
    if old:
        yield Implication(
            severity="note",
            subject=_name(old),
            text="a digest that changed is an old value of some machine: look whether the machine "
            "was changed rather than the code",
        )


_REPEATS = {
    "measured": "the same bytes in every run, each in a process that had not run the probe before, "
    "on {}",
    "published": "the same bytes in every run that was published of {}",
    "once": "not repeated in another process on {}",
    "unknown": "whether results repeat on {} is not among what was published in digests",
}


def _list_repeats(comparison: Comparison) -> Iterator[Implication]:
    """Say whether results repeat within each machine, as far as that was measured."""
    told: dict[str, list[str]] = {kind: [] for kind in _REPEATS}
    for machine in comparison.machines:
        records = [
            machine.probes[it.id].record for it in comparison.probes if it.id in machine.probes
        ]
        for kind, text in _tell_repeats(machine, records):
            told[kind].append(text)
    for kind, machines in told.items():
        if machines:
            text = _REPEATS[kind].format(render_list(machines))
            yield Implication(severity="note", subject="within a machine", text=text)


def _tell_repeats(machine: MachineEvidence, records: list[Record]) -> Iterator[tuple[str, str]]:
    """Say of a machine which of its results repeat, which were not repeated, or that none has."""
    repeated = [len(it.runs) for it in records if len(it.runs) > 1 and it.status is Status.OK]
    once = sum(len(it.runs) == 1 for it in records)
    if repeated:
        yield machine.origin.kind.value, f"{machine.name} ({_count_runs(repeated, len(records))})"
    if once:
        yield "once", f"{machine.name} ({render_count(once, 'probe')})"
    if machine.origin.kind is OriginKind.PUBLISHED and not any(it.runs for it in records):
        yield "unknown", machine.name


def _count_runs(runs: Sequence[int], probes: int) -> str:
    """Say how many of a machine's probes repeat, and over how many runs."""
    told = render_count(probes, "probe")
    counted = told if len(runs) == probes else f"{len(runs):,} of {told}"
    return f"{counted}, {min(runs)} runs" + (" or more" if max(runs) > min(runs) else "")


def _name(probes: Iterable[ProbeComparison]) -> Markdown:
    names = [write_code(probe.id) for probe in probes]
    left = len(names) - _MOST_NAMED
    more = [f"{left} more"] if left > 0 else []
    return Markdown(", ".join([*names[:_MOST_NAMED], *more]))
