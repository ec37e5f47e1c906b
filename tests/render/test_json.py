"""A comparison as JSON."""

from __future__ import annotations

import json

from reprokit.model.comparison import Verdict
from reprokit.render.json import render_comparison, write_json
from tests.render.shared import (
    HOSTILE,
    check_golden,
    make_comparison,
    make_hostile_comparison,
)


def test_golden() -> None:
    """The JSON is as it was reviewed."""
    check_golden("comparison.json", render_comparison(make_comparison()))


def test_contract() -> None:
    """What other programs read is there, under the names that the contract gives."""
    comparison = json.loads(render_comparison(make_comparison()))
    assert comparison["schema"] == "reprokit/comparison/1"
    assert set(comparison) >= {"commit", "machines", "probes", "attribution", "summary"}
    assert set(comparison["machines"][0]) >= {"name", "family", "chip"}
    for probe in comparison["probes"]:
        assert set(probe) >= {"id", "verdict", "expectation", "severity", "clusters", "digests"}
    assert set(comparison["summary"]) == {
        "identical",
        "different",
        "not_comparable",
        "missing",
        "failed",
        "blocking",
        "warnings",
    }


def test_summary_counts_every_probe() -> None:
    """The verdicts of the summary add up to the probes."""
    comparison = json.loads(render_comparison(make_comparison()))
    verdicts = [verdict.value.replace("-", "_") for verdict in Verdict]
    assert sum(comparison["summary"][name] for name in verdicts) == len(comparison["probes"])


def test_texts_come_back_as_they_were() -> None:
    """JSON carries a stranger's text as it is: programs read it, not terminals."""
    comparison = json.loads(render_comparison(make_hostile_comparison()))
    assert comparison["machines"][0]["chip"] == HOSTILE


def test_nan_is_no_literal() -> None:
    """A number that JSON does not have is null."""
    assert json.loads(write_json({"a": float("nan")})) == {"a": None}
