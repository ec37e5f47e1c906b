"""JUnit XML: one case for each finding. XML's forbidden characters become visible marks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from reprokit.model.comparison import Severity, Verdict
from reprokit.render.findings import list_findings
from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.comparison import Comparison
    from reprokit.render.findings import Finding


class CaseResult(StrEnum):
    """What a case may be beside passed."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One test case.

    Attributes:
        name: Its name.
        result: What came of it.
        message: Why, in a line.
        lines: What there is to say beside; of one that passed its output.
    """

    name: str
    result: CaseResult = CaseResult.PASSED
    message: str = ""
    lines: tuple[str, ...] = ()


def write_junit(name: str, classname: str, cases: Sequence[Case]) -> str:
    """Write a suite of cases.

    Args:
        name: The suite's name.
        classname: What its cases are grouped by.
        cases: The cases, in order.
    """
    counts = {result: sum(it.result is result for it in cases) for result in CaseResult}
    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites,
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(counts[CaseResult.FAILURE]),
        errors=str(counts[CaseResult.ERROR]),
        skipped=str(counts[CaseResult.SKIPPED]),
    )
    for case in cases:
        _add_case(suite, classname, case)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: ET.Element, classname: str, case: Case) -> None:
    element = ET.SubElement(suite, "testcase", classname=classname, name=make_harmless(case.name))
    text = "\n".join(map(make_harmless, case.lines))
    if case.result is not CaseResult.PASSED:
        told = ET.SubElement(element, case.result.value, message=make_harmless(case.message))
        told.text = text or None
    elif text:
        ET.SubElement(element, "system-out").text = text


def render_comparison(comparison: Comparison, *, strict: bool = False) -> str:
    """Write a comparison: a case for each probe.

    What blocks is a failure, and under `strict` a warning too; else a warning passes, and is told
    in the case's output. A probe that nothing can be said of, as one that a machine lacks, is
    skipped.

    Args:
        comparison: The comparison.
        strict: Whether a warning is a failure.
    """
    cases = [_make_case(it, strict=strict) for it in list_findings(comparison)]
    return write_junit("reprokit compare", "reprokit.compare", cases)


def _make_case(finding: Finding, *, strict: bool) -> Case:
    blocks = finding.severity is Severity.BLOCKING
    if blocks or (strict and finding.severity is Severity.WARNING):
        return Case(name=finding.probe, result=CaseResult.FAILURE, message=finding.text)
    if finding.verdict in {Verdict.MISSING, Verdict.NOT_COMPARABLE}:
        return Case(name=finding.probe, result=CaseResult.SKIPPED, message=finding.text)
    says = finding.severity is not Severity.NONE or finding.verdict is not Verdict.IDENTICAL
    return Case(name=finding.probe, lines=(finding.text,) if says else ())
