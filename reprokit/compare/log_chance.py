"""How often a change that another cause made would look like one of `log`."""

from __future__ import annotations

from math import floor, log10, prod
from typing import TYPE_CHECKING

from reprokit.model.witness import LOG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reprokit.compare.signature_evidence import PartedProbe

FLOAT32_CHANCES = {1: 0.24, 2: 0.09, 3: 0.01}
"""Of a float32 normal that changed by so many ulps: how often a `log` within two ulps does that."""


def tell_chance(probes: Iterable[PartedProbe]) -> str:
    """Say how often changes as large as a line's witnesses would all fit `log` by chance.

    The chances of elements are multiplied, as of causes that know nothing of `log`; a result that
    several probes give counts once.

    Args:
        probes: Float32 draws whose witnesses `log` explains; others say nothing.

    Returns:
        A sentence; empty where there is nothing to say.
    """
    ulps: dict[tuple[str, str], tuple[int, ...]] = {}
    for probe in probes:
        if (probe.definition.dtype or "float32") != "float32":
            continue
        for divergence in probe.divergences:
            witness = divergence.witness
            if witness is None or witness.stage != LOG or divergence.first_stage != LOG:
                continue
            pair = (divergence.baseline_digest, divergence.candidate_digest)
            ulps[min(pair), max(pair)] = tuple(abs(it.ulp or 0) for it in witness.elements)
    sizes = [ulp for own in ulps.values() for ulp in own]
    if not sizes or any(size not in FLOAT32_CHANCES for size in sizes):
        return ""
    chance = prod(FLOAT32_CHANCES[size] for size in sizes)
    if len(sizes) == 1:
        return f"A change as large that had another cause would fit by chance {_write(chance)}."
    return f"Changes as large that had other causes would all fit by chance {_write(chance)}."


def _write(chance: float) -> str:
    """Write a chance as one in a number of one digit and zeros: no more is known of it."""
    times = 1 / chance
    step = 10 ** floor(log10(times))
    return f"about 1 time in {round(times / step) * step:,}"
