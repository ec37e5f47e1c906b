"""What a comparison says beyond its verdicts: how machines part, at what cost, and perhaps why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.attribution import attribute
from reprokit.compare.cost import find_grown_peaks, list_costs
from reprokit.compare.divergence import describe_divergences
from reprokit.compare.explanation import FoundBits, SearchPlan, find_bits
from reprokit.compare.old_values import find_old_values, index_history
from reprokit.compare.recovery import NOTHING_KEPT, collect_bits, join_bits
from reprokit.compare.side_findings import find_parted_relations, find_parted_stages
from reprokit.compare.verdict import group_by_definition
from reprokit.model.comparison import Severity
from reprokit.model.probe import Expectation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reprokit.model.attribution import OldValue
    from reprokit.model.comparison import Comparison, Cost, MachineEvidence, ProbeComparison
    from reprokit.model.manifest import Manifest, ProbeRecord

_LARGEST_SEARCHED_BYTES = 1024
"""Larger arrays are left to `explain`, so that a comparison stays quick."""

_TRIES = 20_000
"""Arrays tried from each array at hand: known machines part in what some thousands find."""

_ALL_TRIES = 200_000
"""Over all probes, a fifth of a second. There is no bound on time: what a comparison says does not
depend on the machine that makes it."""


def add_divergences(
    comparison: Comparison, *, kept: Mapping[str, bytes] = NOTHING_KEPT
) -> Comparison:
    """Say of each probe that parts how its clusters do.

    The bytes come from manifests and from arrays that were kept; small ones of which only the
    digest is known are searched for.

    Args:
        comparison: The comparison.
        kept: Bytes of arrays by digest that no manifest holds.
    """
    probes: list[ProbeComparison] = []
    left = _ALL_TRIES
    for probe in comparison.probes:
        if not probe.parts:
            probes.append(probe)
            continue
        records = _collect_records(probe, comparison.machines)
        found = _find_bits(records, left, kept)
        left -= sum(found.searched.values())
        divergences = describe_divergences(
            records, probe.clusters, found.bits, searched=found.searched
        )
        probes.append(replace(probe, divergences=divergences))
    return replace(comparison, probes=tuple(probes))


def add_attributions(comparison: Comparison) -> Comparison:
    """Say of each line along which machines part what may have caused it; after divergences."""
    return replace(comparison, attributions=attribute(comparison))


def add_old_values(comparison: Comparison, manifests: Iterable[Manifest]) -> Comparison:
    """Say of digests that changed on a machine where they were seen before.

    Args:
        comparison: The comparison.
        manifests: All that there are, of any machine and commit.
    """
    history = index_history(manifests)
    found: dict[str, list[OldValue]] = {}
    for machine in comparison.machines:
        for value in find_old_values(machine, history):
            found.setdefault(value.probe, []).append(value)
    probes = (replace(it, old_values=tuple(found.get(it.id, ()))) for it in comparison.probes)
    return replace(comparison, probes=tuple(probes)) if found else comparison


def add_side_findings(comparison: Comparison) -> Comparison:
    """Say of each probe what it took, and where machines part beside its bytes.

    A peak of memory that is clearly above another machine's, and a relation that holds on some
    machines only, are warnings; steps that part on the way to equal results are told.
    """
    return replace(
        comparison,
        probes=tuple(_add_side_findings(it, comparison.machines) for it in comparison.probes),
    )


def _add_side_findings(
    probe: ProbeComparison, machines: tuple[MachineEvidence, ...]
) -> ProbeComparison:
    records = _collect_records(probe, machines)
    costs = list_costs(records)
    warnings = list(filter(None, _list_warnings(records, costs)))
    told = filter(None, (find_parted_stages(records, it) for it in probe.clusters))
    reason = "; ".join(filter(None, (probe.reason, *warnings, *told)))
    severity = probe.severity
    if warnings and severity is Severity.NONE:
        severity = Severity.WARNING
    return replace(probe, costs=costs, reason=reason, severity=severity)


def _list_warnings(records: Mapping[str, ProbeRecord], costs: Mapping[str, Cost]) -> Iterator[str]:
    for group in group_by_definition(records):
        yield find_grown_peaks({machine: costs[machine] for machine in group if machine in costs})
        if all(_is_free(records[machine]) for machine in group):
            yield find_parted_relations(records, group)


def _is_free(probe: ProbeRecord) -> bool:
    """Tell whether a probe's relation is of interest, and no promise that blocks by itself."""
    return probe.relation is None and probe.expectation is not Expectation.NEVER


def _collect_records(
    probe: ProbeComparison, machines: tuple[MachineEvidence, ...]
) -> dict[str, ProbeRecord]:
    return {it.name: it.probes[probe.id] for it in machines if probe.id in it.probes}


def _find_bits(
    records: Mapping[str, ProbeRecord], tries: int, kept: Mapping[str, bytes]
) -> FoundBits:
    if tries <= 0:
        bits = join_bits(collect_bits(records.values()), kept)
        return FoundBits(bits=bits, recoveries={})
    from reprokit.numerics.digest_search import Budget  # most comparisons search for nothing

    budget = Budget(candidates=_TRIES, wall_s=None)
    plan = SearchPlan(budget=budget, largest_bytes=_LARGEST_SEARCHED_BYTES, most_tries=tries)
    return find_bits(records.values(), (), plan, kept=kept)
