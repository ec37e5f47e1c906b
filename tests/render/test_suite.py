"""Suites, for a terminal."""

from __future__ import annotations

import pytest

from reprokit.model.probe import Expectation, Probe, Suite
from reprokit.render.suite import render_suite, render_suites
from tests.builders import make_definition

ABOUT = "One sentence on what it is for, with more words than a line of a terminal has room for. "


def make_suite(*probes: Probe, name: str = "mine") -> Suite:
    """Make a suite of probes."""
    return Suite(name=name, sha256="0" * 64, about=ABOUT * 3, excludes="All else.", probes=probes)


def make_probe(name: str, **changes: object) -> Probe:
    """Make a probe, with some fields changed."""
    return Probe(
        id=name,
        suite="mine",
        definition=make_definition(),
        expectation=Expectation.FAMILY,
        **changes,  # type: ignore[arg-type]
    )


SUITE = make_suite(
    make_probe(
        "told",
        needed_bytes=32,
        covers="the generator, " * 12 + "and no more",
        excludes="any kernel",
        repeats=3,
        max_peak_ratio=1.5,
    ),
    make_probe("untold", needed_bytes=10**12, time_limit_s=7.0),
)


def test_suites_fit_a_terminal_and_are_whole_in_a_pipe() -> None:
    """At 80 columns what a suite is for is wrapped; in a pipe a suite is one line."""
    suites = [make_suite(), make_suite(make_probe("p"), name="other")]
    narrow = render_suites(suites, own=["mine"], chosen=["other"], width=80)
    assert max(map(len, narrow.splitlines())) <= 80
    wide = render_suites(suites, own=["mine"], chosen=["other"])
    assert [line.split()[:3] for line in wide.splitlines()[2:]] == [
        ["mine", "0", "project"],
        ["other", "1", "reprokit"],
    ]
    assert wide.count((ABOUT * 3).strip()) == 2
    for word in wide.split():
        assert word.strip("-") in narrow


def test_a_probe_says_what_it_covers_and_leaves_out() -> None:
    """Beneath its id stand its call, promise, memory, bounds and coverage."""
    lines = render_suite(SUITE, SUITE.probes, available_bytes=10**9).splitlines()
    start = lines.index("told")
    assert [line.strip() for line in lines[start + 1 : start + 5]] == [
        "random.normal(shape=[8]) float32 seed 0",
        "promise family, memory 32 B, at most 300 s a run, 3 runs, peak at most 1.5 x output",
        "covers " + "the generator, " * 12 + "and no more",
        "leaves out any kernel",
    ]
    assert "    promise family, memory 1.0 TB (more than there is), at most 7 s a run" in lines
    assert "not measured: All else." in lines


def test_silence_on_coverage_is_counted() -> None:
    """A suite whose probes do not say what they cover is told so; one that says all is not."""
    text = render_suite(SUITE, SUITE.probes, available_bytes=10**9)
    assert text.endswith(
        "2 probes; 1.0 GB of memory available; 1 without a word on what it covers\n"
    )
    told = render_suite(SUITE, SUITE.probes[:1], available_bytes=10**9)
    assert told.endswith("1 probe; 1.0 GB of memory available\n")


@pytest.mark.parametrize("width", [50, 80])
def test_a_suite_fits_a_terminal(width: int) -> None:
    """Every line is as wide as the terminal at most, and no word is lost."""
    narrow = render_suite(SUITE, SUITE.probes, available_bytes=10**9, width=width)
    assert max(map(len, narrow.splitlines())) <= width
    wide = render_suite(SUITE, SUITE.probes, available_bytes=10**9)
    assert narrow.split() == wide.split()
