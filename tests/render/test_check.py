"""The gates in every format."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from reprokit.model.check import CheckReport, Gate, GateFinding, GateVerdict
from reprokit.render.check import (
    render_github,
    render_json,
    render_junit,
    render_markdown,
    render_text,
)
from tests.builders import make_evidence

NASTY = "50% off | <b>\x1b[31m\n::error::x"
REPORT = CheckReport(
    commit="0a8ec29f1c21",
    machines=(make_evidence("m1"),),
    gates=(
        Gate(name="tree", summary="no uncommitted changes"),
        Gate(
            name="baseline",
            summary="3 results are as accepted",
            findings=(
                GateFinding(verdict=GateVerdict.WARN, text="gone", machine="m1", probe="d"),
                *(
                    GateFinding(verdict=GateVerdict.BLOCK, text=NASTY, machine="m1", probe=name)
                    for name in "abc"
                ),
            ),
            step="run `reprokit review`",
        ),
        Gate(
            name="lock",
            summary="as it is",
            findings=(GateFinding(verdict=GateVerdict.UNKNOWN, text="there is no uv.lock"),),
            step="run `uv lock`",
        ),
    ),
)


def test_text() -> None:
    """A row each, the gravest findings first, the next steps in order, and the conclusion."""
    text = render_text(REPORT)
    lines = text.splitlines()
    assert lines[0] == "check at 0a8ec29f1c21: m1 (applegpu_g13s)"
    assert lines[4].split() == ["tree", "pass", "no", "uncommitted", "changes"]
    assert lines[5].startswith("baseline  BLOCK    m1: a: 50% off")
    assert "and 1 more (`--verbose` names them)" in lines[5]
    assert "1. baseline: run `reprokit review`" in lines
    assert "2. lock: run `uv lock`" in lines
    assert lines[-1] == "stop: 1 gate blocking, 1 gate unknown"
    assert "\x1b" not in text
    assert "m1: d: gone" in render_text(REPORT, verbose=True)


def test_text_fits_a_terminal() -> None:
    """No line is wider than it, for words that are not."""
    assert max(map(len, render_text(REPORT, width=72).splitlines())) <= 72


def test_nothing_found_is_go() -> None:
    """And takes no next step."""
    report = CheckReport(commit="0a8ec29f1c21", machines=(), gates=REPORT.gates[:1])
    text = render_text(report)
    assert text.endswith("go: all gates pass\n")
    assert "next" not in text


def test_json() -> None:
    """Schema, verdicts and every finding."""
    report = json.loads(render_json(REPORT))
    assert (report["schema"], report["verdict"]) == ("reprokit/check/1", "block")
    assert [gate["verdict"] for gate in report["gates"]] == ["pass", "block", "unknown"]
    assert len(report["gates"][1]["findings"]) == 4
    assert report["gates"][0]["next"] is None
    assert report["summary"] == {"block": 1, "unknown": 1, "warn": 0, "pass": 1}


def test_markdown() -> None:
    """A strangers' text breaks out of no cell and calls nobody."""
    text = render_markdown(REPORT)
    assert text.startswith("**stop: 1 gate blocking, 1 gate unknown**")
    row = next(line for line in text.splitlines() if line.startswith("| baseline"))
    assert "\\|" in row
    assert "<b>" not in text


def test_junit() -> None:
    """A case for each gate; what blocks fails, what is unknown is an error."""
    suite = ET.fromstring(render_junit(REPORT))[0]  # noqa: S314 - our own
    assert suite.attrib | {"name": ""} == {
        "name": "",
        "tests": "3",
        "failures": "1",
        "errors": "1",
        "skipped": "0",
    }
    kinds = [[child.tag for child in case] for case in suite]
    assert kinds == [[], ["failure"], ["error"]]


def test_github() -> None:
    """An annotation for each finding, on one line, whatever its text."""
    lines = render_github(REPORT).splitlines()
    assert [line.split(" ")[0] for line in lines[:-1]] == ["::warning", *["::error"] * 4]
    assert lines[1].endswith("::m1: a: 50%25 off | <b>\\x1b[31m\\x0a::error::x")
