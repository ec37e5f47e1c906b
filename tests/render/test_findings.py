"""The same findings, in the same order, in every format that lists them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from reprokit.model.comparison import Severity, Verdict
from reprokit.render import github, junit
from reprokit.render.findings import list_findings
from tests.render.shared import check_golden, make_comparison, make_hostile_comparison

ANNOTATION = re.compile(r"::(error|warning|notice) title=([^:,\n]*)::([^\n]*)")


def test_every_probe_has_a_finding_in_order() -> None:
    """Those that agree too: a format decides what it leaves out."""
    comparison = make_comparison()
    findings = list_findings(comparison)
    assert [it.probe for it in findings] == [it.id for it in comparison.probes]
    assert [it.severity for it in findings] == [it.severity for it in comparison.probes]


def test_junit_golden() -> None:
    """All of it."""
    check_golden("comparison.junit.xml", junit.render_comparison(make_comparison()))


def test_github_golden() -> None:
    """All of it."""
    check_golden("comparison.github.txt", github.render_comparison(make_comparison()))


@pytest.mark.parametrize("strict", [False, True])
def test_junit_fails_what_blocks_and_counts_right(strict: bool) -> None:  # noqa: FBT001
    """Its counts are those of its cases, and the failures those of the comparison."""
    comparison = make_comparison()
    (suite,) = ET.fromstring(junit.render_comparison(comparison, strict=strict))  # noqa: S314
    failed = {
        it.id
        for it in comparison.probes
        if it.severity is Severity.BLOCKING or (strict and it.severity is Severity.WARNING)
    }
    cases = list(suite)
    assert [it.get("name") for it in cases] == [it.id for it in comparison.probes]
    assert {it.get("name") for it in cases if it.find("failure") is not None} == failed
    assert int(suite.get("tests", "")) == len(cases)
    assert int(suite.get("failures", "")) == len(failed) > 0
    skipped = [it for it in cases if it.find("skipped") is not None]
    assert int(suite.get("skipped", "")) == len(skipped)


def test_github_annotates_what_warns_or_blocks() -> None:
    """An annotation a line; the last line is none."""
    comparison = make_comparison()
    *lines, last = github.render_comparison(comparison).splitlines()
    matches = [ANNOTATION.fullmatch(line) for line in lines]
    levels = [it[1] for it in matches if it is not None]
    assert levels == [
        "error" if it.severity is Severity.BLOCKING else "warning"
        for it in comparison.probes
        if it.severity is not Severity.NONE
    ]
    assert len(levels) == len(lines)
    assert not last.startswith("::")


def test_hostile_texts_are_inert() -> None:
    """Nothing that a stranger's manifest says ends a command, begins one, or is no XML."""
    comparison = make_hostile_comparison()
    assert comparison.probes[0].verdict is Verdict.FAILED
    lines = github.render_comparison(comparison).splitlines()
    assert sum(line.startswith("::") for line in lines) == 1
    assert all(char.isprintable() for line in lines for char in line)
    (suite,) = ET.fromstring(junit.render_comparison(comparison))  # noqa: S314
    assert len(suite) == 1


def test_annotations_escape_what_commands_are_made_of() -> None:
    """Percent signs everywhere, colons and commas in the title."""
    line = github.write_annotation("error", "a,b: 5%", "x: 5%,\ny")
    assert line == "::error title=a%2Cb%3A 5%25::x: 5%25,\\x0ay"
