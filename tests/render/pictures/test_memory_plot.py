"""The plot of peaks of memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.completion import add_side_findings
from reprokit.compare.verdict import compare_machines
from reprokit.model.record import Status
from reprokit.render.pictures.axis import DecadeAxis, find_decades
from reprokit.render.pictures.memory_plot import MOST_MACHINES, draw_memory_plot
from tests.builders import make_evidence, make_probe, make_record
from tests.render.pictures.comparisons import compare_weights, compare_words, make_weighed
from tests.render.pictures.drawn import parse

if TYPE_CHECKING:
    from reprokit.render.pictures.canvas import Picture

MIB = 1024**2


def test_each_machine_has_its_own_shape_and_name() -> None:
    """Machines of the same peaks are told apart by shape, and named beside it."""
    probes = {"small": (1000, 4000), "large": (4 * MIB, 12 * MIB)}
    picture = draw_memory_plot(compare_weights({"m1": probes, "m5": probes}))
    assert picture is not None
    drawn = parse(picture)
    assert {"m1", "m5"} <= set(drawn.texts)
    paths = [it for it in drawn.root if it.attrib.get("class", "").startswith("series")]
    shapes = [it.attrib["d"].partition("m")[2].partition("M")[0] for it in paths]
    assert len(set(shapes)) == 2
    assert [it.attrib["d"].count("M") for it in paths] == [2, 1, 2, 1]


def list_shapes(picture: Picture) -> list[str]:
    """List the shapes of the points of each machine, as they stand in the legend."""
    paths = [it for it in parse(picture).root if it.attrib.get("class", "").startswith("series")]
    return [it.attrib["d"].partition("m")[2].partition("M")[0] for it in paths[1::2]]


@pytest.mark.parametrize("count", [10, MOST_MACHINES, MOST_MACHINES + 3])
def test_no_two_machines_share_a_shape(count: int) -> None:
    """Color alone tells none apart; machines that are too many for that are told."""
    names = [f"m{it}" for it in range(count)]
    picture = draw_memory_plot(compare_weights({it: {"p": (MIB, 2 * MIB)} for it in names}))
    assert picture is not None
    shapes = list_shapes(picture)
    assert len(shapes) == len(set(shapes)) == min(count, MOST_MACHINES)
    told = [it for it in parse(picture).texts if "Not drawn" in it]
    assert told == ["Not drawn: 3 machines"] * (count > MOST_MACHINES)


def walk(marker: str) -> tuple[float, float]:
    """Follow a marker's steps that leave its outline, and return where its last bar begins."""
    steps = re.findall(r"([a-zA-Z])([^a-zA-Z]*)", f"m{marker}")
    x = y = 0.0
    start = (x, y)
    for command, text in steps:
        numbers = [float(it) for it in re.findall(r"-?[0-9.]+", text)]
        if command == "m":
            start = (x + numbers[0], y + numbers[1])
            x, y = start
        elif command == "z":
            x, y = start
        else:
            x += numbers[-2] if command in "la" else numbers[0] if command == "h" else 0
            y += numbers[-1] if command in "lav" else 0
    return x, y


def test_bars_lie_below_and_above_their_shapes() -> None:
    """Ten wide, and seven from the point, whatever the outline."""
    names = [f"m{it}" for it in range(MOST_MACHINES)]
    picture = draw_memory_plot(compare_weights({it: {"p": (MIB, 2 * MIB)} for it in names}))
    assert picture is not None
    shapes = list_shapes(picture)
    ends = [walk(it) for it in shapes[8:]]
    assert ends == [(5, 7)] * 8 + [(5, -7)] * 16


def test_points_lie_where_their_bytes_are() -> None:
    """On logarithmic axes each power of ten is as far from the last, on both alike."""
    probes = {f"probe-{it}": (10**it, 10 ** (it + 1)) for it in range(3, 8)}
    picture = draw_memory_plot(compare_weights({"m1": probes}))
    assert picture is not None
    points = next(it for it in parse(picture).root if "series-0" in it.attrib.get("class", ""))
    places = [it.partition("m")[0].split() for it in points.attrib["d"].split("M")[1:]]
    across, up = ([int(place[at]) for place in places] for at in (0, 1))
    assert across == [78 + 115 * it for it in range(5)]
    assert up == [356 - 75 * it for it in range(5)]


def test_lines_mark_once_and_thrice_the_output() -> None:
    """A peak of three times its output lies on the line that says so."""
    probes = {"one": (10**6, 3 * 10**6), "two": (10**8, 10**8)}
    picture = draw_memory_plot(compare_weights({"m1": probes}))
    assert picture is not None
    drawn = parse(picture)
    assert {"1×", "3×"} <= set(drawn.texts)  # noqa: RUF001 - as it is written
    assert drawn.kinds["ratio"] == 1


def test_highest_peaks_of_large_results_are_told() -> None:
    """Each probe once, with the machine on which it is highest; small results are overhead."""
    picture = draw_memory_plot(
        compare_weights(
            {
                "m1": {"tiny": (8, 80_000), "draw": (4 * MIB, 12 * MIB)},
                "m5": {"tiny": (8, 160_000), "draw": (4 * MIB, 6 * MIB)},
            }
        )
    )
    assert picture is not None
    told = parse(picture).texts[-2:]
    assert told == ["Highest peaks of results of 1 MiB and more:", "draw: 3.00 times on m1"]
    assert picture.description == (
        "2 probes on m1 and m5, results from 8 B to 4.2 MB. Highest peaks of results of 1 MiB "
        "and more: draw: 3.00 times on m1."
    )


def test_a_large_result_is_one_of_a_mebibyte() -> None:
    """One of 1,024,000 bytes is none, though it has 1.0 MB; the words say which limit it is."""
    picture = draw_memory_plot(compare_weights({"m1": {"softmax": (1_024_000, 3_000_000)}}))
    assert picture is not None
    assert parse(picture).texts[-1] == "No result is as large as 1 MiB"


def test_markers_over_each_other_are_told() -> None:
    """Where machines have the same peak one marker covers the other; once for each probe."""
    same, other = (MIB, 2 * MIB), (MIB, 3 * MIB)
    weights = {
        "m1": {"one": same, "two": same, "three": same},
        "m3": {"one": same, "two": other, "three": same},
        "m5": {"one": same, "two": (MIB, 9 * MIB), "three": other},
    }
    picture = draw_memory_plot(compare_weights(weights))
    assert picture is not None
    line = "Markers of several machines over each other: 2 probes of about the same peak"
    assert parse(picture).texts[-1] == line
    assert picture.description.endswith(
        f"9.00 times on m5; three: 3.00 times on m5; one: 2.00 times on m1. {line}."
    )
    apart = draw_memory_plot(compare_weights({"m1": {"one": same}, "m3": {"one": other}}))
    assert apart is not None
    assert "over each other" not in apart.svg


def test_probes_without_a_point_are_counted_with_the_reason() -> None:
    """Those of peak 0, of an empty result, and those that gave no peak."""
    machines = [
        make_evidence(
            name,
            make_weighed("drawn", MIB, 2 * MIB),
            make_weighed("once", MIB, size),
            *(make_weighed(f"view-{it}", 8, 0) for it in range(3)),
            make_weighed("empty", 0, 64),
            make_probe("failed", record=make_record(status=Status.FAILED)),
        )
        for name, size in (("m1", 0), ("m3", 4 * MIB))
    ]
    picture = draw_memory_plot(add_side_findings(compare_machines(machines, commit="0" * 12)))
    assert picture is not None
    line = (
        "Not drawn: 1 probe of an empty result, 3 probes of peak 0, 1 probe without a measured peak"
    )
    assert parse(picture).texts[-1] == line
    assert picture.description.startswith("2 probes on m1 and m3, ")
    assert picture.description.endswith(f" {line}.")


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0), (0, 0)])
def test_nothing_is_drawn_of_nothing(sizes: tuple[int, int]) -> None:
    """A logarithm knows no 0: without a size or a peak there is no point, and so no picture."""
    assert draw_memory_plot(compare_weights({"m1": {"probe": sizes}})) is None
    assert make_record().size_bytes == 32
    assert draw_memory_plot(compare_words({"probe": ["failed", "failed"]})) is None


def test_large_comparison_stays_small() -> None:
    """Ten machines and 500 probes."""
    weights = {
        f"machine-{machine}": {
            f"probe-{it}": (100 * 2 ** (it % 20) + it, 900 * 2 ** (it % 23) + it * machine)
            for it in range(500)
        }
        for machine in range(10)
    }
    picture = draw_memory_plot(compare_weights(weights))
    assert picture is not None
    parse(picture)
    assert len(picture.svg) < 200_000


def test_decades_hold_all_numbers() -> None:
    """An axis begins and ends at a power of ten, and never is a single point."""
    assert find_decades((1,)) == (0, 1)
    assert find_decades((1000,)) == (3, 4)
    assert find_decades((999, 1001)) == (2, 4)
    axis = DecadeAxis(first=3, last=10, start=0, end=70)
    assert axis.place(10**9) == pytest.approx(60)
    assert axis.list_named() == [3, 6, 9]
