"""How a likely cause is said, in sentences that every format uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.attribution import Fit
from reprokit.render.cells import describe_partition
from reprokit.render.text import FEW, name_probes, render_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.attribution import Attribution, FactFit

_FIT_WORDS = {
    Fit.INDUCES: "fits",
    Fit.REFINES: "fits, though machines that agree differ in it",
    Fit.UNKNOWN: "not known of all",
    Fit.RULED_OUT: "ruled out as the whole cause",
}
"""What is said of facts, by how their values lie against the clusters."""


def describe_attribution(attribution: Attribution, *, verbose: bool = False) -> tuple[str, ...]:
    """Say along which line probes part, what fits it, what does not, and how far to trust that.

    Args:
        attribution: The line and what was held against it.
        verbose: Whether to name all probes and facts where else many are only counted.

    Returns:
        The first line names partition and probes; those after it belong to it.
    """
    return tuple(_list_lines(attribution, verbose=verbose))


def _list_lines(attribution: Attribution, *, verbose: bool) -> Iterator[str]:
    names = name_probes(attribution.probes, verbose=verbose)
    yield f"{describe_partition(attribution.partition)}: {names}"
    for match in attribution.signatures:
        yield f"cause {match.name}: {' '.join(match.evidence)} ({match.source})"
    for fit, word in _FIT_WORDS.items():
        facts = [it for it in attribution.facts if it.fit is fit]
        if facts:
            yield f"{word}: {_name_facts(facts, attribution.partition, verbose=verbose)}"
    if attribution.strength:
        yield attribution.strength


def _name_facts(
    facts: Sequence[FactFit], partition: Sequence[Sequence[str]], *, verbose: bool
) -> str:
    shown = facts if verbose else facts[:FEW]
    told = [_describe_fact(it, partition, verbose=verbose) for it in shown]
    left = len(facts) - len(shown)
    return ", ".join([*told, *([f"{left} more"] if left else [])])


def _describe_fact(fact: FactFit, partition: Sequence[Sequence[str]], *, verbose: bool) -> str:
    """Write a fact and its values, cluster by cluster: `GPU generation (15, 17 | 13)`."""
    names = render_list([fact.fact, *fact.also])
    if fact.also and not verbose:
        names = f"{fact.fact} with {len(fact.also)} alike"
    values = " | ".join(_list_values(fact, cluster) for cluster in partition)
    return f"{names} ({values})" if fact.values else names


def _list_values(fact: FactFit, cluster: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(fact.values.get(machine, "?") for machine in cluster))
