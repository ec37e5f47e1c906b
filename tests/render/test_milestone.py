"""The milestone: a dated document."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace

from reprokit.compare.verdict import compare_machines
from reprokit.model.record import ArrayFacts, Record, Relation, Status
from reprokit.render.milestone import Milestone, render_json, render_markdown
from tests.builders import make_digest, make_evidence, make_probe, make_run
from tests.render.shared import (
    HOSTILE,
    check_golden,
    find_live_markup,
    make_comparison,
    make_hostile_comparison,
)

MILESTONE = Milestone(
    name="r1-cross-machine",
    date="2026-05-20",
    why="Do *all* machines agree?",
    command="reprokit milestone r1-cross-machine --machines m1,m3",
    comparison=make_comparison(),
)


def test_golden() -> None:
    """The document is as it was reviewed."""
    check_golden("milestone.md", render_markdown(MILESTONE))


def test_the_same_facts_are_the_same_bytes() -> None:
    """To make a milestone again, from facts gathered again, changes nothing."""
    again = replace(MILESTONE, comparison=make_comparison())
    assert render_markdown(again) == render_markdown(MILESTONE)
    assert render_json(again) == render_json(MILESTONE)


def test_header() -> None:
    """The document begins with what, when and at which commit, and names its data."""
    lines = render_markdown(MILESTONE).splitlines()
    assert lines[0] == "# r1-cross-machine: apple-m1-max, apple-m3 and apple-m3-ultra"
    assert "**Date:** 2026-05-20  " in lines
    assert "**Commit:** `0a8ec29f1c21`  " in lines
    assert "**Data:** [r1-cross-machine-2026-05-20.json](r1-cross-machine-2026-05-20.json)" in lines


def test_sections_without_content_are_left_out() -> None:
    """A milestone without a why, large probes and exclusions has no such sections."""
    text = render_markdown(replace(MILESTONE, why=""))
    titles = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert titles == ["Setup", "Method", "Results", "Provenance"]


def test_hostile_text_is_inert() -> None:
    """No text of a stranger makes a heading, a link, a tag or a row of its own."""
    honest = render_markdown(MILESTONE)
    text = render_markdown(replace(MILESTONE, why=HOSTILE, comparison=make_hostile_comparison()))
    assert all(unicodedata.category(char) not in {"Cc", "Cf"} for char in text.replace("\n", ""))
    assert text.count("\n# ") == honest.count("\n# ") == 0
    # the document's own link to its data
    assert find_live_markup(text.replace("](r1-cross-machine-", "")) == []


def test_large_probes_have_a_row_of_memory() -> None:
    """From a result of 1 MiB on, peaks and times are told: medians over the repeats."""
    record = Record(
        status=Status.OK,
        result=ArrayFacts(digest=make_digest("a"), dtype="float32", shape=(512, 512)),
        runs=tuple(
            replace(make_run("a", cold_s=cold_s), peak_bytes=2 * 1024**2)
            for cold_s in (0.1, 0.2, 9.0)
        ),
    )
    machine = make_evidence("m1", make_probe("large", record=record), make_probe("small"))
    comparison = compare_machines([machine], commit="0" * 12)
    text = render_markdown(replace(MILESTONE, comparison=comparison))
    assert "| `large` | m1 | 1.0 MB | 2.1 MB | 2.000 | 50.0 MB | 200.00 ms | 0.50 ms |" in text
    assert text.count("| `small` |") == 1


def test_a_broken_promise_is_in_the_status() -> None:
    """Equal bytes on all machines are no clean bill where one of them breaks its own promise."""
    relation = Relation(name="x equals y", holds=False)
    broken = replace(make_probe("p"), relation=True)
    broken = replace(broken, record=replace(broken.record, relation=relation))
    machines = [make_evidence("m1", broken), make_evidence("m2", make_probe("p"))]
    for count, status in [
        (1, "**Status:** one machine: nothing was compared; 1 blocking"),
        (2, "**Status:** blocked: 1 identical, 0 different; 1 blocking, 0 warnings"),
    ]:
        comparison = compare_machines(machines[:count], commit="0" * 12)
        text = render_markdown(replace(MILESTONE, comparison=comparison))
        assert status in text
        assert "on m1: does not hold: x equals y" in text


def test_json_holds_the_comparison() -> None:
    """The JSON beside it has the same facts under a schema of its own."""
    document = json.loads(render_json(MILESTONE))
    assert document["schema"] == "reprokit/milestone/1"
    assert document["comparison"]["schema"] == "reprokit/comparison/1"
    assert (document["name"], document["date"]) == ("r1-cross-machine", "2026-05-20")
