"""What a page shows of a comparison: words, rows and letters, which its template only places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity
from reprokit.model.names import short
from reprokit.model.record import Status
from reprokit.model.units import format_bytes, format_seconds
from reprokit.render.attribution_text import describe_attribution
from reprokit.render.cells import (
    MACHINE_HEAD,
    SEVERITY_WORDS,
    count_verdicts,
    describe_better,
    describe_machine,
    describe_verdict,
    letter_clusters,
)
from reprokit.render.findings import list_findings
from reprokit.render.html_divergence import DivergenceView, view_divergence
from reprokit.render.page_budget import MOST_ELEMENT_ROWS, MOST_ELEMENTS, share_rows
from reprokit.render.page_table import Cell, PageTable, write_cells
from reprokit.render.pictures.palette import name_cluster
from reprokit.render.text import render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from reprokit.model.attribution import Attribution
    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.render.findings import Finding

_GAPS = frozenset({"missing", "skipped", "not-comparable"})
_MOST_IN_CELL = 2
_MOST_IN_TABLE = 16
"""So many digests of a probe that does not repeat are shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeView:
    """One probe.

    Attributes:
        anchor: What links point to.
        name: Its id.
        verdict: The word for its verdict.
        severity: The word for its severity; empty where nothing follows.
        kind: `none`, `warning` or `blocking`.
        promise: What it promises.
        cells: By machine.
        finding: All that is to be said of it in one sentence, as the other formats say it.
        is_open: Whether it is shown unfolded at first.
        clusters: Letter, machines, digest and definition.
        divergences: How its clusters part.
        costs: What it took; None where that is known of no machine.
    """

    anchor: str
    name: str
    verdict: str
    severity: str
    kind: str
    promise: str
    cells: tuple[Cell, ...]
    finding: str
    is_open: bool
    clusters: PageTable
    divergences: tuple[DivergenceView, ...]
    costs: PageTable | None

    @property
    def written_cells(self) -> Markup:
        """Its cells as HTML."""
        return write_cells(self.cells)


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributionView:
    """What is said of the cause of one line along which machines part.

    Attributes:
        title: The line and the probes.
        lines: Sentences on it.
        facts: Every fact that was held against it; None where none was.
    """

    title: str
    lines: tuple[str, ...]
    facts: PageTable | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonView:
    """The whole page.

    Attributes:
        title: What is compared.
        summary: The counts.
        kind: The gravest severity that there is.
        machines: A row for each.
        sources: The manifests.
        names: The machines' names, which head the cells of probes.
        probes: In the comparison's order.
        attributions: Likewise.
        notes: What a reader must see beside.
        left_out: What the page leaves out, and what shows it.
    """

    title: str
    summary: str
    kind: str
    machines: PageTable
    sources: PageTable
    names: tuple[str, ...]
    probes: tuple[ProbeView, ...]
    attributions: tuple[AttributionView, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


def view_comparison(comparison: Comparison) -> ComparisonView:
    """Put a comparison into the words and rows of its page."""
    where = f"at commit {comparison.commit}" if comparison.commit else "across commits"
    machines = {machine.name: machine for machine in comparison.machines}
    better = describe_better(comparison)
    probes = zip(comparison.probes, list_findings(comparison), strict=True)
    listed = _count_elements(comparison)
    most = share_rows(listed, most=MOST_ELEMENT_ROWS, each=MOST_ELEMENTS)
    return ComparisonView(
        title=f"{render_count(len(comparison.machines), 'machine')} {where}",
        summary=count_verdicts(comparison),
        kind=_find_gravest(comparison),
        machines=PageTable(
            title="What was compared",
            head=MACHINE_HEAD,
            rows=tuple(map(describe_machine, machines.values())),
        ),
        sources=_list_sources(comparison),
        names=tuple(machines),
        probes=tuple(_view_probe(at, *it, machines, most) for at, it in enumerate(probes, 1)),
        attributions=tuple(_view_attribution(it, machines) for it in comparison.attributions),
        notes=(*([better] if better else []), *comparison.notes),
        left_out=(_tell_fewer(most),) if max(listed, default=0) > most else (),
    )


def _count_elements(comparison: Comparison) -> list[int]:
    """Count the elements that are known of each pair of clusters."""
    pairs = (it for probe in comparison.probes for it in probe.divergences)
    return [len(it.witness.elements) for it in pairs if it.witness is not None]


def _tell_fewer(most: int) -> str:
    return (
        f"Of each pair of clusters up to {render_count(most, 'element')} that differ "
        f"{'is' if most == 1 else 'are'} listed: `reprokit explain` of a probe, with "
        "`--format json`, lists up to 4,096."
    )


def _find_gravest(comparison: Comparison) -> str:
    counts = {it: comparison.count_severity(it) for it in (Severity.BLOCKING, Severity.WARNING)}
    return next((severity.value for severity, count in counts.items() if count), "none")


def _list_sources(comparison: Comparison) -> PageTable:
    rows = [
        (machine.name, manifest.path, manifest.sha256, _describe_state(machine))
        for machine in comparison.machines
        for manifest in machine.manifests
    ]
    head = ("machine", "manifest", "sha256", "commit")
    return PageTable(title="Manifests", head=head, rows=tuple(rows))


def _describe_state(machine: MachineEvidence) -> str:
    return short(machine.commit) + (" with uncommitted changes" if machine.dirty else "")


def _view_probe(
    number: int,
    probe: ProbeComparison,
    finding: Finding,
    machines: Mapping[str, MachineEvidence],
    most_elements: int,
) -> ProbeView:
    letters = letter_clusters(probe)
    return ProbeView(
        anchor=f"probe-{number}",
        name=probe.id,
        verdict=describe_verdict(probe),
        severity=SEVERITY_WORDS[probe.severity],
        kind=probe.severity.value,
        promise=probe.expectation.value,
        cells=tuple(_view_cell(probe, it, letters.get(it.name)) for it in machines.values()),
        finding=finding.text,
        is_open=probe.severity is Severity.BLOCKING or bool(probe.divergences),
        clusters=_list_clusters(probe, letters, machines),
        divergences=tuple(
            view_divergence(it, probe, machines, most_elements=most_elements)
            for it in probe.divergences
        ),
        costs=_list_costs(probe),
    )


def _view_cell(probe: ProbeComparison, machine: MachineEvidence, letter: str | None) -> Cell:
    state = probe.states[machine.name]
    digests = _list_digests(probe, machine)
    digest = "/".join(map(short, digests[:_MOST_IN_CELL]))
    if len(digests) > _MOST_IN_CELL:
        digest += f" and {len(digests) - _MOST_IN_CELL} more"
    if letter is None:
        return Cell(text=state, digest=digest, kind="gap" if state in _GAPS else "trouble")
    kind = name_cluster(letter)
    return Cell(text=letter if state == "ok" else f"{letter} {state}", digest=digest, kind=kind)


def _list_digests(probe: ProbeComparison, machine: MachineEvidence) -> list[str]:
    """List what a machine gave: of a probe that does not repeat all, in the order of its runs."""
    if machine.name not in probe.digests:
        return []
    if probe.states[machine.name] == Status.UNSTABLE:
        return list(machine.probes[probe.id].record.digests)
    return [probe.digests[machine.name]]


def _list_clusters(
    probe: ProbeComparison, letters: Mapping[str, str], machines: Mapping[str, MachineEvidence]
) -> PageTable:
    """List clusters with all digits, then the machines that are in none, a row for each digest."""
    rows = [
        (
            letters[cluster[0]],
            render_list(cluster),
            probe.digests[cluster[0]],
            short(probe.definitions[cluster[0]]),
        )
        for cluster in probe.clusters
    ]
    rows += [
        (
            probe.states[name],
            name,
            digest,
            short(probe.definitions.get(name, "")),
        )
        for name, machine in machines.items()
        if name not in letters
        for digest in _list_digests(probe, machine)[:_MOST_IN_TABLE] or [""]
    ]
    head = ("cluster", "machines", "digest (sha256)", "definition")
    return PageTable(title="Results", head=head, rows=tuple(rows))


def _list_costs(probe: ProbeComparison) -> PageTable | None:
    rows = [
        (
            machine,
            format_bytes(cost.peak_bytes),
            "" if cost.peak_ratio is None else f"{cost.peak_ratio:.3f}",
            format_seconds(cost.cold_s),
            format_seconds(cost.warm_s),
        )
        for machine, cost in probe.costs.items()
    ]
    head = ("machine", "peak memory (MLX)", "peak / result", "cold", "warm")
    return PageTable(title="Memory and time", head=head, rows=tuple(rows)) if rows else None


def _view_attribution(
    attribution: Attribution, machines: Mapping[str, MachineEvidence]
) -> AttributionView:
    title, *lines = describe_attribution(attribution, verbose=True)
    named = [name for name in machines if any(name in it for it in attribution.partition)]
    rows = [
        (
            render_list([fact.fact, *fact.also]),
            fact.fit.value.replace("-", " "),
            *(fact.values.get(name, "unknown") for name in named),
            fact.impact.value,
            fact.reason,
        )
        for fact in attribution.facts
    ]
    head = ("fact", "fit", *named, "can change bytes", "why")
    facts = (
        PageTable(title="Facts of the environment", head=head, rows=tuple(rows)) if rows else None
    )
    return AttributionView(title=title, lines=tuple(lines), facts=facts)
