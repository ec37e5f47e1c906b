"""The milestone: a dated document, markdown and JSON, that states what was found at a commit."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from reprokit.model.comparison import Severity, Verdict
from reprokit.model.manifest import OriginKind
from reprokit.model.names import short
from reprokit.model.units import format_bytes, format_seconds
from reprokit.render.cells import (
    UNKNOWN,
    count_verdicts,
    describe_chip,
    describe_partition,
    describe_system,
    list_partitions,
)
from reprokit.render.json import describe_comparison, write_json
from reprokit.render.markdown import render_notes, render_results
from reprokit.render.text import escape_markdown, render_list, render_markdown_table

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.model.environment import Environment
    from reprokit.model.manifest import ProbeRecord

MILESTONE_SCHEMA = "reprokit/milestone/1"
LARGE_BYTES = 1024**2
"""Probes with a result of at least so many bytes have a row in the table of memory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Milestone:
    """What a milestone is made of.

    Attributes:
        name: Its slug, as `r1-cross-machine`.
        date: `2026-05-20`.
        why: Why it was made, in the user's words; may be empty.
        command: The command that makes it again.
        comparison: What it states.
    """

    name: str
    date: str
    why: str
    command: str
    comparison: Comparison

    @property
    def stem(self) -> str:
        """The documents' name without an ending."""
        return f"{self.name}-{self.date}"


def render_json(milestone: Milestone) -> str:
    """Write the milestone's JSON."""
    document: dict[str, Any] = {
        "schema": MILESTONE_SCHEMA,
        "name": milestone.name,
        "date": milestone.date,
        "why": milestone.why,
        "command": milestone.command,
        "comparison": describe_comparison(milestone.comparison),
    }
    return write_json(document)


def render_markdown(milestone: Milestone) -> str:
    """Write the milestone's markdown."""
    comparison = milestone.comparison
    sections = [
        _render_header(milestone),
        _section("Why", escape_markdown(milestone.why)),
        _section("Setup", _render_setup(comparison)),
        _section("Method", _render_method(milestone)),
        _section("Results", _render_findings(comparison)),
        _section("Peak memory and time", _render_memory(comparison)),
        _section("What was not measured", _render_excluded(comparison)),
        _section("Provenance", _render_provenance(comparison)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _render_header(milestone: Milestone) -> str:
    comparison = milestone.comparison
    commit = f"`{comparison.commit}`" if comparison.commit else "across commits"
    machines = render_list([machine.name for machine in comparison.machines])
    lines = [
        f"# {milestone.name}: {machines}",
        "",
        f"**Date:** {milestone.date}  ",
        f"**Commit:** {commit}  ",
        f"**Status:** {_state_status(comparison)}  ",
        f"**Data:** [{milestone.stem}.json]({milestone.stem}.json)",
    ]
    return "\n".join(lines)


def _state_status(comparison: Comparison) -> str:
    blocks = comparison.count_severity(Severity.BLOCKING)
    if len(comparison.machines) == 1:
        return "one machine: nothing was compared" + (f"; {blocks} blocking" if blocks else "")
    if comparison.count(Verdict.IDENTICAL) == len(comparison.probes) and not blocks:
        return f"all {len(comparison.probes)} probes identical"
    return f"{'blocked' if blocks else 'nothing blocks'}: {count_verdicts(comparison)}"


def _render_setup(comparison: Comparison) -> str:
    names = [f"`{machine.name}`" for machine in comparison.machines]
    facts = [_describe_setup(machine) for machine in comparison.machines]
    rows = [[name, *(escape_markdown(fact[name]) for fact in facts)] for name in facts[0]]
    return render_markdown_table(["", *names], rows)


def _describe_setup(machine: MachineEvidence) -> dict[str, str]:
    environment = machine.environment
    hardware = environment.hardware
    mlx = next((item for item in environment.packages if item.name == "mlx"), None)
    memory = hardware.memory_bytes
    lock = environment.lock.sha256
    return {
        "chip": describe_chip(environment),
        "family": machine.family,
        "memory": f"{memory / 1024**3:.0f} GiB" if memory else UNKNOWN,
        "system": describe_system(environment),
        "build": _tell(environment, "os.build", environment.os.build),
        "C library": _tell(environment, "os.libc", environment.os.libc),
        "Python": environment.python.version or UNKNOWN,
        "mlx": mlx.version if mlx else UNKNOWN,
        "mlx wheel": (mlx.wheel if mlx else None) or UNKNOWN,
        "uv.lock": short(lock) if lock else _tell(environment, "lock.sha256", None),
        "commit": machine.commit + (" with uncommitted changes" if machine.dirty else ""),
        "evidence": f"{machine.origin.kind}, {machine.created}",
    }


def _tell(environment: Environment, fact: str, value: str | None) -> str:
    """Write a fact; what is unknown with its reason, and a dash where it does not apply."""
    reason = next((gap.reason for gap in environment.gaps if gap.fact == fact), None)
    return value or (f"{UNKNOWN}: {reason}" if reason else "-")


def _render_method(milestone: Milestone) -> str:
    comparison = milestone.comparison
    measured = [it for it in comparison.machines if it.origin.kind is OriginKind.MEASURED]
    published = [it for it in comparison.machines if it.origin.kind is OriginKind.PUBLISHED]
    sentences = [
        (
            "Each probe is one seeded op with fixed arguments. Its digest is the sha256 of the "
            "array's little-endian C-order bytes; machines of equal digest form a cluster."
        ),
    ]
    if measured:
        sentences.append(
            f"Measured by `reprokit snapshot` on {render_list([it.name for it in measured])}, "
            "every repeat in a process that had not run the probe before, which runs it twice: "
            "`cold`, then `warm`."
        )
    if published:
        sources = dict.fromkeys(source for it in published for source in it.origin.sources)
        sentences.append(
            f"Published by others, not measured by reprokit: "
            f"{render_list([it.name for it in published])}, from "
            f"{escape_markdown(render_list(list(sources)))}."
        )
    return "\n\n".join([*sentences, f"```console\n$ {milestone.command}\n```"])


def _render_findings(comparison: Comparison) -> str:
    different = [it for it in comparison.probes if it.verdict is Verdict.DIFFERENT]
    parts = [
        f"{count_verdicts(comparison)}.",
        render_results(comparison, verbose=True),
        _render_partitions(different),
        render_notes(comparison),
    ]
    return "\n\n".join(part for part in parts if part)


def _render_partitions(different: list[ProbeComparison]) -> str:
    """List the ways in which machines part, and the probes that part so."""
    partitions: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for probe in different:
        for clusters in list_partitions(probe):
            partitions.setdefault(clusters, []).append(f"`{probe.id}`")
    lines = [
        f"- {describe_partition(clusters)}: {render_list(probes)}"
        for clusters, probes in partitions.items()
    ]
    return "The machines part as follows.\n\n" + "\n".join(lines) if lines else ""


def _render_memory(comparison: Comparison) -> str:
    rows = [
        row
        for probe in comparison.probes
        for machine in comparison.machines
        if probe.id in machine.probes
        for row in _describe_memory(machine, machine.probes[probe.id])
    ]
    head = ("probe", "machine", "output", "peak (MLX)", "peak / output", "RSS", "cold", "warm")
    return render_markdown_table(head, rows) if rows else ""


def _describe_memory(machine: MachineEvidence, probe: ProbeRecord) -> list[list[str]]:
    """Give the row of a large probe, medians over its repeats; none for a small one."""
    result, runs = probe.record.result, probe.record.runs
    if result is None or not runs or result.size_bytes < LARGE_BYTES:
        return []
    size = result.size_bytes
    peak = median(run.peak_bytes for run in runs)
    resident = [run.peak_rss_bytes for run in runs if run.peak_rss_bytes is not None]
    return [
        [
            f"`{probe.id}`",
            machine.name,
            format_bytes(size),
            format_bytes(int(peak)),
            f"{peak / size:.3f}",
            format_bytes(int(median(resident))) if resident else UNKNOWN,
            format_seconds(median(run.cold_s for run in runs)),
            format_seconds(median(run.warm_s for run in runs)),
        ]
    ]


def _render_excluded(comparison: Comparison) -> str:
    suites = dict.fromkeys(suite for machine in comparison.machines for suite in machine.suites)
    lines = [
        f"- `{suite.name}`: {escape_markdown(suite.excludes)}" for suite in suites if suite.excludes
    ]
    return "\n".join(dict.fromkeys(lines))


def _render_provenance(comparison: Comparison) -> str:
    rows = [
        [machine.name, f"`{manifest.path}`", f"`{manifest.sha256}`"]
        for machine in comparison.machines
        for manifest in machine.manifests
    ]
    return render_markdown_table(("machine", "manifest", "sha256"), rows)
