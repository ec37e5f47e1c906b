"""What follows from a comparison, the gravest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.model.manifest import OriginKind
from reprokit.model.probe import Expectation
from reprokit.model.promise import breaks_promise, list_parted_families
from reprokit.model.record import Status
from reprokit.render.cells import list_partitions
from reprokit.render.markdown_template import Markdown, write_code
from reprokit.render.text import render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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


_REASONS = "the notes in the table tell why"
_NO_BYTES = frozenset({Status.FAILED, Status.CRASHED, Status.TIMED_OUT})
_NO_REFERENCE = "no digest of one cluster is a reference for another"
_WARNED = {
    Verdict.MISSING: "not measured on all machines: take a snapshot there",
    Verdict.NOT_COMPARABLE: "the machines did not compute the same: take snapshots with the same "
    "suite and reprokit",
    Verdict.IDENTICAL: "the bytes agree; the notes tell what does not",
}


def _list_severe(comparison: Comparison, severity: Severity) -> Iterator[Implication]:
    tell = _tell_blocking if severity is Severity.BLOCKING else _tell_warning
    families = {machine.name: machine.family for machine in comparison.machines}
    groups: dict[str, list[ProbeComparison]] = {}
    for probe in comparison.probes:
        if probe.severity is severity:
            for text in tuple(tell(probe, families)) or (_REASONS,):
                groups.setdefault(text, []).append(probe)
    for text, probes in groups.items():
        yield Implication(severity=severity.value, subject=_name(probes), text=text)


def _tell_blocking(probe: ProbeComparison, families: Mapping[str, str]) -> Iterator[str]:
    """Say of each thing that blocks what follows from it: of a probe there may be several."""
    states = set(probe.states.values())
    partitions = list_partitions(probe)
    broken = any(breaks_promise(probe.expectation, it, families) for it in partitions)
    if Status.UNSTABLE in states and probe.expectation is not Expectation.NEVER:
        yield "does not repeat within one machine: no digest of it is a reference there"
    if broken:
        yield "a promise is broken: mend the code or the promise before a release"
    if states & _NO_BYTES:
        rest = "; the other machines part, as its promise allows" if partitions else ""
        yield f"there are no bytes: nothing is known of it there{'' if broken else rest}"
    if probe.breaches:
        agrees = probe.verdict is Verdict.IDENTICAL and len(families) > 1
        yield ("the bytes agree, but " if agrees else "") + "a promise of the suite's is broken"


def _tell_warning(probe: ProbeComparison, families: Mapping[str, str]) -> Iterator[str]:
    """Say what follows of a probe that breaks no promise."""
    if probe.verdict is not Verdict.DIFFERENT:
        yield _WARNED.get(probe.verdict, _REASONS)
        return
    partitions = list_partitions(probe)
    parted = dict.fromkeys(it for one in partitions for it in list_parted_families(one, families))
    if parted:
        noun = "family" if len(parted) == 1 else "families"
        yield (
            f"parts inside the {noun} {render_list(list(parted))}, as its promise `machine` "
            "allows: no digest of it is a baseline of a family; `reprokit accept --machine` keeps "
            "an entry of one machine's own"
        )
    elif probe.expectation is Expectation.MACHINE:
        yield (
            f"{_NO_REFERENCE}: its promise is `machine`, and `reprokit accept --machine` keeps an "
            "entry of one machine's own"
        )
    else:
        yield f"{_NO_REFERENCE}: keep baselines by family, as `reprokit accept` does"


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
    yield from _list_old_values(probes)


def _list_old_values(probes: Sequence[ProbeComparison]) -> Iterator[Implication]:
    """Say what digests that changed to one that was seen before point to."""
    elsewhere = [it for it in probes if any(old.holder != old.machine for old in it.old_values)]
    if elsewhere:
        yield Implication(
            severity="note",
            subject=_name(elsewhere),
            text="a digest that changed is another machine's old value: look whether the machine "
            "was changed rather than the code",
        )
    returned = [it for it in probes if any(old.holder == old.machine for old in it.old_values)]
    if returned:
        yield Implication(
            severity="note",
            subject=_name(returned),
            text="a digest that changed is what the machine gave before: look whether a change of "
            "the code, the wheel or the machine was taken back",
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
