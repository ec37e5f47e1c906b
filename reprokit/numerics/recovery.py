"""Several digests of one definition: each array found helps to find the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.numerics.digest_search import Budget
from reprokit.numerics.witness import recover_witness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprokit.numerics.digest_search import Progress
    from reprokit.numerics.normal_steps import NormalDraw
    from reprokit.numerics.witness import Recovery


def recover_arrays(
    known: Sequence[bytes],
    digests: Sequence[str],
    dtype: str,
    *,
    draw: NormalDraw | None = None,
    budget: Budget | None = None,
    most_tries: int | None = None,
    processes: int = 1,
    report: Callable[[str, Progress], None] | None = None,
) -> Mapping[str, Recovery]:
    """Find the arrays that have digests, near to those at hand, then near to those found.

    Two machines may be nearer to each other than either is to a third, whose bits are at hand.

    Args:
        known: Little-endian bytes of arrays at hand, at least one; all of one definition.
        digests: Hex sha256 of the arrays that are looked for.
        dtype: As for `recover_witness`, and so are `draw` and `processes`.
        draw: The call, where it is known.
        budget: For each digest and each array that it is searched from.
        most_tries: Arrays to try over all of these together; None for no bound. Without one, many
            arrays at hand and many digests cost as much as their product.
        processes: How many search.
        report: Called after each batch, with the digest that is looked for.

    Returns:
        By digest, in the order given, what became of it; those that no search was left for are
        not there. Its witness is against the array that it was found from; of what was not found,
        the search from the first array is told.
    """
    bases, pending = list(known), list(dict.fromkeys(digests))
    recoveries: dict[str, Recovery] = {}
    left = most_tries
    for base in bases:  # grows by what is found
        for digest in list(pending):
            share = _bound(budget or Budget(), left)
            if share is None:
                break
            recovery = recover_witness(
                base,
                digest,
                dtype,
                draw=draw,
                budget=share,
                processes=processes,
                report=_name_digest(report, digest),
            )
            left = None if left is None else left - recovery.searched
            recoveries[digest] = _join(recoveries.get(digest), recovery)
            if recovery.candidate is not None:
                pending.remove(digest)
                bases.append(recovery.candidate)
    return {digest: recoveries[digest] for digest in digests if digest in recoveries}


def _bound(budget: Budget, left: int | None) -> Budget | None:
    """Cut a budget to what is left of all tries; None where nothing is."""
    if left is None:
        return budget
    return replace(budget, candidates=min(budget.candidates, left)) if left > 0 else None


def _join(before: Recovery | None, recovery: Recovery) -> Recovery:
    """Join the searches for one digest: the one that found it is told, else the first."""
    if before is None:
        return recovery
    told, other = (before, recovery) if recovery.candidate is None else (recovery, before)
    return replace(told, tried_elsewhere=told.tried_elsewhere + other.searched)


def _name_digest(
    report: Callable[[str, Progress], None] | None, digest: str
) -> Callable[[Progress], None] | None:
    return None if report is None else lambda progress: report(digest, progress)
