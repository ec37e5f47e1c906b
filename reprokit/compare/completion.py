"""What a comparison says beyond its verdicts: by how much machines part, and perhaps why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.divergence import describe_divergences
from reprokit.compare.explanation import FoundBits, SearchPlan, find_bits
from reprokit.compare.recovery import collect_bits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.comparison import Comparison, ProbeComparison
    from reprokit.model.manifest import ProbeRecord

_LARGEST_SEARCHED_BYTES = 1024
"""Larger arrays are left to `explain`, so that a comparison stays quick."""

_TRIES = 20_000
"""Arrays tried from each array at hand: known machines part in what some thousands find."""

_ALL_TRIES = 200_000
"""Over all probes, a fifth of a second. There is no bound on time: what a comparison says does not
depend on the machine that makes it."""


def add_divergences(comparison: Comparison) -> Comparison:
    """Say of each probe that parts how its clusters do.

    The bytes come from manifests; small arrays of which only the digest is known are searched for.
    """
    probes: list[ProbeComparison] = []
    left = _ALL_TRIES
    for probe in comparison.probes:
        if not probe.parts:
            probes.append(probe)
            continue
        records = {
            it.name: it.probes[probe.id] for it in comparison.machines if probe.id in it.probes
        }
        found = _find_bits(records, min(_TRIES, left))
        left -= sum(found.searched.values())
        divergences = describe_divergences(
            records, probe.clusters, found.bits, searched=found.searched
        )
        probes.append(replace(probe, divergences=divergences))
    return replace(comparison, probes=tuple(probes))


def _find_bits(records: Mapping[str, ProbeRecord], tries: int) -> FoundBits:
    if tries <= 0:
        return FoundBits(bits=collect_bits(records.values()), recoveries={})
    from reprokit.numerics.digest_search import Budget  # most comparisons search for nothing

    budget = Budget(candidates=tries, wall_s=None)
    plan = SearchPlan(budget=budget, largest_bytes=_LARGEST_SEARCHED_BYTES)
    return find_bits(records.values(), (), plan)
