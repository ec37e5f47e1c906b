"""A comparison as JSON, for other programs: `reprokit/comparison/1`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.model.comparison import Severity, Verdict
from reprokit.render.json_divergence import (
    describe_attribution,
    describe_divergence,
    describe_witness,
)

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, Cost, MachineEvidence, ProbeComparison

_SPECIAL = re.compile(r"[^\n -~]")
COMPARISON_SCHEMA = "reprokit/comparison/1"


def render_comparison(comparison: Comparison) -> str:
    """Write a comparison as JSON text."""
    return write_json(describe_comparison(comparison))


def write_json(value: object) -> str:
    """Write JSON as all of ours is written: two blanks a level, null for NaN, an end of line.

    What a terminal would obey or not show, as an escape or a change of direction, is written by its
    number, which means the same.
    """
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    if text.isascii() and "\x7f" not in text:
        return text + "\n"
    return _SPECIAL.sub(_escape, text) + "\n"


def _escape(match: re.Match[str]) -> str:
    return match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1]


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """Turn a comparison into what its JSON holds."""
    return {
        "schema": COMPARISON_SCHEMA,
        "commit": comparison.commit,
        "across_commits": comparison.commit is None,
        "machines": [describe_machine(machine) for machine in comparison.machines],
        "probes": [_describe_probe(probe) for probe in comparison.probes],
        "attribution": [describe_attribution(it) for it in comparison.attributions],
        "notes": list(comparison.notes),
        "summary": {
            **{verdict.value.replace("-", "_"): comparison.count(verdict) for verdict in Verdict},
            "blocking": comparison.count_severity(Severity.BLOCKING),
            "warnings": comparison.count_severity(Severity.WARNING),
        },
    }


def describe_machine(machine: MachineEvidence) -> dict[str, Any]:
    """Turn a machine's evidence into what JSON holds of it."""
    environment = machine.environment
    return {
        "name": machine.name,
        "family": machine.family,
        "chip": environment.hardware.chip,
        "memory_bytes": environment.hardware.memory_bytes,
        "os": environment.os.name,
        "os_version": environment.os.version,
        "os_build": environment.os.build,
        "python": environment.python.version,
        "mlx": environment.package_version("mlx"),
        "lock_sha256": environment.lock.sha256,
        "commit": machine.commit,
        "dirty": machine.dirty,
        "created": machine.created,
        "origin": machine.origin.kind.value,
        "manifests": [
            {"path": manifest.path, "sha256": manifest.sha256} for manifest in machine.manifests
        ],
    }


def _describe_probe(probe: ProbeComparison) -> dict[str, Any]:
    return {
        "id": probe.id,
        "verdict": probe.verdict.value,
        "expectation": probe.expectation.value,
        "severity": probe.severity.value,
        "reason": probe.reason,
        "clusters": [list(cluster) for cluster in probe.clusters],
        "definitions": dict(probe.definitions),
        "digests": dict(probe.digests),
        "states": dict(probe.states),
        "breaches": {machine: list(found) for machine, found in probe.breaches.items()},
        "better_than_promised": probe.better_than_promised,
        **_describe_first(probe),
        "divergences": [describe_divergence(it) for it in probe.divergences],
        "costs": {machine: _describe_cost(cost) for machine, cost in probe.costs.items()},
        "old_values": [asdict(it) for it in probe.old_values],
    }


def _describe_cost(cost: Cost) -> dict[str, Any]:
    return {
        "peak_bytes": cost.peak_bytes,
        "peak_ratio": cost.peak_ratio,
        "cold_s": cost.cold_s,
        "warm_s": cost.warm_s,
    }


def _describe_first(probe: ProbeComparison) -> dict[str, Any]:
    """Give what most readers want to know: how the largest cluster and the next one part."""
    first = probe.divergences[0] if probe.divergences else None
    return {
        "witness": describe_witness(first) if first else None,
        "first_differing_block": first.blocks.first if first and first.blocks else None,
        "stage": first.first_stage if first else None,
    }
