"""What a signature is looked for in: a line's probes, their records, and the facts held to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.attribution import Fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.compare.partition import Line
    from reprokit.model.attribution import FactFit
    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.model.definition import Definition
    from reprokit.model.divergence import Divergence
    from reprokit.model.manifest import ProbeRecord

CPU = "cpu"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartedProbe:
    """A probe that parts along a line.

    Attributes:
        id: Its name.
        definition: What it computes on the line's machines.
        records: Its records by machine, of the line's machines.
        digests: What each gave.
        divergences: How the line's clusters part in it.
    """

    id: str
    definition: Definition
    records: Mapping[str, ProbeRecord]
    digests: Mapping[str, str]
    divergences: tuple[Divergence, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LineEvidence:
    """All that a signature may rest on.

    Attributes:
        partition: The line's clusters.
        machines: Its machines by name.
        parted: The probes that part along it.
        agreeing: Of the other probes those in which all its machines agree, by definition.
        facts: The facts held against it.
        fits: How each of them fits, by name, those told beside others too. A fact that can change
            bytes and is not here is known, and the same everywhere.
    """

    partition: tuple[tuple[str, ...], ...]
    machines: Mapping[str, MachineEvidence]
    parted: tuple[PartedProbe, ...]
    agreeing: Mapping[str, Definition]
    facts: tuple[FactFit, ...]
    fits: Mapping[str, Fit]

    def fits_exactly(self, *names: str) -> bool:
        """Tell whether one of these facts parts the machines as the line does."""
        return any(self.fits.get(name) is Fit.INDUCES for name in names)

    def is_same(self, name: str) -> bool:
        """Tell whether a fact of high impact is known and the same on all machines."""
        return name not in self.fits

    def computes_on_cpu(self, probe: PartedProbe) -> bool:
        """Tell whether a probe is known to run on the CPU of every machine."""
        if probe.definition.device != "default":
            return probe.definition.device == CPU
        return all(it.environment.device.default == CPU for it in self.machines.values())

    def show_partition(self) -> str:
        """Write the clusters, as `m1 | m3, m5`."""
        return " | ".join(", ".join(it) for it in self.partition)


def gather_line_evidence(
    comparison: Comparison, line: Line, facts: tuple[FactFit, ...]
) -> LineEvidence:
    """Put together what the signatures of one line may rest on."""
    members = {name for cluster in line.partition for name in cluster}
    chosen = {it.name: it for it in comparison.machines if it.name in members}
    parted = set(line.probes)
    return LineEvidence(
        partition=line.partition,
        machines=chosen,
        parted=tuple(
            _view_probe(it, chosen, line.partition) for it in comparison.probes if it.id in parted
        ),
        agreeing=dict(_list_agreeing(comparison, chosen)),
        facts=facts,
        fits={name: it.fit for it in facts for name in (it.fact, *it.also)},
    )


def _view_probe(
    probe: ProbeComparison,
    machines: Mapping[str, MachineEvidence],
    partition: tuple[tuple[str, ...], ...],
) -> PartedProbe:
    records = {name: it.probes[probe.id] for name, it in machines.items()}
    clusters = {frozenset(it) for it in partition}
    return PartedProbe(
        id=probe.id,
        definition=records[partition[0][0]].definition,
        records=records,
        digests={name: probe.digests[name] for name in machines},
        divergences=tuple(
            it
            for it in probe.divergences
            if {frozenset(it.baseline), frozenset(it.candidate)} <= clusters
        ),
    )


def _list_agreeing(
    comparison: Comparison, machines: Mapping[str, MachineEvidence]
) -> Iterator[tuple[str, Definition]]:
    for probe in comparison.probes:
        if any(machines.keys() <= set(cluster) for cluster in probe.clusters):
            record = next(iter(machines.values())).probes[probe.id]
            yield probe.id, record.definition
