"""A milestone's results and clusters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.verdict import compare_machines
from reprokit.model.names import short
from reprokit.model.record import Status
from reprokit.render.milestone_results import view_lines, view_results
from tests.builders import make_digest, make_evidence, make_probe, make_record, make_run
from tests.render.pictures.comparisons import compare_words

WORDS = {
    "agree": ["a", "a", "a"],
    "parts": ["a", "b", "b"],
    "flaky": ["unstable", "unstable", "unstable"],
    "flaky-once": ["unstable", "b", "b"],
    "flaky-parts": ["unstable", "b", "c"],
    "broken": ["failed", "failed", "failed"],
    "lacking": ["", "b", "skipped"],
}


def test_every_probe_is_in_a_row_of_clusters() -> None:
    """What does not repeat, failed or is missing has no line; the counts add up to all probes."""
    table = view_lines(compare_words(WORDS))
    every = "machine-0, machine-1, machine-2"
    assert table.rows == (
        ("all agree", "1", "`agree`"),
        ("machine-1, machine-2 | machine-0", "1", "`parts`"),
        ("machine-1 | machine-2", "1", "`flaky-parts`"),
        (f"no cluster; unstable on {every}", "1", "`flaky`"),
        ("machine-1, machine-2; unstable on machine-0", "1", "`flaky-once`"),
        (f"no cluster; failed on {every}", "1", "`broken`"),
        ("machine-1; missing on machine-0; skipped on machine-2", "1", "`lacking`"),
    )
    assert sum(int(row[1]) for row in table.rows) == len(WORDS)


@pytest.mark.parametrize("machines", [["m1"], ["m1", "m2"]])
@pytest.mark.parametrize(
    ("runs", "told"),
    [
        ("aab", ["{a}/{b}"]),
        ("baa", ["{b}/{a}"]),
        ("abcd", ["{a}/{b}", " and 2 more"]),
        ("", ["{a}"]),
    ],
)
def test_an_unstable_probe_shows_the_digests_that_it_gave(
    machines: list[str], runs: str, told: list[str]
) -> None:
    """In the order of its runs; one that was published has the one that is known."""
    record = replace(
        make_record("a", status=Status.UNSTABLE), runs=tuple(make_run(word) for word in runs)
    )
    evidence = [make_evidence(it, make_probe("p", record=record)) for it in machines]
    table = view_results(compare_machines(evidence, commit="0" * 12))
    digests = {word: short(make_digest(word)) for word in "ab"}
    code, *more = (it.format(**digests) for it in told)
    cell = f"unstable `{code}`{''.join(more)}"
    assert [str(it) for it in table.rows[0]][-3 - len(machines) : -3] == [cell] * len(machines)
