"""Which golden hashes can be taken over into baselines, and which stand against what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reprokit.model.baseline import (
    Baseline,
    BaselineEntry,
    BaselineStatus,
    Review,
    put_entries,
)
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.chips import find_family
from reprokit.model.golden import GoldenProblem
from reprokit.model.names import short
from reprokit.model.record import ArrayFacts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reprokit.model.golden import GoldenHash


@dataclass(kw_only=True, slots=True)
class TakenOver:
    """What becomes of golden hashes in one baseline.

    Attributes:
        baseline: With what was taken over.
        fresh: What was taken over.
        known: What was there already.
        problems: What stands against an entry that is there.
    """

    baseline: Baseline
    fresh: list[GoldenHash] = field(default_factory=list)
    known: list[GoldenHash] = field(default_factory=list)
    problems: list[GoldenProblem] = field(default_factory=list)


def group_by_family(
    hashes: Iterable[GoldenHash], family: str
) -> tuple[dict[str, list[GoldenHash]], list[GoldenProblem]]:
    """Find the family of each hash.

    Args:
        hashes: All of them.
        family: The family of those that name no chip, or one that nobody knows; empty for none.
            It can stand for one such chip, not for several.

    Returns:
        Hashes by family, and why others are of none.
    """
    hashes = tuple(hashes)
    families = {chip: find_family(chip) for chip in {it.chip for it in hashes}}
    strange = {chip for chip, found in families.items() if found is None}
    groups: dict[str, list[GoldenHash]] = {}
    problems = []
    for own in hashes:
        found = families[own.chip] or (family if len(strange) == 1 else "")
        if found:
            groups.setdefault(found, []).append(own)
        else:
            problems.append(GoldenProblem(place=own.place, reason=_refuse(own, family, strange)))
    return groups, problems


def _refuse(own: GoldenHash, family: str, strange: set[str]) -> str:
    said = f"`{own.chip}` is no chip whose family is known" if own.chip else "names no chip"
    if family:
        named = ", ".join(f"`{it}`" if it else "none" for it in sorted(strange))
        return f"{said}, and `--family` cannot mean several ({named}): give their files one by one"
    return f"{said}: say which family with `--family`"


def take_over(baseline: Baseline, hashes: Sequence[GoldenHash], *, by: str, at: str) -> TakenOver:
    """Put golden hashes into a baseline, where nothing is there that says otherwise.

    Args:
        baseline: As it is now.
        hashes: Of its family.
        by: Who takes them over.
        at: When, UTC.
    """
    taken = TakenOver(baseline=baseline)
    differing = _find_differing(hashes)
    there = _index_entries(baseline)
    fresh: dict[BaselineKey, list[BaselineEntry]] = {}
    for own in hashes:
        key = BaselineKey(mlx=own.mlx)
        known = there.get((key, own.name))
        if (own.mlx, own.name) in differing:
            reason = f"other files say otherwise of it for {baseline.family} ({key})"
            taken.problems.append(GoldenProblem(place=own.place, reason=reason))
        elif known is None:
            entry = make_golden_entry(own, by=by, at=at)
            fresh.setdefault(key, []).append(entry)
            there[key, own.name] = entry
            taken.fresh.append(own)
        elif (known.result.digest, known.status) == (own.digest, own.status):
            taken.known.append(own)
        else:
            taken.problems.append(GoldenProblem(place=own.place, reason=_explain(own, known)))
    for key, entries in fresh.items():
        taken.baseline = put_entries(taken.baseline, key, entries)
    return taken


def _find_differing(hashes: Iterable[GoldenHash]) -> set[tuple[str | None, str]]:
    """Find what several files say different things of."""
    seen: dict[tuple[str | None, str], set[tuple[str, BaselineStatus]]] = {}
    for own in hashes:
        seen.setdefault((own.mlx, own.name), set()).add((own.digest, own.status))
    return {name for name, said in seen.items() if len(said) > 1}


def _index_entries(baseline: Baseline) -> dict[tuple[BaselineKey, str], BaselineEntry]:
    """Index what stands under each key and is of no single machine."""
    return {
        (table.key, entry.id): entry
        for table in baseline.tables
        for entry in table.entries
        if not entry.machine
    }


def _explain(own: GoldenHash, there: BaselineEntry) -> str:
    said = f"{there.status} by {there.review.by} on {there.review.at[:10]}"
    if there.result.digest == own.digest:
        return f"is `{own.word}`, and in the baseline {said}: left as it is"
    return f"is {short(own.digest)}, and in the baseline {short(there.result.digest)}, {said}"


def make_golden_entry(own: GoldenHash, *, by: str, at: str) -> BaselineEntry:
    """Make the entry of a golden hash; nothing is known of its elements."""
    reason = f"imported from {own.file}, `{own.word}` there: a digest over what its authors wrote"
    return BaselineEntry(
        id=own.name,
        status=own.status,
        result=ArrayFacts(digest=own.digest),
        review=Review(by=by, at=at, reason=reason, commit=own.commit),
    )
