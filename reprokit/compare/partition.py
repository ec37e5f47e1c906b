"""The lines along which machines part, and how two of them, or a fact and one, lie together."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from reprokit.model.attribution import Fit
from reprokit.model.comparison import Verdict
from reprokit.model.probe import Expectation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reprokit.model.comparison import Comparison, ProbeComparison

Partition: TypeAlias = "tuple[tuple[str, ...], ...]"
"""Machines in clusters, none empty, two at least: the largest first, else by its first machine."""


class Line(NamedTuple):
    """A partition, and the probes that part along it, in the comparison's order."""

    partition: Partition
    probes: tuple[str, ...]


def find_lines(comparison: Comparison) -> tuple[Line, ...]:
    """Find each partition that occurs, that of the most probes first, else of the first probe.

    Machines of one definition are parted by their results; those that gave none, or not the same
    ones each time, are in no partition. Probes that nobody expects to repeat tell nothing.
    """
    places = {it.name: place for place, it in enumerate(comparison.machines)}
    lines: dict[Partition, list[str]] = {}
    for probe in comparison.probes:
        if probe.verdict is Verdict.DIFFERENT and probe.expectation is not Expectation.NEVER:
            for partition in _find_partitions(probe, places):
                lines.setdefault(partition, []).append(probe.id)
    ordered = sorted(lines.items(), key=lambda item: -len(item[1]))
    return tuple(Line(partition, tuple(probes)) for partition, probes in ordered)


def _find_partitions(probe: ProbeComparison, places: Mapping[str, int]) -> Iterator[Partition]:
    groups: dict[str, list[Sequence[str]]] = {}
    for cluster in probe.clusters:
        groups.setdefault(probe.definitions[cluster[0]], []).append(cluster)
    return (order_clusters(it, places) for it in groups.values() if len(it) > 1)


def order_clusters(clusters: Collection[Sequence[str]], places: Mapping[str, int]) -> Partition:
    """Write a partition in its one form.

    Args:
        clusters: Machines in clusters.
        places: Each machine's place.
    """
    members = (tuple(sorted(it, key=places.__getitem__)) for it in clusters)
    return tuple(sorted(members, key=lambda it: (-len(it), places[it[0]])))


def fit_values(values: Mapping[str, str], partition: Partition) -> Fit:
    """Hold a fact against a partition.

    Args:
        values: The fact's values by machine; machines of unknown value are left out.
        partition: The clusters.
    """
    pairs = [
        (values[name], cluster)
        for cluster, machines in enumerate(partition)
        for name in machines
        if name in values
    ]
    distinct = set(pairs)
    if len(distinct) > len({value for value, _ in distinct}):
        return Fit.RULED_OUT
    if len(pairs) < sum(map(len, partition)):
        return Fit.UNKNOWN
    return Fit.INDUCES if len(distinct) == len(partition) else Fit.REFINES


def crosses(one: Partition, other: Partition) -> bool:
    """Tell whether neither of two partitions refines the other, over the machines of both."""
    pairs = _pair_clusters(_number_clusters(one), _number_clusters(other))
    return len(pairs) > len({it for it, _ in pairs}) and len(pairs) > len({it for _, it in pairs})


def restricts(one: Partition, other: Partition) -> bool:
    """Tell whether `one` is what is left of `other` with fewer machines."""
    places, others = _number_clusters(one), _number_clusters(other)
    if len(places) >= len(others) or not places.keys() < others.keys():
        return False
    pairs = _pair_clusters(places, others)
    return len(pairs) == len(one) == len({it for _, it in pairs})


def _pair_clusters(one: Mapping[str, int], other: Mapping[str, int]) -> set[tuple[int, int]]:
    """List in which cluster of each of two partitions the machines of both are."""
    if one.keys() <= other.keys():
        return set(zip(one.values(), map(other.__getitem__, one), strict=True))
    return {(place, other[name]) for name, place in one.items() if name in other}


@lru_cache(maxsize=4096)  # each line is held against each other one
def _number_clusters(partition: Partition) -> dict[str, int]:
    return {name: place for place, cluster in enumerate(partition) for name in cluster}
