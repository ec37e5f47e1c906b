"""Facts of several environments side by side: those that are not the same on all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.environment_diff import rank_fact
from reprokit.model.environment_difference import FactDifference, Impact
from reprokit.model.environment_facts import flatten_environment
from reprokit.model.manifest import OriginKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence


def tabulate_differences(machines: Sequence[MachineEvidence]) -> tuple[FactDifference, ...]:
    """List what differs, the likeliest causes of other bytes first.

    A fact that is a gap of some machines, or that nobody told of a machine whose results were
    published, is told as `unknown` where the others agree: whether it differs cannot be said.

    Args:
        machines: What is known of each.
    """
    facts = {it.name: flatten_environment(it.environment) for it in machines}
    gaps = {it.name: {gap.fact: gap.reason for gap in it.environment.gaps} for it in machines}
    observed = {it.name for it in machines if it.origin.kind is OriginKind.MEASURED}
    found = []
    for name in dict.fromkeys(name for own in facts.values() for name in own):
        values = {
            machine: own.get(name)
            for machine, own in facts.items()
            if own.get(name) is not None or (machine in observed and name not in gaps[machine])
        }
        if len(set(values.values())) > 1:
            impact, reason = rank_fact(name)
        elif len(values) < len(facts) and any(it is not None for it in values.values()):
            impact, reason = Impact.UNKNOWN, _tell_gaps(name, gaps)
        else:
            continue
        found.append(FactDifference(fact=name, values=values, impact=impact, reason=reason))
    return tuple(sorted(found, key=lambda item: list(Impact).index(item.impact)))


def _tell_gaps(name: str, gaps: Mapping[str, Mapping[str, str]]) -> str:
    reasons = dict.fromkeys(own[name] for own in gaps.values() if name in own)
    return ": ".join(["not known of all", *filter(None, ["; ".join(reasons)])])
