"""Where machines part beside their results: in steps that led there, or in what a relation says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.manifest import ProbeRecord


def find_parted_stages(probes: Mapping[str, ProbeRecord], cluster: Sequence[str]) -> str:
    """Name the steps in which machines part whose results are the same bytes.

    Args:
        probes: One probe's record of each machine.
        cluster: Machines of one result.

    Returns:
        A clause, as `equal results of other stages: log on m5`; empty where all steps agree.
    """
    if len({id(probes[machine].record.stages) for machine in cluster}) == 1:
        return ""  # the same object: most probes have none
    first = {it.name: it.array.digest for it in probes[cluster[0]].record.stages}
    parted = {
        machine: [
            it.name
            for it in probes[machine].record.stages
            if first.get(it.name, it.array.digest) != it.array.digest
        ]
        for machine in cluster[1:]
    }
    told = [f"{', '.join(names)} on {machine}" for machine, names in parted.items() if names]
    return f"equal results of other stages than on {cluster[0]}: {'; '.join(told)}" if told else ""


def find_parted_relations(probes: Mapping[str, ProbeRecord], group: Sequence[str]) -> str:
    """Say where a relation holds on some machines and not on others.

    Args:
        probes: One probe's record of each machine.
        group: Machines of one definition.

    Returns:
        A clause; empty where all agree, or flip.
    """
    if all(probes[machine].record.relation is None for machine in group):
        return ""
    counts = {machine: probes[machine].record.relation_counts for machine in group}
    holding = [machine for machine, seen in counts.items() if list(seen) == [True]]
    broken = [machine for machine, seen in counts.items() if list(seen) == [False]]
    if not holding or not broken:
        return ""
    relation = probes[broken[0]].record.relation
    name = relation.name if relation is not None else ""
    return f"{name}: holds on {', '.join(holding)}, not on {', '.join(broken)}"
