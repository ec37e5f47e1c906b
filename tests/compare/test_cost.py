"""What probes take side by side, and when a peak of memory counts as grown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.compare.cost import (
    GROWN_BYTES,
    GROWN_RATIO,
    find_grown_peaks,
    list_costs,
    measure_cost,
)
from reprokit.model.comparison import Cost
from reprokit.model.record import ArrayFacts, NamedArray, Record, Status
from tests.builders import QUICK, make_digest, make_probe, make_record, make_run

OUTPUT_BYTES = 4 * 1024**2


def cost(ratio: float | None, *, output_bytes: int = OUTPUT_BYTES) -> Cost:
    """Make the cost of a probe that peaks at so many times its output."""
    peak_bytes = round((ratio or 0) * output_bytes)
    return Cost(peak_bytes=peak_bytes, peak_ratio=ratio, cold_s=0.1, warm_s=0.01)


def test_costs_are_summed_up_over_runs() -> None:
    """The greatest peak counts, and the medians of times; a single slow run moves neither."""
    record = make_record()
    taken = [(0.25, 0.002, 64), (0.75, 0.004, 320), (9.0, 0.003, 128)]
    runs = tuple(
        replace(make_run(), cold_s=cold_s, warm_s=warm_s, peak_bytes=peak_bytes)
        for cold_s, warm_s, peak_bytes in taken
    )
    assert measure_cost(replace(record, runs=runs)) == Cost(
        peak_bytes=320, peak_ratio=10.0, cold_s=0.75, warm_s=0.003
    )


def test_costs_are_of_machines_that_ran_it_themselves() -> None:
    """A published record has no runs, nor has a skipped one; one that does not repeat has some."""
    probes = {
        "m1": make_probe(),
        "m3": make_probe(record=replace(make_record(), runs=())),
        "m5": make_probe(record=make_record(status=Status.SKIPPED)),
        "m7": make_probe(record=make_record(status=Status.UNSTABLE)),
    }
    assert list(list_costs(probes)) == ["m1", "m7"]


@pytest.mark.parametrize(
    ("result", "leaves", "ratio"),
    [
        (ArrayFacts(digest=make_digest("a")), (), None),
        (ArrayFacts(digest=make_digest("a"), dtype="float32", shape=(0,)), (), None),
        (ArrayFacts(digest=make_digest("a"), dtype="bfloat16", shape=(64, 4)), (), 8.0),
        (ArrayFacts(digest=make_digest("a"), dtype="tree"), ("float32", "uint8"), 4096 / 40),
        (ArrayFacts(digest=make_digest("a"), dtype="tree"), ("float32", ""), None),
        (None, (), None),
    ],
)
def test_ratios_are_of_the_whole_output(
    result: ArrayFacts | None, leaves: tuple[str, ...], ratio: float | None
) -> None:
    """A tree's size is that of its leaves; without a size there is no ratio."""
    record = Record(
        status=Status.OK,
        result=result,
        leaves=tuple(
            NamedArray(
                name=f"leaf{index}",
                array=ArrayFacts(digest=make_digest("a"), dtype=dtype, shape=(8,)),
            )
            for index, dtype in enumerate(leaves)
        ),
        runs=(make_run(),),
    )
    measured = measure_cost(record)
    assert measured is not None
    assert measured.peak_ratio == ratio


@pytest.mark.parametrize(
    ("ratios", "finding"),
    [
        (
            {"m1": 3.0, "m5": 1.0},
            "peaks at 3.00 times its output on m1 (12.6 MB), 1.00 on m5 (4.2 MB)",
        ),
        (
            {"m1": 1.5, "m3": 1.0, "m4": 1.1, "m5": 4.0},
            "peaks at 4.00 times its output on m5 (16.8 MB), 1.50 on m1 (6.3 MB), 1.00 on m3",
        ),
        ({"m1": 1.25, "m5": 1.0}, ""),
        ({"m1": 1.26, "m5": 1.0}, "peaks at 1.26 times its output on m1 (5.3 MB), 1.00 on m5"),
        ({"m1": 3.0}, ""),
        ({"m1": 3.0, "m5": None}, ""),
        ({"m1": None, "m5": None}, ""),
        ({}, ""),
    ],
)
def test_grown_peaks(ratios: dict[str, float | None], finding: str) -> None:
    """Those clearly above the lowest are told, the highest first; others are no finding."""
    found = find_grown_peaks({machine: cost(ratio) for machine, ratio in ratios.items()})
    assert found.startswith(finding)
    assert bool(found) == bool(finding)


def test_small_arrays_grow_unnoticed() -> None:
    """What is less than a MiB may be a page or a cache."""
    small = {"m1": cost(3.0, output_bytes=GROWN_BYTES // 2 - 2), "m5": cost(1.0, output_bytes=1)}
    assert find_grown_peaks({**small, "m5": cost(1.0, output_bytes=GROWN_BYTES // 2 - 2)}) == ""
    enough = {name: cost(it, output_bytes=GROWN_BYTES // 2) for name, it in (("a", 3.0), ("b", 1))}
    assert find_grown_peaks(enough) == (
        "peaks at 3.00 times its output on a (1.6 MB), 1.00 on b (524.3 kB)"
    )


def test_no_memory_at_all_is_below_any() -> None:
    """A device that needs none beside the output can be the lowest."""
    found = find_grown_peaks({"m1": cost(0.5), "m5": cost(0.0)})
    assert found == "peaks at 0.50 times its output on m1 (2.1 MB), 0.00 on m5 (0 B)"


@QUICK
@given(st.dictionaries(st.sampled_from(["m1", "m2", "m3", "m4"]), st.floats(0, 100), max_size=4))
def test_a_finding_is_a_peak_above_the_lowest(ratios: dict[str, float]) -> None:
    """There is one exactly where the highest is clearly above the lowest."""
    costs = {machine: cost(ratio) for machine, ratio in ratios.items()}
    grown = bool(ratios) and any(
        it.peak_ratio is not None
        and it.peak_ratio > GROWN_RATIO * min(ratios.values())
        and it.peak_bytes - min(other.peak_bytes for other in costs.values()) >= GROWN_BYTES
        for it in costs.values()
    )
    found = find_grown_peaks(costs)
    assert bool(found) == grown
    named = [machine for machine in ratios if f" on {machine} " in found]
    assert not grown or max(ratios, key=lambda it: ratios[it]) in named
