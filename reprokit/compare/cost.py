"""What probes take on each machine, in memory and time, and where one takes clearly more."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from reprokit.model.comparison import Cost
from reprokit.model.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.record import Record

GROWN_RATIO = 1.25
GROWN_BYTES = 1024**2
"""A peak is clearly above another where it is more than so many times it, and by so many bytes."""


def list_costs(probes: Mapping[str, ProbeRecord]) -> dict[str, Cost]:
    """List what one probe took on each machine that ran it: published digests have no runs."""
    costs = {machine: measure_cost(probe.record) for machine, probe in probes.items()}
    return {machine: cost for machine, cost in costs.items() if cost is not None}


def measure_cost(record: Record) -> Cost | None:
    """Sum up what a record's runs took; None for a record without runs."""
    runs = record.runs
    if not runs:
        return None
    peak_bytes = max(run.peak_bytes for run in runs)
    size_bytes = record.size_bytes
    return Cost(
        peak_bytes=peak_bytes,
        peak_ratio=peak_bytes / size_bytes if size_bytes else None,
        cold_s=median(run.cold_s for run in runs),
        warm_s=median(run.warm_s for run in runs),
    )


def find_grown_peaks(costs: Mapping[str, Cost]) -> str:
    """Find machines on which a probe's peak of memory is clearly above that of another.

    Args:
        costs: By machine, of machines that computed the same: of one definition.

    Returns:
        A clause as `peaks at 3.00 times its output on m1 (12.6 MB), 1.00 on m5 (4.2 MB)`: the
        machines that are clearly above the lowest, the highest first, and the lowest; empty where
        there is none.
    """
    ratios = {
        machine: (cost.peak_ratio, cost.peak_bytes)
        for machine, cost in costs.items()
        if cost.peak_ratio is not None
    }
    if not ratios:
        return ""
    lowest = min(ratios, key=lambda it: ratios[it][0])
    ratio, size_bytes = ratios[lowest]
    grown = [
        machine
        for machine, own in ratios.items()
        if own[0] > GROWN_RATIO * ratio and own[1] >= size_bytes + GROWN_BYTES
    ]
    if not grown:
        return ""
    first, *others = sorted(grown, key=lambda it: -ratios[it][0])
    words = [f"peaks at {ratios[first][0]:.2f} times its output{_place(first, ratios)}"]
    words += [f"{ratios[it][0]:.2f}{_place(it, ratios)}" for it in (*others, lowest)]
    return ", ".join(words)


def _place(machine: str, ratios: Mapping[str, tuple[float, int]]) -> str:
    return f" on {machine} ({format_bytes(ratios[machine][1])})"
