"""Where clusters of machines break what a probe promises, and which families part in themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.probe import Expectation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def breaks_promise(
    expectation: Expectation, clusters: Sequence[Sequence[str]], families: Mapping[str, str]
) -> bool:
    """Tell whether clusters of one definition are parted where the promise binds them.

    Args:
        expectation: The promise.
        clusters: Machines of equal results.
        families: Each machine's family.
    """
    if expectation is Expectation.EVERYWHERE:
        return len(clusters) > 1
    if expectation is Expectation.FAMILY:
        return bool(list_parted_families(clusters, families))
    return False


def list_parted_families(
    clusters: Sequence[Sequence[str]], families: Mapping[str, str]
) -> tuple[str, ...]:
    """List the families whose machines are in several of the clusters."""
    seen = [family for group in clusters for family in dict.fromkeys(families[it] for it in group)]
    return tuple(family for family in dict.fromkeys(seen) if seen.count(family) > 1)
