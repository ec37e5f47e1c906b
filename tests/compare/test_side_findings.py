"""Where machines part beside their results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.completion import add_side_findings
from reprokit.compare.verdict import compare_machines
from reprokit.model.comparison import ProbeComparison, Severity, Verdict
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, NamedArray, Relation
from tests.builders import make_digest, make_evidence, make_probe, make_record, make_run

if TYPE_CHECKING:
    from reprokit.model.manifest import ProbeRecord


def make_staged(stages: str) -> ProbeRecord:
    """Make a probe of equal bytes and of stages `uniform` and `log`, a letter for each's bytes."""
    names = ("uniform", "log")
    arrays = tuple(
        NamedArray(name=name, array=ArrayFacts(digest=make_digest(word)))
        for name, word in zip(names, stages, strict=True)
    )
    return make_probe(record=replace(make_record(), stages=arrays))


def make_related(*, holds: bool, expectation: Expectation = Expectation.FAMILY) -> ProbeRecord:
    """Make a probe of equal bytes whose relation holds, or not."""
    record = replace(make_record(), relation=Relation(name="rows agree", holds=holds))
    runs = tuple(replace(it, holds=holds, warm_holds=holds) for it in record.runs)
    return make_probe(record=replace(record, runs=runs), expectation=expectation)


def make_costly(peak_bytes: int) -> ProbeRecord:
    """Make a probe of 4 MiB that peaks at so many bytes."""
    result = ArrayFacts(digest=make_digest("a"), dtype="float32", shape=(2**20,))
    run = replace(make_run(), peak_bytes=peak_bytes)
    return make_probe(record=replace(make_record(), result=result, runs=(run, run)))


def compare(*probes: ProbeRecord) -> ProbeComparison:
    """Compare one probe over machines m1, m2, ..."""
    machines = [make_evidence(f"m{at}", probe) for at, probe in enumerate(probes, 1)]
    (found,) = add_side_findings(compare_machines(machines, commit=None)).probes
    return found


def test_stages_that_part_before_equal_results_are_told() -> None:
    """It is no finding: the results are what was promised."""
    probe = compare(make_staged("ab"), make_staged("ab"), make_staged("ac"))
    assert probe.reason == "equal results of other stages than on m1: log on m3"
    assert (probe.verdict, probe.severity) == (Verdict.IDENTICAL, Severity.NONE)
    assert compare(make_staged("ab"), make_staged("ab")).reason == ""


def test_a_relation_that_holds_on_some_machines_only_is_a_warning() -> None:
    """Each machine keeps what it promised, and they do not agree."""
    probe = compare(make_related(holds=True), make_related(holds=False))
    assert probe.reason == "rows agree: holds on m1, not on m2"
    assert probe.severity is Severity.WARNING
    assert compare(make_related(holds=True), make_related(holds=True)).severity is Severity.NONE


def test_a_relation_of_which_nothing_is_promised_is_no_finding() -> None:
    """A probe that never repeats has a relation that need not either."""
    probes = [make_related(holds=it, expectation=Expectation.NEVER) for it in (True, False)]
    assert compare(*probes).severity is Severity.NONE


@pytest.mark.parametrize(
    ("peaks", "severity"),
    [
        ((4 * 2**20, 12 * 2**20), Severity.WARNING),
        ((4 * 2**20, 4 * 2**20), Severity.NONE),
        ((4 * 2**20, 4 * 2**20 + 1000), Severity.NONE),
    ],
)
def test_a_peak_that_is_clearly_above_another_is_a_warning(
    peaks: tuple[int, int], severity: Severity
) -> None:
    """Memory and time of each machine stand beside it."""
    probe = compare(*map(make_costly, peaks))
    assert probe.severity is severity
    assert [probe.costs[name].peak_bytes for name in ("m1", "m2")] == list(peaks)
    assert ("peaks at 3.00 times" in probe.reason) is (severity is Severity.WARNING)
