"""Where a digest occurs among manifests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.given import make_given_record
from reprokit.compare.recovery import collect_bits, list_wanted, search_wanted
from reprokit.model.explanation import Occurrence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.compare.explanation import SearchPlan
    from reprokit.model.manifest import Manifest, ProbeRecord

RESULT = "result"


def find_occurrences(digest: str, manifests: Iterable[Manifest]) -> tuple[Occurrence, ...]:
    """Find every place at which a digest, or what begins with its digits, stands.

    Args:
        digest: Hex digits of a sha256, all 64 or the first ones.
        manifests: Where to look.
    """
    return tuple(
        Occurrence(
            machine=manifest.machine,
            commit=manifest.commit,
            manifest=manifest.path,
            probe=probe.id,
            part=part,
        )
        for manifest in manifests
        for probe in manifest.probes
        for part, known in _list_digests(probe)
        if known.startswith(digest)
    )


def complete_digest(digits: str, manifests: Iterable[Manifest]) -> str | None:
    """Find the one digest that begins with some digits; None where none does, or several do.

    Args:
        digits: The first hex digits of a sha256.
        manifests: Where to look.
    """
    found = {
        known
        for manifest in manifests
        for probe in manifest.probes
        for _, known in _list_digests(probe)
        if known.startswith(digits)
    }
    return found.pop() if len(found) == 1 else None


def _list_digests(probe: ProbeRecord) -> Iterator[tuple[str, str]]:
    record = probe.record
    result = record.result.digest if record.result is not None else ""
    if result:
        yield RESULT, result
    for leaf in record.leaves:
        yield f"leaf {leaf.name}", leaf.array.digest
    for stage in record.stages:
        yield f"stage {stage.name}", stage.array.digest
    if record.control is not None and record.control.result is not None:
        yield "control", record.control.result.digest
    for number, run in enumerate(record.runs, 1):
        others = dict.fromkeys((run.digest, run.warm_digest))
        yield from ((f"repeat {number}", other) for other in others if other != result)


def find_probe(digest: str, manifests: Sequence[Manifest], plan: SearchPlan) -> str | None:
    """Find the probe that a digest is of: one that gave it, else one that gave something near.

    Args:
        digest: Hex sha256.
        manifests: Where to look.
        plan: How far to search, over all definitions together.

    Returns:
        The probe's id; None where neither is found.
    """
    here = (it.probe for it in find_occurrences(digest, manifests) if it.part == RESULT)
    return next(here, None) or _search_probe(digest, manifests, plan)


def _search_probe(digest: str, manifests: Sequence[Manifest], plan: SearchPlan) -> str | None:
    """Search near what each definition gave, each with the same share of the budget."""
    definitions: dict[str, list[ProbeRecord]] = {}
    for manifest in manifests:
        for probe in manifest.probes:
            definitions.setdefault(probe.definition.digest, []).append(probe)
    bits = collect_bits(probe for group in definitions.values() for probe in group)
    jobs = [
        (group[0].id, wanted)
        for group in definitions.values()
        for wanted in list_wanted(
            [make_given_record(digest, group[0])],
            bits,
            others=group,
            largest_bytes=plan.largest_bytes,
        )
    ]
    share = max(1, len(jobs))
    wall_s = None if plan.budget.wall_s is None else plan.budget.wall_s / share
    budget = replace(plan.budget, candidates=max(1, plan.budget.candidates // share), wall_s=wall_s)
    for name, wanted in jobs:
        found = search_wanted(wanted, budget, processes=plan.processes, report=plan.report)
        if found[digest].candidate is not None:
            return name
    return None
