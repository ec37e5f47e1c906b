"""How clusters of machines part: in which elements or runs of bytes, and from which step on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reprokit.compare.array_difference import ArrayPair, KnownArray, describe_pair
from reprokit.compare.normal_probe import find_normal_draw
from reprokit.model.divergence import Divergence, PartDifference, PartState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reprokit.model.definition import Definition
    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.record import ArrayFacts, NamedArray
    from reprokit.model.witness import Witness

    MakePair = Callable[[ArrayFacts, ArrayFacts], ArrayPair]

TREE = "tree"
"""The dtype of a result that is a tree."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """What one cluster's records tell together: its members may know more or less of one array."""

    machines: tuple[str, ...]
    definition: Definition
    result: ArrayFacts
    stages: tuple[NamedArray, ...]
    leaves: tuple[NamedArray, ...]


def describe_divergences(
    probes: Mapping[str, ProbeRecord],
    clusters: Sequence[Sequence[str]],
    bits: Mapping[str, bytes],
    *,
    searched: Mapping[str, int] | None = None,
) -> tuple[Divergence, ...]:
    """Describe how the first cluster of each definition parts from each of its other ones.

    Args:
        probes: One probe's record of each machine.
        clusters: As a `ProbeComparison` has them; of one definition the largest first.
        bits: The bytes at hand by raw digest, wherever they come from.
        searched: For digests whose bytes were searched for, how many arrays were tried.

    Returns:
        The divergences, those of the first definition first.
    """
    groups: dict[str, list[Sequence[str]]] = {}
    for cluster in clusters:
        groups.setdefault(probes[cluster[0]].definition.digest, []).append(cluster)
    return tuple(
        describe_divergence(probes, (group[0], other), bits, searched=searched)
        for group in groups.values()
        for other in group[1:]
    )


def describe_divergence(
    probes: Mapping[str, ProbeRecord],
    pair: tuple[Sequence[str], Sequence[str]],
    bits: Mapping[str, bytes],
    *,
    searched: Mapping[str, int] | None = None,
) -> Divergence:
    """Describe how one cluster parts from another of the same definition.

    Args:
        probes: One probe's record of each machine.
        pair: Two clusters, the baseline first.
        bits: The bytes at hand by raw digest. Those that do not have their digest are not used, and
            the divergence's `gap` says so.
        searched: For digests whose bytes were searched for, how many arrays were tried.

    Raises:
        ValueError: Where no machine of a cluster has a result.
    """
    one, other = (_join_records(probes, cluster) for cluster in pair)
    make_pair = partial(_make_pair, (one, other), bits, searched or {})
    results = make_pair(one.result, other.result)
    difference = describe_pair(results)
    leaves = tuple(_compare_parts(one.leaves, other.leaves, make_pair))
    return Divergence(
        baseline=one.machines,
        candidate=other.machines,
        baseline_digest=one.result.digest,
        candidate_digest=other.result.digest,
        distance=difference.distance,
        witness=_measure_witness(results, one.definition) if difference.distance else None,
        blocks=difference.blocks,
        stages=tuple(it for it, _ in _compare_parts(one.stages, other.stages, make_pair)),
        leaves=tuple(it for it, _ in leaves),
        gap=_explain_tree_gap((one, other), leaves)
        if TREE == one.result.dtype == other.result.dtype
        else difference.gap,
    )


def _join_records(probes: Mapping[str, ProbeRecord], cluster: Sequence[str]) -> _Side:
    records = [probes[machine].record for machine in cluster]
    return _Side(
        machines=tuple(cluster),
        definition=probes[cluster[0]].definition,
        result=choose_result(probes, cluster),
        stages=next((it.stages for it in records if it.stages), ()),
        leaves=next((it.leaves for it in records if it.leaves), ()),
    )


def choose_result(probes: Mapping[str, ProbeRecord], cluster: Sequence[str]) -> ArrayFacts:
    """Choose the result that tells most of a cluster's array: of a published one dtype may lack.

    Raises:
        ValueError: Where no machine of the cluster has a result.
    """
    records = (probes[machine].record for machine in cluster)
    results = [it.result for it in records if it.result is not None]
    if not results:
        msg = f"no result of {', '.join(cluster)}"
        raise ValueError(msg)
    return max(results, key=lambda it: (bool(it.dtype), bool(it.blocks)))


def _make_pair(
    sides: tuple[_Side, _Side],
    bits: Mapping[str, bytes],
    searched: Mapping[str, int],
    baseline: ArrayFacts,
    candidate: ArrayFacts,
) -> ArrayPair:
    known = (
        KnownArray(machines=side.machines, facts=facts, bits=bits.get(facts.digest))
        for side, facts in zip(sides, (baseline, candidate), strict=True)
    )
    one, other = known
    return ArrayPair(
        baseline=one, candidate=other, rule=sides[0].definition.rule, searched=searched
    )


def _measure_witness(pair: ArrayPair, definition: Definition) -> Witness:
    from reprokit.numerics.distance import measure_witness

    one, other = pair.baseline, pair.candidate
    return measure_witness(
        one.bits or b"",
        other.bits or b"",
        one.facts.dtype,
        draw=find_normal_draw(definition, one.facts),
        searched=sum(pair.searched.get(it.facts.digest, 0) for it in (one, other)),
    )


def _compare_parts(
    baseline: Sequence[NamedArray], candidate: Sequence[NamedArray], make_pair: MakePair
) -> Iterator[tuple[PartDifference, str]]:
    """Compare stages or leaves by their names, in the baseline's order, then what is new.

    Yields:
        The part, and why it has no distance.
    """
    sides = [{it.name: it.array for it in parts} for parts in (baseline, candidate)]
    for name in {**sides[0], **sides[1]}:
        one, other = (side.get(name) for side in sides)
        state = _find_state(one, other)
        if one is None or other is None or state is not PartState.DIFFERENT:
            yield PartDifference(name=name, state=state), ""
            continue
        found = describe_pair(make_pair(one, other))
        blocks = None if found.distance else found.blocks
        part = PartDifference(name=name, state=state, distance=found.distance, blocks=blocks)
        yield part, found.gap


def _find_state(one: ArrayFacts | None, other: ArrayFacts | None) -> PartState:
    if one is None or other is None:
        return PartState.ABSENT
    if one.dtype and other.dtype and (one.dtype, one.shape) != (other.dtype, other.shape):
        return PartState.ABSENT
    return PartState.EQUAL if one.digest == other.digest else PartState.DIFFERENT


def _explain_tree_gap(
    sides: tuple[_Side, _Side], leaves: Sequence[tuple[PartDifference, str]]
) -> str:
    """Say of the first leaf that differs without a distance why that is."""
    for side in sides:
        if not side.leaves:
            holders = ", ".join(side.machines)
            return f"Of {holders} the leaves are unknown; a snapshot there would tell them."
    if all(it.state is not PartState.DIFFERENT for it, _ in leaves):
        return "No leaf that both trees have differs."
    return next((f"Leaf `{it.name}`: {gap}" for it, gap in leaves if gap), "")
