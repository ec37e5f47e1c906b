"""The heat map: which machines gave the same bytes of which probes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.render.cells import (
    count_verdicts,
    describe_partition,
    describe_verdict,
    group_unparted,
    letter_clusters,
    list_partitions,
)
from reprokit.render.pictures.canvas import (
    LINE_HEIGHT,
    MARGIN,
    Canvas,
    measure_text,
    measure_title,
    shorten,
)
from reprokit.render.pictures.palette import name_cluster
from reprokit.render.text import name_probes, render_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reprokit.model.comparison import Comparison, ProbeComparison
    from reprokit.render.pictures.canvas import Picture

MOST_ROWS = 32
"""Of so many probes each has a row; of more those that agree share one, or those that lack alike,
then those that part alike; and what is left over is told."""

MOST_MACHINES = 24
"""Columns; more machines are told, not drawn."""

_MOST_PARTITIONS = 6
_CELL_WIDTH = 30
_CELL_HEIGHT = 20
_LONGEST_PROBE = 34
_LONGEST_MACHINE = 22
_SLOPE = 0.71
"""Of a length at 45 degrees, its width and its height."""

_STATE_MARKS = {
    "unstable": ("u", "trouble"),
    "failed": ("f", "trouble"),
    "crashed": ("c", "trouble"),
    "timed-out": ("t", "trouble"),
    "skipped": ("s", "gap"),
    "missing": ("-", "gap"),
}
_NO_BYTES = ("?", "gap")
_JOINED_FIRST = frozenset({Verdict.IDENTICAL, Verdict.MISSING})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A row of the map: one probe, or several of the same marks."""

    name: str
    probes: int
    marks: tuple[tuple[str, str], ...]
    """For each machine what is written, and the kind of its cell."""

    kind: Verdict
    verdict: str
    """In words, as it is written beside the row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """What is drawn, and where the cells are: coordinates in whole pixels."""

    heads: Sequence[str]
    rows: Sequence[_Row]
    labels: Sequence[str]
    left: int
    top: int
    right: float

    def column(self, index: int) -> int:
        """Return where a column begins."""
        return self.left + index * _CELL_WIDTH


def draw_heat_map(comparison: Comparison, *, name: str = "heat-map") -> Picture:
    """Draw machines against probes: a letter and a color for each cluster.

    Up to MOST_ROWS probes have a row each. Of more, those of the same marks that agree share a row,
    and those that are missing on the same machines; where that is not enough, all of the same marks
    do.

    Args:
        comparison: What is drawn.
        name: What the picture's ids begin with: a slug.
    """
    machines = [machine.name for machine in comparison.machines[:MOST_MACHINES]]
    rows = _list_rows(comparison.probes, machines)
    grid = _lay_out(machines, rows[:MOST_ROWS])
    canvas = Canvas()
    title = (
        f"Clusters of {render_count(len(comparison.machines), 'machine')} over "
        f"{render_count(len(comparison.probes), 'probe')}"
    )
    canvas.add_text(title, MARGIN, 22, kind="title")
    _draw_heads(canvas, grid)
    _draw_cells(canvas, grid)
    _draw_words(canvas, grid)
    lines = [*_list_legend(grid.rows), *_list_left_out(comparison, rows[MOST_ROWS:])]
    bottom = grid.top + len(grid.rows) * _CELL_HEIGHT
    for index, line in enumerate(lines):
        canvas.add_text(line, MARGIN, bottom + 22 + index * LINE_HEIGHT, kind="muted")
    widths = [MARGIN + it for it in (measure_title(title), *map(measure_text, lines))]
    return canvas.finish(
        name,
        title=title,
        description=_describe(comparison),
        width=max(grid.right, *widths) + MARGIN,
        height=bottom + 16 + len(lines) * LINE_HEIGHT + MARGIN,
    )


def _lay_out(machines: Sequence[str], rows: Sequence[_Row]) -> _Grid:
    heads = [shorten(machine, _LONGEST_MACHINE) for machine in machines]
    labels = [_label(row) for row in rows]
    left = MARGIN + max(map(measure_text, labels), default=0) + 8
    edge = left + len(heads) * _CELL_WIDTH
    widest_verdict = max((measure_text(row.verdict) for row in rows), default=0)
    widest_head = max(map(measure_text, heads), default=0) * _SLOPE
    return _Grid(
        heads=heads,
        rows=rows,
        labels=labels,
        left=round(left),
        top=round(50 + widest_head),
        right=edge + max(widest_verdict + 6, widest_head),
    )


def _list_rows(probes: Sequence[ProbeComparison], machines: Sequence[str]) -> list[_Row]:
    """List the rows, those that part first, joined as far as there are too many."""
    rows = [_make_row(probe, machines) for probe in probes]
    if len(rows) <= MOST_ROWS:
        return rows
    parting = [row for row in rows if row.kind not in _JOINED_FIRST]
    others = _join(row for row in rows if row.kind in _JOINED_FIRST)
    if len(parting) + len(others) > MOST_ROWS:
        parting = _join(parting)
    return [*parting, *others]


def _make_row(probe: ProbeComparison, machines: Sequence[str]) -> _Row:
    letters = letter_clusters(probe)
    verdict = describe_verdict(probe)
    blocks = probe.severity is Severity.BLOCKING
    return _Row(
        name=probe.id,
        probes=1,
        marks=tuple(_mark(probe, machine, letters.get(machine)) for machine in machines),
        kind=probe.verdict,
        verdict=f"{verdict}, BLOCKING" if blocks else verdict,
    )


def _mark(probe: ProbeComparison, machine: str, letter: str | None) -> tuple[str, str]:
    if letter is not None:
        return letter, name_cluster(letter)
    return _STATE_MARKS.get(probe.states[machine], _NO_BYTES)


def _join(rows: Iterable[_Row]) -> list[_Row]:
    """Join rows of the same marks and verdict, under the name of the first; the largest first."""
    joined: dict[tuple[object, ...], list[_Row]] = {}
    for row in rows:
        joined.setdefault((row.marks, row.verdict), []).append(row)
    found = [replace(it[0], probes=len(it)) for it in joined.values()]
    return sorted(found, key=lambda row: -row.probes)


def _label(row: _Row) -> str:
    if row.probes > 1 and row.kind is Verdict.IDENTICAL:
        return render_count(row.probes, "probe")
    more = f" and {row.probes - 1} more" if row.probes > 1 else ""
    return shorten(row.name, _LONGEST_PROBE) + more


def _draw_heads(canvas: Canvas, grid: _Grid) -> None:
    for index, head in enumerate(grid.heads):
        canvas.add_text(head, grid.column(index) + 17, grid.top - 6, turned=45)


def _draw_cells(canvas: Canvas, grid: _Grid) -> None:
    """Draw the cells, those of one kind as one path."""
    cells: dict[str, list[str]] = {}
    for row, line in enumerate(grid.rows):
        for column, (_, kind) in enumerate(line.marks):
            place = f"M{grid.column(column)} {grid.top + row * _CELL_HEIGHT}"
            cells.setdefault(kind, []).append(f"{place}h28v18h-28z")
    for kind in sorted(cells):
        canvas.add_path("".join(cells[kind]), kind)


def _draw_words(canvas: Canvas, grid: _Grid) -> None:
    """Write the marks into the cells, and names and verdicts beside them."""
    for row, (line, label) in enumerate(zip(grid.rows, grid.labels, strict=True)):
        base = grid.top + row * _CELL_HEIGHT + 13
        canvas.add_text(label, grid.left - 8, base, anchor="end")
        for column, (mark, _) in enumerate(line.marks):
            canvas.add_text(mark, grid.column(column) + 14, base, kind="cell")
        canvas.add_text(line.verdict, grid.column(len(line.marks)) + 6, base, kind="muted")


def _list_legend(rows: Sequence[_Row]) -> list[str]:
    marks = dict.fromkeys(mark for row in rows for mark, _ in row.marks)
    states = [f"{mark} {state}" for state, (mark, _) in _STATE_MARKS.items() if mark in marks]
    legend = ["Same letter in a row: same bytes; A is the largest cluster."]
    if any("/" in mark for mark in marks):
        legend.append("A/2, A/3: other definitions, not comparable.")
    return [*legend, f"{', '.join(states)}."] if states else legend


def _list_left_out(comparison: Comparison, rows: Sequence[_Row]) -> list[str]:
    left_out = []
    if rows:
        count = render_count(sum(row.probes for row in rows), "probe")
        left_out.append(f"Not drawn: {count}, in {render_count(len(rows), 'more row')}.")
    if len(comparison.machines) > MOST_MACHINES:
        more = len(comparison.machines) - MOST_MACHINES
        left_out.append(f"Not drawn: {render_count(more, 'machine')}.")
    return left_out


def _describe(comparison: Comparison) -> str:
    """Tell in words what is seen: verdicts, the lines along which machines part, and the rest."""
    partitions: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for probe in comparison.probes:
        for clusters in list_partitions(probe):
            partitions.setdefault(clusters, []).append(probe.id)
    ranked = sorted(partitions.items(), key=lambda item: -len(item[1]))
    told = [
        f"{describe_partition(clusters)}: {name_probes(probes)}."
        for clusters, probes in ranked[:_MOST_PARTITIONS]
    ]
    more = len(ranked) - _MOST_PARTITIONS
    told += [f"{render_count(more, 'other partition')}."] if more > 0 else []
    unparted = list(group_unparted(comparison.probes).items())
    told += [f"{words}: {name_probes(probes)}." for words, probes in unparted[:_MOST_PARTITIONS]]
    left = sum(len(probes) for _, probes in unparted[_MOST_PARTITIONS:])
    told += [f"{render_count(left, 'more probe')} along no line."] if left else []
    return " ".join([f"{count_verdicts(comparison)}.", *told])
