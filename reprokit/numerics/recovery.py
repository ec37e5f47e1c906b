"""Several digests of one definition: each array found helps to find the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.numerics.witness import recover_witness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprokit.numerics.digest_search import Budget, Progress
    from reprokit.numerics.normal_steps import NormalDraw
    from reprokit.numerics.witness import Recovery


def recover_arrays(
    known: Sequence[bytes],
    digests: Sequence[str],
    dtype: str,
    *,
    draw: NormalDraw | None = None,
    budget: Budget | None = None,
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
        processes: How many search.
        report: Called after each batch, with the digest that is looked for.

    Returns:
        By digest, in the order given, what became of it. Its witness is against the array that it
        was found from; of what was not found, the search from the first array is told.
    """
    bases, pending = list(known), list(dict.fromkeys(digests))
    recoveries: dict[str, Recovery] = {}
    for base in bases:  # grows by what is found
        for digest in list(pending):
            recovery = recover_witness(
                base,
                digest,
                dtype,
                draw=draw,
                budget=budget,
                processes=processes,
                report=_name_digest(report, digest),
            )
            recoveries.setdefault(digest, recovery)
            if recovery.candidate is not None:
                recoveries[digest] = recovery
                pending.remove(digest)
                bases.append(recovery.candidate)
    return {digest: recoveries[digest] for digest in digests}


def _name_digest(
    report: Callable[[str, Progress], None] | None, digest: str
) -> Callable[[Progress], None] | None:
    return None if report is None else lambda progress: report(digest, progress)
