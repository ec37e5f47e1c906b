"""How the results of probes moved over commits, on each machine, and what changed with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reprokit.compare.divergence import describe_divergence
from reprokit.compare.environment_diff import compare_environments, rank_fact
from reprokit.compare.recovery import collect_bits
from reprokit.compare.same_moves import Unchanged, add_same_moves
from reprokit.compare.verdict import mark_results
from reprokit.model.environment_difference import Impact
from reprokit.model.history import (
    NOT_MEASURED,
    HistoryEntry,
    MachineHistory,
    ProbeHistory,
    Step,
)
from reprokit.model.record import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.divergence import Divergence
    from reprokit.model.environment_difference import EnvironmentDifference
    from reprokit.model.manifest import ProbeRecord

    _Place: TypeAlias = tuple[str, int]
    """A machine, and the place of an entry among its own."""

_TELLING = frozenset({Impact.HIGH, Impact.MEDIUM})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Environments:
    """Differences of environments, found once for all probes."""

    found: dict[tuple[int, int], tuple[EnvironmentDifference, ...]] = field(default_factory=dict)

    def compare(
        self, before: MachineEvidence, after: MachineEvidence
    ) -> tuple[EnvironmentDifference, ...]:
        """List what can or may change bytes, or may do so and is unknown on one side."""
        key = (id(before.environment), id(after.environment))
        if key not in self.found:
            differences = compare_environments(before.environment, after.environment)
            self.found[key] = tuple(it for it in differences if _tells(it))
        return self.found[key]


def _tells(difference: EnvironmentDifference) -> bool:
    if difference.impact is Impact.UNKNOWN:
        return rank_fact(difference.fact)[0] in _TELLING
    return difference.impact in _TELLING


@dataclass(frozen=True, kw_only=True, slots=True)
class _Results:
    """What is known of one probe's results on all machines.

    Attributes:
        values: The number of each result that counts.
        definitions: The definitions, in order of first appearance.
        bits: The bytes at hand, by digest.
        moves: How results part that were described already: machines mostly move alike.
    """

    values: Mapping[_Place, int]
    definitions: tuple[str, ...]
    bits: Mapping[str, bytes]
    moves: dict[tuple[int, ...], Divergence] = field(default_factory=dict)


def trace_probes(
    names: Iterable[str], timelines: Mapping[str, Sequence[MachineEvidence]]
) -> tuple[ProbeHistory, ...]:
    """Trace probes over all evidence of machines.

    Args:
        names: The probes.
        timelines: For each machine its evidence, the oldest first: as `selection.list_evidence`
            lists it.

    Returns:
        A history for each probe, of the machines that have it at all.
    """
    environments = _Environments()
    unchanged = Unchanged()
    traced = (_trace(name, timelines, environments) for name in names)
    return tuple(add_same_moves(history, timelines, unchanged) for history in traced)


def _trace(
    name: str, timelines: Mapping[str, Sequence[MachineEvidence]], environments: _Environments
) -> ProbeHistory:
    having = {
        machine: items
        for machine, items in timelines.items()
        if any(name in it.probes for it in items)
    }
    results = _gather_results(name, having)
    return ProbeHistory(
        probe=name,
        definitions=results.definitions,
        machines=tuple(
            MachineHistory(
                machine=machine,
                family=items[-1].family,
                entries=_trace_machine(
                    name,
                    items,
                    [results.values.get((machine, place)) for place in range(len(items))],
                    results,
                    environments,
                ),
            )
            for machine, items in having.items()
        ),
    )


def _gather_results(name: str, timelines: Mapping[str, Sequence[MachineEvidence]]) -> _Results:
    """Number the results that count, in order of first appearance over all machines."""
    order = sorted(
        (
            (_date(evidence), evidence.created, machine, place)
            for machine, items in timelines.items()
            for place, evidence in enumerate(items)
            if name in evidence.probes
        ),
    )
    probes = {
        (machine, place): timelines[machine][place].probes[name] for *_, machine, place in order
    }
    definitions = tuple(dict.fromkeys(probe.definition.digest for probe in probes.values()))
    values: dict[_Place, int] = {}
    for definition in definitions:
        own = {place: it for place, it in probes.items() if it.definition.digest == definition}
        values |= _number_results(own)
    return _Results(values=values, definitions=definitions, bits=collect_bits(probes.values()))


def _date(evidence: MachineEvidence) -> str:
    return evidence.manifests[0].repository.committed or evidence.created


def _number_results(probes: Mapping[_Place, ProbeRecord]) -> dict[_Place, int]:
    """Number the distinct results of one definition."""
    written = {f"{machine} {place}": (machine, place) for machine, place in probes}
    results = {
        key: probes[place].record.result
        for key, place in written.items()
        if probes[place].record.status is Status.OK
    }
    marks = mark_results({key: it for key, it in results.items() if it is not None})
    numbers = {mark: number for number, mark in enumerate(dict.fromkeys(marks.values()))}
    return {written[key]: numbers[mark] for key, mark in marks.items()}


def _trace_machine(
    name: str,
    items: Sequence[MachineEvidence],
    values: Sequence[int | None],
    results: _Results,
    environments: _Environments,
) -> tuple[HistoryEntry, ...]:
    entries: list[HistoryEntry] = []
    for evidence, value in zip(items, values, strict=True):
        probe = evidence.probes.get(name)
        if probe is None:
            entries.append(_make_entry(evidence, None, _Finding(step=Step.NO_RESULT)))
            continue
        finding = _hold_against(entries, probe.definition.digest, value)
        if finding.against is None:
            entries.append(_make_entry(evidence, probe, finding, value=value))
            continue
        before = items[finding.against]
        entries.append(
            _make_entry(
                evidence,
                probe,
                finding,
                value=value,
                definition_changes=_list_definition_changes(name, items, entries, probe),
                environment_changes=environments.compare(before, evidence),
                divergence=_describe_move(name, before, evidence, results)
                if finding.step is Step.MOVED
                else None,
            )
        )
    return tuple(entries)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Finding:
    """What became of a result: the fields of an entry that say so."""

    step: Step
    against: int | None = None
    returns_to: int | None = None


def _make_entry(
    evidence: MachineEvidence,
    probe: ProbeRecord | None,
    finding: _Finding,
    **more: Any,  # noqa: ANN401 - other fields of the entry
) -> HistoryEntry:
    record = probe.record if probe else None
    return HistoryEntry(
        commit=evidence.commit,
        committed=evidence.manifests[0].repository.committed,
        created=evidence.created,
        dirty=evidence.dirty,
        origin=evidence.origin.kind,
        manifests=tuple(manifest.path for manifest in evidence.manifests),
        status=record.status.value if record else NOT_MEASURED,
        reason=record.failure.reason if record and record.failure else "",
        definition=probe.definition.digest if probe else "",
        digest=record.result.digest if record and record.result else "",
        digests=record.digests if record and record.status is Status.UNSTABLE else (),
        step=finding.step,
        against=finding.against,
        returns_to=finding.returns_to,
        **more,
    )


def _hold_against(entries: Sequence[HistoryEntry], definition: str, value: int | None) -> _Finding:
    """Find what a result is to be held against, and what became of it.

    Args:
        entries: Those before it.
        definition: Its definition.
        value: The number of the result; None where it does not count.
    """
    counting = [place for place, it in enumerate(entries) if it.value is not None]
    alike = [place for place in counting if entries[place].definition == definition]
    against = next(reversed(alike or counting), None)
    if value is None:
        return _Finding(step=Step.NO_RESULT, against=against)
    if against is None:
        return _Finding(step=Step.FIRST)
    if not alike:
        return _Finding(step=Step.REDEFINED, against=against)
    if entries[against].value == value:
        return _Finding(step=Step.SAME, against=against)
    earlier = (place for place in alike if entries[place].value == value)
    return _Finding(step=Step.MOVED, against=against, returns_to=next(earlier, None))


def _list_definition_changes(
    name: str,
    items: Sequence[MachineEvidence],
    entries: Sequence[HistoryEntry],
    probe: ProbeRecord,
) -> tuple[str, ...]:
    """List in which fields a definition is another than that of the last result that counts."""
    last = max(place for place, it in enumerate(entries) if it.value is not None)
    if entries[last].definition == probe.definition.digest:
        return ()
    return tuple(items[last].probes[name].definition.differences(probe.definition))


def _describe_move(
    name: str, before: MachineEvidence, after: MachineEvidence, results: _Results
) -> Divergence:
    """Describe how a result parts from an earlier one of the same machine."""
    labels = [f"{it.name} at {it.commit}" for it in (before, after)]
    if labels[0] == labels[1]:
        labels = [f"{it.name} at {it.commit} of {it.created}" for it in (before, after)]
    if labels[0] == labels[1]:
        labels = [f"{label} ({number})" for number, label in enumerate(labels, 1)]
    sides = [it.probes[name] for it in (before, after)]
    own = (it.record for it in sides)
    # equal texts of manifests are read once, so that the same objects say the same
    key = tuple(id(part) for it in own for part in (it.result, it.stages, it.leaves))
    known = results.moves.get(key)
    if known is None:
        records = dict(zip(labels, sides, strict=True))
        known = describe_divergence(records, ((labels[0],), (labels[1],)), results.bits)
        if not any(label in known.gap for label in labels):
            results.moves[key] = known
    return replace(known, baseline=(labels[0],), candidate=(labels[1],))
