"""What probes take on each machine, in memory and time, and where one takes clearly more."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from reprokit.model.comparison import Cost
from reprokit.model.run_columns import RunColumns
from reprokit.model.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.record import Record, Runs

GROWN_RATIO = 1.25
GROWN_BYTES = 1024**2
"""A peak is clearly above another where it is more than so many times it, and by so many bytes."""


def list_costs(probes: Mapping[str, ProbeRecord]) -> dict[str, Cost]:
    """List what one probe took on each machine that ran it: published digests have no runs."""
    costs: dict[str, Cost] = {}
    sizes: dict[tuple[int, int], int] = {}
    for machine, probe in probes.items():
        record = probe.record
        arrays = (
            id(record.result),
            id(record.leaves),
        )  # shared by machines that were read together
        if arrays not in sizes:
            sizes[arrays] = record.size_bytes
        cost = _sum_up(record.runs, sizes[arrays])
        if cost is not None:
            costs[machine] = cost
    return costs


def measure_cost(record: Record) -> Cost | None:
    """Sum up what a record's runs took; None for a record without runs."""
    return _sum_up(record.runs, record.size_bytes)


def _sum_up(runs: Runs, size_bytes: int) -> Cost | None:
    if type(runs) is RunColumns:  # by far most, and faster told so than by isinstance
        peaks, cold_s, warm_s = runs.peak_bytes, runs.cold_s, runs.warm_s
    elif not runs:
        return None
    else:
        peaks = tuple(run.peak_bytes for run in runs)
        cold_s = tuple(run.cold_s for run in runs)
        warm_s = tuple(run.warm_s for run in runs)
    peak_bytes = max(peaks)
    return Cost(
        peak_bytes=peak_bytes,
        peak_ratio=peak_bytes / size_bytes if size_bytes else None,
        cold_s=_find_median(cold_s),
        warm_s=_find_median(warm_s),
    )


def _find_median(values: tuple[float, ...]) -> float:
    """Find the median; of two, which most probes have, in a tenth of the time of any number."""
    if len(values) == 2:  # noqa: PLR2004
        return (values[0] + values[1]) / 2
    return median(values)


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
    if not ratios or max(ratios.values())[0] <= GROWN_RATIO * min(ratios.values())[0]:
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
