"""One probe over machines, down to its elements; what is not at hand is searched for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from reprokit.compare.attribution import attribute
from reprokit.compare.divergence import choose_result, describe_divergence
from reprokit.compare.recovery import (
    NOTHING_KEPT,
    collect_bits,
    join_bits,
    list_wanted,
    search_wanted,
)
from reprokit.compare.verdict import compare_probe
from reprokit.model.comparison import Comparison
from reprokit.model.explanation import ExplainedCluster, Explanation, Search, SearchedPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from reprokit.model.comparison import MachineEvidence, ProbeComparison
    from reprokit.model.manifest import ProbeRecord
    from reprokit.numerics.digest_search import Budget, Progress
    from reprokit.numerics.witness import Recovery

    ClusterPair: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...]]"


MOST_PAIRED = 8
"""Of more clusters not each two are held side by side: thirty would make 435 pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPlan:
    """How digests are searched for.

    Attributes:
        budget: For each digest and each array that it is searched from.
        largest_bytes: Larger arrays are not searched for.
        most_tries: Over all digests and arrays of one probe together; None for no bound.
        processes: How many search.
        report: Called after each batch, with the digest that is looked for.
    """

    budget: Budget
    largest_bytes: int
    most_tries: int | None = None
    processes: int = 1
    report: Callable[[str, Progress], None] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundBits:
    """Bytes by digest, and how those that no manifest holds were found.

    Attributes:
        bits: The bytes, which may be read only when they are asked for.
        recoveries: What became of the digests that were searched for.
        held: The digests whose bytes manifests hold.
    """

    bits: Mapping[str, bytes]
    recoveries: Mapping[str, Recovery]
    held: frozenset[str] = frozenset()

    @property
    def searched(self) -> dict[str, int]:
        """How many arrays were tried for each digest that was searched for."""
        return {digest: it.searched for digest, it in self.recoveries.items()}


def find_bits(
    probes: Iterable[ProbeRecord],
    others: Iterable[ProbeRecord],
    plan: SearchPlan,
    *,
    kept: Mapping[str, bytes] = NOTHING_KEPT,
) -> FoundBits:
    """Find the bytes of a probe's results: in manifests, else where they were kept, else by search.

    Args:
        probes: The records whose bytes are wanted.
        others: Records of the same probe, elsewhere and at other commits: a search may begin from
            their bytes.
        plan: How far to search.
        kept: Bytes of arrays by digest, wherever they come from.
    """
    wanted_of = tuple(probes)
    held = collect_bits((*wanted_of, *others))
    bits = join_bits(held, kept)
    recoveries: dict[str, Recovery] = {}
    left = plan.most_tries
    for wanted in list_wanted(wanted_of, bits, others=others, largest_bytes=plan.largest_bytes):
        searched = search_wanted(
            wanted, plan.budget, most_tries=left, processes=plan.processes, report=plan.report
        )
        recoveries |= searched
        left = None if left is None else left - sum(it.searched for it in searched.values())
    found = {digest: it.candidate for digest, it in recoveries.items() if it.candidate is not None}
    return FoundBits(bits=join_bits(found, bits), recoveries=recoveries, held=frozenset(held))


def explain_probe(
    name: str,
    machines: Sequence[MachineEvidence],
    others: Sequence[ProbeRecord],
    plan: SearchPlan,
    *,
    kept: Mapping[str, bytes] = NOTHING_KEPT,
) -> Explanation:
    """Explain one probe: who gave what, and how each two clusters part.

    Args:
        name: The probe's id.
        machines: Evidence that has it.
        others: Its records of other machines and commits, whose bytes may help a search.
        plan: How far to search for bytes that are nowhere at hand.
        kept: Bytes of arrays by digest that no manifest holds.
    """
    probe = compare_probe(name, machines)
    records = {item.name: item.probes[name] for item in machines}
    found = find_bits(records.values(), others, plan, kept=kept)
    chosen, left_out = _choose_pairs(probe)
    pairs = tuple(
        describe_divergence(records, pair, found.bits, searched=found.searched) for pair in chosen
    )
    told = Comparison(
        commit=None, machines=tuple(machines), probes=(replace(probe, divergences=pairs),)
    )
    return Explanation(
        probe=name,
        commits={item.name: item.commit for item in machines},
        verdict=probe.verdict,
        expectation=probe.expectation,
        severity=probe.severity,
        reason=probe.reason,
        clusters=tuple(_explain_cluster(it, records, found) for it in probe.clusters),
        pairs=pairs,
        pairs_left_out=left_out,
        searches=tuple(describe_search(*it) for it in found.recoveries.items()),
        attributions=attribute(told),
    )


def _choose_pairs(probe: ProbeComparison) -> tuple[list[ClusterPair], int]:
    """Choose which clusters of one definition to hold side by side; count what is left out."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for cluster in probe.clusters:
        groups.setdefault(probe.definitions[cluster[0]], []).append(cluster)
    pairs = [pair for group in groups.values() for pair in combinations(group, 2)]
    many = [group for group in groups.values() if len(group) > MOST_PAIRED]
    others = {cluster for group in many for cluster in group[1:]}
    chosen = [pair for pair in pairs if pair[0] not in others]
    return chosen, len(pairs) - len(chosen)


def _explain_cluster(
    cluster: tuple[str, ...], records: Mapping[str, ProbeRecord], found: FoundBits
) -> ExplainedCluster:
    result = choose_result(records, cluster)
    return ExplainedCluster(
        machines=cluster,
        digest=result.digest,
        definition=records[cluster[0]].definition,
        result=result,
        source=_name_source(result.digest, found),
    )


def _name_source(digest: str, found: FoundBits) -> str:
    recovery = found.recoveries.get(digest)
    if recovery is not None:
        return f"found by search, {recovery.searched} tried" if recovery.candidate else ""
    if digest in found.held:
        return "kept in a manifest"
    return "kept by a snapshot" if digest in found.bits else ""


def describe_search(digest: str, recovery: Recovery) -> Search:
    """Tell what was searched for a digest, without the bytes."""
    return Search(
        digest=digest,
        found=recovery.candidate is not None,
        tried=recovery.searched,
        parts=tuple(
            SearchedPart(
                stage=it.stage,
                span=it.span,
                tried=it.result.searched,
                complete_changes=it.result.complete_changes,
                exhausted=it.result.exhausted,
            )
            for it in recovery.attempts
        ),
    )
