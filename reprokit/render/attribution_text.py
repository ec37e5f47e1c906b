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
            yield f"{word}: {_name_facts(facts, verbose=verbose)}"
    if attribution.strength:
        yield attribution.strength


def _name_facts(facts: Sequence[FactFit], *, verbose: bool) -> str:
    shown = facts if verbose else facts[:FEW]
    told = [_describe_fact(it, verbose=verbose) for it in shown]
    left = len(facts) - len(shown)
    return ", ".join([*told, *([f"{left} more"] if left else [])])


def _describe_fact(fact: FactFit, *, verbose: bool) -> str:
    by_value: dict[str, list[str]] = {}
    for machine, value in fact.values.items():
        by_value.setdefault(value, []).append(machine)
    values = "; ".join(f"{value} on {render_list(names)}" for value, names in by_value.items())
    names = render_list([fact.fact, *fact.also])
    if fact.also and not verbose:
        names = f"{fact.fact} with {len(fact.also)} alike"
    return f"{names} ({values})" if values else names
