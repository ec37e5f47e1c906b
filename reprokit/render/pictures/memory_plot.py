"""The plot of memory: what a probe took at its peak, against what it gave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from math import log10
from typing import TYPE_CHECKING

from reprokit.model.units import format_bytes
from reprokit.render.pictures.axis import DecadeAxis, find_decades
from reprokit.render.pictures.canvas import (
    LINE_HEIGHT,
    MARGIN,
    Canvas,
    measure_text,
    shorten,
    write_number,
)
from reprokit.render.pictures.palette import LIGHT
from reprokit.render.text import render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from reprokit.model.comparison import Comparison, ProbeComparison
    from reprokit.render.pictures.canvas import Picture

LARGE_BYTES = 1024**2
"""The highest peaks are told of outputs of at least so many bytes: those of small ones are all
overhead."""

_LARGE = f"{LARGE_BYTES // 1024**2} MiB"
_MOST_TOLD = 3
_RATIOS = (1, 3)
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 538, 56, 356
_LEGEND = _BOTTOM + 58
_LONGEST_PROBE = 40
_LONGEST_MACHINE = 30

_OUTLINES = (
    ("m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "m4 0"),
    ("m-3.5-3.5h7v7h-7z", "m3.5 3.5"),
    ("m0-5l5 5l-5 5l-5-5z", "m0 5"),
    ("m0-4.5l4.5 8h-9z", "m0 4.5"),
    ("m-4-4l8 8m0-8l-8 8", "m4-4"),
    ("m-5 0h10m-5-5v10", "m0-5"),
    ("m0 4.5l-4.5-8h9z", "m0-4.5"),
    ("m-4 0l2-3.5h4l2 3.5l-2 3.5h-4z", "m4 0"),
)
"""Hollow shapes around a point, so that machines of equal peaks are seen through each other; each
with the way back to its point."""

_BARS = ("", "m-5 7h10", "m-5-7h10", "m-5 7h10m-10-14h10")
"""What tells shapes of the same outline apart: a bar below, above, or both."""

_MARKERS = tuple(
    outline + (back + bar if bar else "") for bar in _BARS for outline, back in _OUTLINES
)
MOST_MACHINES = len(_MARKERS)
"""So many have a shape of their own; more machines are told, not drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Point:
    probe: str
    machine: str
    output_bytes: int
    peak_bytes: int

    @property
    def ratio(self) -> float:
        return self.peak_bytes / self.output_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frame:
    across: DecadeAxis
    up: DecadeAxis


def draw_memory_plot(comparison: Comparison, *, name: str = "peak-memory") -> Picture | None:
    """Draw peaks of MLX's allocator against sizes of results, each machine by its own shape.

    Both axes are logarithmic, in bytes; lines mark 1 and 3 times the output.

    Args:
        comparison: What is drawn: of each machine the probes that it ran itself, and whose result
            has a known size.
        name: What the picture's ids begin with: a slug.

    Returns:
        The picture; None where there is no such probe.
    """
    points = _list_points(comparison)
    if not points:
        return None
    frame = _make_frame(points)
    machines = list(dict.fromkeys(point.machine for point in points))
    drawn = machines[:MOST_MACHINES]
    highest = _tell_highest(points)
    unseen = [*_tell_covered(frame, points, drawn), *_tell_left_out(comparison, points, machines)]
    told = [*highest, *unseen]
    canvas = Canvas()
    title = "Peak memory against the size of the result"
    canvas.add_text(title, MARGIN, 22, kind="title")
    _draw_axes(canvas, frame)
    for ratio in _RATIOS:
        _draw_ratio(canvas, frame, ratio)
    for index, machine in enumerate(drawn):
        _draw_points(canvas, frame, index, [it for it in points if it.machine == machine])
        _draw_legend(canvas, index, machine)
    for index, line in enumerate(told, len(drawn)):
        canvas.add_text(line, MARGIN, _LEGEND + index * LINE_HEIGHT, kind="muted")
    return canvas.finish(
        name,
        title=title,
        description=" ".join([_describe(points, machines, highest), *(f"{it}." for it in unseen)]),
        width=max(_RIGHT + 40, *(MARGIN + measure_text(line) for line in told)) + MARGIN,
        height=_LEGEND + (len(drawn) + len(told)) * LINE_HEIGHT,
    )


def has_large_results(comparison: Comparison) -> bool:
    """Tell whether a probe gave so much somewhere that its peak tells more than overhead."""
    return any(
        machine.probes[probe.id].record.size_bytes >= LARGE_BYTES
        for probe in comparison.probes
        for machine in comparison.machines
        if machine.name in probe.costs
    )


def _list_points(comparison: Comparison) -> list[_Point]:
    return [
        _Point(probe=probe.id, machine=machine.name, output_bytes=size_bytes, peak_bytes=peak_bytes)
        for probe in comparison.probes
        for machine in comparison.machines
        if probe.id in machine.probes and machine.name in probe.costs
        if (size_bytes := machine.probes[probe.id].record.size_bytes) > 0
        if (peak_bytes := probe.costs[machine.name].peak_bytes) > 0
    ]


def _make_frame(points: Sequence[_Point]) -> _Frame:
    across = find_decades(tuple(point.output_bytes for point in points))
    up = find_decades(tuple(point.peak_bytes for point in points))
    return _Frame(
        across=DecadeAxis(first=across[0], last=across[1], start=_LEFT, end=_RIGHT),
        up=DecadeAxis(first=up[0], last=up[1], start=_BOTTOM, end=_TOP),
    )


def _draw_axes(canvas: Canvas, frame: _Frame) -> None:
    """Draw the grid and name its powers of ten; of many only every third, so 1 kB, 1 MB, 1 GB."""
    lines = [f"M{write_number(frame.across.place(10**it))} {_TOP}V{_BOTTOM}" for it in frame.across]
    lines += [f"M{_LEFT} {write_number(frame.up.place(10**it))}H{_RIGHT}" for it in frame.up]
    canvas.add_path("".join(lines), "rule")
    for exponent in frame.across.list_named():
        canvas.add_text(
            _name_power(exponent),
            frame.across.place(10**exponent),
            _BOTTOM + 16,
            kind="muted",
            anchor="middle",
        )
    for exponent in frame.up.list_named():
        place = frame.up.place(10**exponent) + 4
        canvas.add_text(_name_power(exponent), _LEFT - 6, place, kind="muted", anchor="end")
    canvas.add_text("size of the result", (_LEFT + _RIGHT) / 2, _BOTTOM + 34, anchor="middle")
    canvas.add_text("peak (MLX)", MARGIN, _TOP - 8)


def _name_power(exponent: int) -> str:
    """Write a power of ten bytes, as `10 MB`."""
    return format_bytes(10**exponent).replace(".0 ", " ")


def _draw_ratio(canvas: Canvas, frame: _Frame, ratio: int) -> None:
    """Draw the line on which the peak is so many times the output, as far as the frame goes."""
    shift = log10(ratio)
    first = max(frame.across.first, frame.up.first - shift)
    last = min(frame.across.last, frame.up.last - shift)
    if first >= last:
        return
    places = [
        (frame.across.place_exponent(it), frame.up.place_exponent(it + shift))
        for it in (first, last)
    ]
    canvas.add_path("M{} {}L{} {}".format(*map(write_number, chain(*places))), "ratio")
    x, y = places[1]
    if y > _TOP:
        canvas.add_text(f"{ratio}×", x + 4, y + 4)  # noqa: RUF001 - the sign that it looks like
    else:
        canvas.add_text(f"{ratio}×", x, y - 5, anchor="middle")  # noqa: RUF001


def _draw_points(canvas: Canvas, frame: _Frame, index: int, points: Iterable[_Point]) -> None:
    """Draw a machine's points as one path, those of one place once."""
    places = dict.fromkeys(_place(frame, it) for it in points)
    marker = _MARKERS[index]
    commands = "".join(f"M{x} {y}{marker}" for x, y in places)
    canvas.add_path(commands, f"series series-{index % len(LIGHT.series)}")


def _place(frame: _Frame, point: _Point) -> tuple[int, int]:
    """Place a point, in whole pixels."""
    return round(frame.across.place(point.output_bytes)), round(frame.up.place(point.peak_bytes))


def _draw_legend(canvas: Canvas, index: int, machine: str) -> None:
    base = _LEGEND + index * LINE_HEIGHT
    marker = _MARKERS[index]
    kind = f"series series-{index % len(LIGHT.series)}"
    canvas.add_path(f"M{MARGIN + 6} {base - 4}{marker}", kind)
    canvas.add_text(shorten(machine, _LONGEST_MACHINE), MARGIN + 20, base)


def _tell_highest(points: Sequence[_Point]) -> list[str]:
    """Name the large results with the highest peaks, each probe once."""
    highest: dict[str, _Point] = {}
    for point in sorted(points, key=lambda it: -it.ratio):
        if point.output_bytes >= LARGE_BYTES:
            highest.setdefault(point.probe, point)
    if not highest:
        return [f"No result is as large as {_LARGE}"]
    told = [
        f"{shorten(it.probe, _LONGEST_PROBE)}: {it.ratio:.2f} times on "
        f"{shorten(it.machine, _LONGEST_MACHINE)}"
        for it in list(highest.values())[:_MOST_TOLD]
    ]
    return [f"Highest peaks of results of {_LARGE} and more:", *told]


def _tell_covered(
    frame: _Frame, points: Iterable[_Point], machines: Collection[str]
) -> Iterator[str]:
    """Say of how many probes markers of several machines lie at one place."""
    places = Counter((it.probe, *_place(frame, it)) for it in points if it.machine in machines)
    covered = {probe for (probe, _, _), count in places.items() if count > 1}
    if covered:
        count = render_count(len(covered), "probe")
        yield f"Markers of several machines over each other: {count} of about the same peak"


def _tell_left_out(
    comparison: Comparison, points: Iterable[_Point], machines: Sequence[str]
) -> Iterator[str]:
    """Say which machines are too many, and of how many probes there is no point, and why."""
    if len(machines) > MOST_MACHINES:
        yield f"Not drawn: {render_count(len(machines) - MOST_MACHINES, 'machine')}"
    drawn = {it.probe for it in points}
    reasons = Counter(_explain_absence(it) for it in comparison.probes if it.id not in drawn)
    if reasons:
        told = (f"{render_count(reasons[it], 'probe')} {it}" for it in sorted(reasons))
        yield f"Not drawn: {', '.join(told)}"


def _explain_absence(probe: ProbeComparison) -> str:
    """Say why a probe has no point: a logarithm knows no 0."""
    if not probe.costs:
        return "without a measured peak"
    is_none = all(it.peak_bytes == 0 for it in probe.costs.values())
    return "of peak 0" if is_none else "of an empty result"


def _describe(points: Sequence[_Point], machines: Sequence[str], told: Sequence[str]) -> str:
    probes = {point.probe for point in points}
    smallest, largest = (
        format_bytes(choose(point.output_bytes for point in points)) for choose in (min, max)
    )
    return (
        f"{render_count(len(probes), 'probe')} on {render_list(machines)}, results from {smallest} "
        f"to {largest}. {told[0]} {'; '.join(told[1:])}".rstrip()
        + "."
    )
