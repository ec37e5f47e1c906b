"""An explanation as JSON, for other programs: `reprokit/explanation/1`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reprokit.render.json import write_json
from reprokit.render.json_divergence import describe_attribution, describe_divergence

if TYPE_CHECKING:
    from reprokit.model.explanation import Explanation

EXPLANATION_SCHEMA = "reprokit/explanation/1"


def render_explanation(explanation: Explanation) -> str:
    """Write an explanation as JSON text."""
    return write_json(describe_explanation(explanation))


def describe_explanation(explanation: Explanation) -> dict[str, Any]:
    """Turn an explanation into what its JSON holds: a pair for each two clusters."""
    return {
        "schema": EXPLANATION_SCHEMA,
        "probe": explanation.probe,
        "commits": dict(explanation.commits),
        "verdict": explanation.verdict.value,
        "expectation": explanation.expectation.value,
        "severity": explanation.severity.value,
        "reason": explanation.reason,
        "clusters": [
            {
                "machines": list(it.machines),
                "digest": it.digest,
                "definition": it.definition.digest,
                "dtype": it.result.dtype,
                "shape": list(it.result.shape),
                "source": it.source,
            }
            for it in explanation.clusters
        ],
        "pairs": [
            {"probe": explanation.probe, **describe_divergence(pair)} for pair in explanation.pairs
        ],
        "pairs_left_out": explanation.pairs_left_out,
        "searches": [
            {
                "digest": search.digest,
                "found": search.found,
                "tried": search.tried,
                "parts": [asdict(part) for part in search.parts],
            }
            for search in explanation.searches
        ],
        "attribution": [describe_attribution(it) for it in explanation.attributions],
        "occurrences": [asdict(it) for it in explanation.occurrences],
    }
