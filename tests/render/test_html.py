"""A comparison as a page."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from reprokit.compare.verdict import compare_machines
from reprokit.model.attribution import Attribution, FactFit, Fit
from reprokit.model.comparison import Severity
from reprokit.model.divergence import PartDifference, PartState
from reprokit.model.environment_difference import Impact
from reprokit.model.names import short
from reprokit.model.record import Status
from reprokit.render.findings import list_findings
from reprokit.render.html import render_comparison
from tests.builders import (
    COMMIT,
    make_digest,
    make_evidence,
    make_probe,
    make_record,
    make_run,
)
from tests.render.full import make_full_comparison
from tests.render.shared import (
    HOSTILE,
    check_golden,
    make_comparison,
    make_hostile_comparison,
)
from tests.render.taken_apart import Page


@pytest.fixture(scope="module")
def page() -> Page:
    """Take apart the page of a comparison that has everything."""
    return Page(render_comparison(make_full_comparison()))


def test_golden() -> None:
    """The page is as it was reviewed, byte for byte."""
    check_golden("comparison.html", render_comparison(make_full_comparison()))


def test_needs_nothing_but_itself(page: Page) -> None:
    """No script, no frame, no picture or sheet from elsewhere; links stay in the page."""
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    links = {it["href"] for it in page.list_attributes("a")}
    anchors = {f"#{attributes['id']}" for _, attributes in page.elements if "id" in attributes}
    assert links <= anchors
    assert not any(name.startswith("on") for _, it in page.elements for name in it)
    (policy,) = [it for it in page.list_attributes("meta") if "http-equiv" in it]
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_ids_are_those_of_one_element_each(page: Page) -> None:
    """However many probes and causes there are."""
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_tables_tell_what_heads_what(page: Page) -> None:
    """Each has a caption, and each head says of what it is one."""
    names = [name for name, _ in page.elements]
    assert names.count("table") == names.count("caption") > 0
    assert {it.get("scope") for it in page.list_attributes("th")} == {"col", "row"}


def test_findings_are_told_in_order_as_elsewhere(page: Page) -> None:
    """Every probe has an entry with the sentence that the other formats have."""
    places = [page.text.index(it.text) for it in list_findings(make_full_comparison())]
    assert places == sorted(places)


def test_all_digests_of_what_does_not_repeat_are_listed() -> None:
    """The first two in its row, all of them in its part."""
    runs = tuple(map(make_run, "cbcdc"))
    record = replace(make_record("c", status=Status.UNSTABLE), runs=runs)
    machines = [
        make_evidence("m1", make_probe("p", "a")),
        make_evidence("m2", make_probe("p", record=record)),
    ]
    page = render_comparison(compare_machines(machines, commit=short(COMMIT)))
    digests = [make_digest(word) for word in "cbd"]
    shown = f"<code>{short(digests[0])}/{short(digests[1])} and 1 more</code>"
    assert f'<b class="trouble">unstable</b> {shown}' in page
    rows = [f'<th scope="row">unstable<td>m2<td>{it}<td>' for it in digests]
    assert [page.count(it) for it in rows] == [1, 1, 1]


def test_what_blocks_or_parts_is_unfolded() -> None:
    """The rest can be unfolded by its reader."""
    comparison = make_full_comparison()
    entries = {
        it["id"]: "open" in it
        for it in Page(render_comparison(comparison)).list_attributes("details")
        if "id" in it
    }
    assert list(entries.values()) == [
        it.severity is Severity.BLOCKING or bool(it.divergences) for it in comparison.probes
    ]


def test_no_meaning_rests_on_color_alone(page: Page) -> None:
    """Whatever is colored has a word or a letter."""
    source = render_comparison(make_full_comparison())
    marks = re.findall(r'<(?:b|span) class="[^"]*">([^<]*)</', source)
    assert marks
    assert all(marks)
    assert "BLOCKING" in page.text


def test_hostile_texts_are_shown_and_do_nothing() -> None:
    """The same elements as with harmless texts: all of theirs is text, and visible."""
    hostile = replace(
        make_hostile_comparison(),
        notes=(HOSTILE,),
        attributions=(
            Attribution(
                partition=(("m1",), ("m2",)),
                probes=("p",),
                facts=(
                    FactFit(
                        fact=HOSTILE,
                        fit=Fit.INDUCES,
                        values={"m1": HOSTILE},
                        impact=Impact.HIGH,
                        reason=HOSTILE,
                    ),
                ),
                strength=HOSTILE,
            ),
        ),
    )
    source = render_comparison(hostile)
    page = Page(source)
    assert {name for name, _ in page.elements} <= {
        name for name, _ in Page(render_comparison(make_full_comparison())).elements
    }
    assert all(unicodedata.category(it) not in {"Cc", "Cf"} for it in source.replace("\n", ""))
    assert page.text.count("<script>alert(1)</script>") >= 5
    assert "&amp; ~~s~~" in page.text


def test_hostile_names_of_stages_and_leaves() -> None:
    """Also those, which a program of the user's chooses."""
    comparison = make_full_comparison()
    part = PartDifference(name=HOSTILE, state=PartState.DIFFERENT)
    probes = tuple(
        replace(it, divergences=tuple(replace(pair, stages=(part,)) for pair in it.divergences))
        for it in comparison.probes
    )
    page = Page(render_comparison(replace(comparison, probes=probes)))
    assert page.list_attributes("script") == []
    assert "<script>alert(1)</script>" in page.text


def test_a_comparison_without_causes_and_notes() -> None:
    """Its page has no such parts, and no links to them."""
    page = Page(render_comparison(replace(make_comparison(), notes=(), attributions=())))
    assert "#causes" not in {it["href"] for it in page.list_attributes("a")}
