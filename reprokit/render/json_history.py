"""The history of a probe as JSON, for other programs: `reprokit/history/1`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reprokit.model.history import Step
from reprokit.render.json import write_json
from reprokit.render.json_divergence import describe_divergence

if TYPE_CHECKING:
    from reprokit.model.history import HistoryEntry, ProbeHistory

HISTORY_SCHEMA = "reprokit/history/1"


def render_history(history: ProbeHistory) -> str:
    """Write a history as JSON text."""
    return write_json(describe_history(history))


def describe_history(history: ProbeHistory) -> dict[str, Any]:
    """Turn a history into what its JSON holds."""
    return {
        "schema": HISTORY_SCHEMA,
        "probe": history.probe,
        "definitions": list(history.definitions),
        "machines": [
            {
                "name": machine.machine,
                "family": machine.family,
                "entries": [_describe_entry(entry) for entry in machine.entries],
            }
            for machine in history.machines
        ],
        "summary": {step.value.replace("-", "_"): history.count(step) for step in Step},
    }


def _describe_entry(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "commit": entry.commit,
        "committed": entry.committed,
        "created": entry.created,
        "dirty": entry.dirty,
        "origin": entry.origin.value,
        "manifests": list(entry.manifests),
        "status": entry.status,
        "reason": entry.reason,
        "definition": entry.definition or None,
        "digest": entry.digest or None,
        "digests": list(entry.digests),
        "value": entry.value,
        "step": entry.step.value,
        "against": entry.against,
        "returns_to": entry.returns_to,
        "definition_changes": list(entry.definition_changes),
        "environment_changes": [asdict(it) for it in entry.environment_changes],
        "divergence": describe_divergence(entry.divergence) if entry.divergence else None,
        "same_moves": [
            {"machine": it.machine, "commit": it.commit, "without": list(it.without)}
            for it in entry.same_moves
        ],
    }
