"""What a report shows beside the comparison; its templates only place it.

The names here, in `html_view` and in `report_tables` are those that a user's own template may use:
docs/report.md tells them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity
from reprokit.render.cells import SEVERITY_WORDS, describe_verdict
from reprokit.render.page_budget import MOST_LINES
from reprokit.render.report_pictures import MOST_HISTOGRAMS, draw_histograms, draw_overview
from reprokit.render.report_tables import (
    list_failures,
    shorten_failures,
    tell_definitions,
    view_environment,
    view_histories,
)
from reprokit.render.text import render_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reprokit.model.comparison import Comparison, ProbeComparison
    from reprokit.model.environment_difference import FactDifference
    from reprokit.model.history import ProbeHistory
    from reprokit.render.page_table import PageTable
    from reprokit.render.report_pictures import ReportPicture
    from reprokit.render.report_tables import FailureView, HistoryView


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportProbe:
    """What a report tells of a probe beyond a comparison.

    Attributes:
        apart: Numbers of the machines that stand apart, with blanks between: those outside of the
            largest cluster; where several are the largest, all.
        computed: What each of its definitions computes.
        histograms: Distances in ulp, of pairs of clusters.
        failures: Why machines have no result.
    """

    apart: str
    computed: tuple[str, ...]
    histograms: tuple[ReportPicture, ...]
    failures: tuple[FailureView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A choice of the filter: its name, its label, and pairs of value and text."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportView:
    """What a report shows beside the comparison.

    Attributes:
        environment: Facts that differ and can or may change bytes; None where none do.
        lesser: Facts that differ and cannot, or are not known of all; likewise.
        pictures: Of the whole comparison.
        probes: By the anchor of the probe.
        choices: What the filter offers.
        histories: Of probes whose result moved.
        left_out: What the page leaves out of them, and what shows it.
    """

    environment: PageTable | None
    lesser: PageTable | None
    pictures: tuple[ReportPicture, ...]
    probes: Mapping[str, ReportProbe]
    choices: tuple[Choice, ...]
    histories: tuple[HistoryView, ...]
    left_out: tuple[str, ...]


def view_report(
    comparison: Comparison,
    anchors: Sequence[str],
    differences: Sequence[FactDifference],
    histories: Sequence[ProbeHistory],
) -> ReportView:
    """Put into words, rows and pictures what a report shows beside the comparison.

    Args:
        comparison: The comparison.
        anchors: Where the page has its probes, in its order.
        differences: What is not the same in the machines' environments.
        histories: How probes moved.
    """
    machines = {machine.name: machine for machine in comparison.machines}
    environment, lesser = view_environment(differences, list(machines))
    histograms, undrawn = draw_histograms(comparison)
    named = dict(zip(anchors, comparison.probes, strict=True))
    failures, most_lines = shorten_failures(
        {anchor: list_failures(probe, machines) for anchor, probe in named.items()},
        {anchor: probe.id for anchor, probe in named.items()},
    )
    probes = {
        anchor: ReportProbe(
            apart=" ".join(map(str, _find_apart(probe, list(machines)))),
            computed=tell_definitions(probe, machines),
            histograms=tuple(histograms.get(probe.id, ())),
            failures=failures[anchor],
        )
        for anchor, probe in named.items()
    }
    told = view_histories(histories)
    return ReportView(
        environment=environment,
        lesser=lesser,
        pictures=draw_overview(comparison),
        probes=probes,
        choices=_list_choices(comparison, probes),
        histories=told,
        left_out=tuple(_tell_what_is_left_out(told, undrawn, most_lines)),
    )


def _tell_what_is_left_out(
    histories: Sequence[HistoryView], undrawn: int, most_lines: int
) -> Iterator[str]:
    if undrawn:
        yield (
            f"Distances are drawn of the first {MOST_HISTOGRAMS} pairs of clusters; of {undrawn:,} "
            "more `reprokit report --probe` of their probes draws them."
        )
    if most_lines < MOST_LINES:
        yield (
            f"Of each failure the last {render_count(most_lines, 'line')} "
            f"{'is' if most_lines == 1 else 'are'} shown: `reprokit report --probe` of a probe "
            f"shows {MOST_LINES}, and its manifest all that is kept."
        )
    untold = sum(not it.machines for it in histories)
    if untold:
        yield (
            f"Of {untold:,} of {len(histories):,} histories there are the counts alone: "
            "`reprokit history` of a probe shows its own."
        )


def _find_apart(probe: ProbeComparison, machines: Sequence[str]) -> list[int]:
    most = max(map(len, probe.clusters), default=0)
    largest = [cluster for cluster in probe.clusters if len(cluster) == most]
    inside = largest[0] if len(largest) == 1 else ()
    return [number for number, name in enumerate(machines) if name not in inside]


def _list_choices(comparison: Comparison, probes: Mapping[str, ReportProbe]) -> tuple[Choice, ...]:
    """List what the filter offers: what some probe has, with the number of such probes."""
    verdicts = Counter(map(describe_verdict, comparison.probes))
    severities = Counter(probe.severity.value for probe in comparison.probes)
    apart = Counter(number for probe in probes.values() for number in probe.apart.split())
    names = {str(number): it.name for number, it in enumerate(comparison.machines)}
    words = {it.value: SEVERITY_WORDS[it] or it.value for it in reversed(Severity)}
    return (
        _make_choice("verdict", "Verdict", {word: word for word in verdicts}, verdicts),
        _make_choice("severity", "Severity", words, severities),
        _make_choice("machine", "Stands apart", names, apart),
    )


def _make_choice(
    name: str, label: str, words: Mapping[str, str], counts: Mapping[str, int]
) -> Choice:
    options = tuple(
        (value, f"{word} ({counts[value]})") for value, word in words.items() if counts[value]
    )
    return Choice(name=name, label=label, options=options)
