"""Divergences, costs and causes as parts of JSON documents."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reprokit.model.attribution import Attribution, FactFit
    from reprokit.model.divergence import Divergence, PartDifference
    from reprokit.model.witness import WitnessElement

MOST_ELEMENTS = 1000
"""So many elements of a witness are written; `elements_total` tells how many there are."""


def describe_divergence(divergence: Divergence) -> dict[str, Any]:
    """Turn a divergence into what JSON holds of it."""
    return {
        "baseline": list(divergence.baseline),
        "candidate": list(divergence.candidate),
        "baseline_digest": divergence.baseline_digest,
        "candidate_digest": divergence.candidate_digest,
        "distance": asdict(divergence.distance) if divergence.distance else None,
        "witness": describe_witness(divergence),
        "blocks": asdict(divergence.blocks) if divergence.blocks else None,
        "stage": divergence.first_stage,
        "stages": [_describe_part(part) for part in divergence.stages],
        "leaves": [_describe_part(part) for part in divergence.leaves],
        "gap": divergence.gap,
    }


def describe_witness(divergence: Divergence) -> dict[str, Any] | None:
    """Turn a witness into what JSON holds of it: its first elements, and how many differ."""
    witness, distance = divergence.witness, divergence.distance
    if witness is None:
        return None
    return {
        "elements": [_describe_element(it) for it in witness.elements[:MOST_ELEMENTS]],
        "elements_total": distance.differing if distance else len(witness.elements),
        "stage": witness.stage,
        "proven": witness.proven,
        "searched": witness.searched,
    }


def _describe_element(element: WitnessElement) -> dict[str, Any]:
    return {
        "index": element.index,
        "ulp": element.ulp,
        "baseline": f"0x{element.baseline:x}",
        "candidate": f"0x{element.candidate:x}",
        "stage_ulp": element.stage_ulp,
    }


def _describe_part(part: PartDifference) -> dict[str, Any]:
    return {
        "name": part.name,
        "state": part.state.value,
        "distance": asdict(part.distance) if part.distance else None,
        "blocks": asdict(part.blocks) if part.blocks else None,
    }


def describe_attribution(attribution: Attribution) -> dict[str, Any]:
    """Turn what is said of a cause into what JSON holds of it."""
    return {
        "partition": [list(cluster) for cluster in attribution.partition],
        "probes": list(attribution.probes),
        "facts": [_describe_fact(fact) for fact in attribution.facts],
        "signatures": [
            {
                "name": match.name,
                "evidence": list(match.evidence),
                "probes": list(match.probes),
                "source": match.source,
            }
            for match in attribution.signatures
        ],
        "crossing": list(attribution.crossing),
        "strength": attribution.strength,
    }


def _describe_fact(fact: FactFit) -> dict[str, Any]:
    return {
        "fact": fact.fact,
        "fit": fact.fit.value,
        "values": dict(fact.values),
        "impact": fact.impact.value,
        "reason": fact.reason,
        "also": list(fact.also),
    }
