"""The report: a comparison as a page with a filter, environments, pictures and histories."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.environment_table import tabulate_differences
from reprokit.compare.history import trace_probes
from reprokit.compare.selection import list_evidence
from reprokit.compare.verdict import compare_machines
from reprokit.errors import UsageError
from reprokit.model.environment_difference import FactDifference, Impact
from reprokit.model.record import Failure, Record, Status
from reprokit.render.findings import list_findings
from reprokit.render.own_template import TemplateText
from reprokit.render.page_budget import MOST_LINES
from reprokit.render.report import hash_script, render_report
from reprokit.render.report_tables import MOST_FACTS, view_environment
from tests.builders import make_evidence, make_probe
from tests.render.full import make_full_comparison
from tests.render.shared import HOSTILE, make_comparison, make_hostile_comparison
from tests.render.taken_apart import Page

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison
    from reprokit.model.history import ProbeHistory

APART = {"normal-8": "0", "uniform-8": "2", "key0": "", "matmul": "1", "only-m1": "1 2"}
"""Numbers of the machines that stand apart in probes of the full comparison."""


def render_full(comparison: Comparison | None = None) -> str:
    """Write the report of a comparison that has everything."""
    comparison = comparison or make_full_comparison()
    return render_report(
        comparison,
        differences=tabulate_differences(comparison.machines),
        histories=make_histories(),
    )


def make_histories(machine: str = "m1") -> tuple[ProbeHistory, ...]:
    """Trace a probe that gave other bytes at a later commit."""
    manifests = []
    for commit, content in (("1" * 40, "a"), ("2" * 40, "b")):
        (manifest,) = make_evidence(machine, make_probe("normal-8", content)).manifests
        repository = replace(manifest.repository, commit=commit)
        probes = (make_probe("normal-8", content),)
        manifests.append(replace(manifest, repository=repository, probes=probes))
    return trace_probes(["normal-8"], {machine: list_evidence(manifests)})


@pytest.fixture(scope="module")
def source() -> str:
    """The report of a comparison that has everything."""
    return render_full()


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    """That report, taken apart."""
    return Page(source)


def test_the_same_input_gives_the_same_bytes(source: str) -> None:
    """No clock, no order of sets."""
    assert render_full() == source


def test_needs_nothing_but_itself(source: str, page: Page) -> None:
    """One script, which the policy names by its hash; nothing is loaded from anywhere."""
    names = {name for name, _ in page.elements}
    assert not names & {"link", "img", "iframe", "object", "embed", "base", "image", "use"}
    assert page.list_attributes("script") == [{}]
    assert not any(name.startswith("on") for _, it in page.elements for name in it)
    assert not re.findall(r"url\(|@import|https?://(?!www\.w3\.org/)", source)
    (policy,) = [it for it in page.list_attributes("meta") if "http-equiv" in it]
    assert policy["content"] == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src '{hash_script()}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_links_and_labels_lead_somewhere(page: Page) -> None:
    """Ids are those of one element each, pictures included."""
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {it["href"] for it in page.list_attributes("a")} <= {f"#{it}" for it in ids}
    controls = {it["id"] for tag in ("input", "select") for it in page.list_attributes(tag)}
    assert {it["for"] for it in page.list_attributes("label")} == controls
    for tag in ("section", "svg"):
        named = [(it["aria-labelledby"] or "").split() for it in page.list_attributes(tag)]
        assert named
        assert {name for it in named for name in it} <= set(ids)


def test_tables_tell_what_heads_what(page: Page) -> None:
    """Each has a caption, and each head says of what it is one."""
    names = [name for name, _ in page.elements]
    assert names.count("table") == names.count("caption") > 0
    assert {it.get("scope") for it in page.list_attributes("th")} == {"col", "row"}
    assert page.list_attributes("html") == [{"lang": "en"}]


def test_findings_are_told_as_elsewhere(page: Page) -> None:
    """Every probe has its sentence, in order."""
    places = [page.text.index(it.text) for it in list_findings(make_full_comparison())]
    assert places == sorted(places)


def test_marks_for_the_filter(page: Page) -> None:
    """Each row has verdict, severity, and who stands apart; the filter is hidden at first."""
    rows = [it for it in page.list_attributes("tr") if "data-probe" in it]
    comparison = make_full_comparison()
    assert [it["data-severity"] for it in rows] == [it.severity for it in comparison.probes]
    apart = {it.id: row["data-apart"] for it, row in zip(comparison.probes, rows, strict=True)}
    assert {name: apart[name] for name in APART} == APART
    values = {it["value"] for it in page.list_attributes("option")}
    assert {it["data-verdict"] for it in rows} | {it["data-severity"] for it in rows} <= values
    (form,) = page.list_attributes("form")
    assert "hidden" in form


def test_what_is_told_of_each_probe(page: Page) -> None:
    """What it computes, stages, elements, runs of bytes, costs, old values, failures."""
    for told in (
        "random.normal(shape=[8]) float32 seed 0",
        "Elements that differ",
        "Stages, in order",
        "3 of 4 runs of 8 bytes, the first from element 2 on",
        "Memory and time",
        "to apple-m3-ultra's old value at 222222222222",
        "crashed on apple-m3",
        "no memory",
    ):
        assert told in page.text


def test_environment_history_and_pictures(page: Page) -> None:
    """The facts that differ, with their reasons; the move; a heat map."""
    assert "other GPU, other kernels and functions" in page.text
    assert "1 machine, 2 commits; 1 move" in page.text
    assert "Clusters of 3 machines over 9 probes" in page.text


def test_parts_that_are_empty_are_left_out() -> None:
    """And no link leads to them; that environments are alike is told."""
    page = Page(render_report(make_comparison()))
    links = {it["href"] for it in page.list_attributes("a")}
    assert not links & {"#history", "#causes"}
    assert "can change bytes, nothing differs between the machines" in page.text


def test_the_gravest_probes_are_named_at_the_top() -> None:
    """Each with a link: a blocking one may stand anywhere in the list."""
    text = render_report(make_full_comparison())
    before, _, rest = text.partition("<p>Blocking: ")
    assert "</header>" not in before
    head = Page(f"<p>{rest.partition('</p>')[0]}</p>")
    links = [it["href"] or "" for it in head.list_attributes("a")]
    assert len(links) == 4
    assert all(f'id="{link.removeprefix("#")}"' in text for link in links)


def test_packages_of_another_version_are_told_once() -> None:
    """Long values are cut, and so are long tables, which say so."""
    both = dict.fromkeys(("m1", "m2"), "9" * 64)
    told = [
        FactDifference(fact=f"packages.{name}", values=both, impact=Impact.HIGH, reason="")
        for name in ("mlx.version", "mlx.wheel", "numpy.wheel")
    ]
    table, lesser = view_environment(told, ["m1", "m2", "m3"])
    assert lesser is None
    assert table is not None
    assert [row[0] for row in table.rows] == ["packages.mlx.version", "packages.numpy.wheel"]
    assert table.rows[0][2:5] == ("9" * 12, "9" * 12, "unknown")
    many = [replace(told[2], fact=f"os.{number}") for number in range(MOST_FACTS + 1)]
    table, _ = view_environment(many, ["m1"])
    assert table is not None
    assert len(table.rows) == MOST_FACTS
    assert f"the first {MOST_FACTS} of {MOST_FACTS + 1}" in table.title


def test_hostile_texts_are_shown_and_do_nothing(source: str) -> None:
    """Every text of a stranger's, the last lines of a worker included, stays text."""
    hostile = make_hostile_comparison()
    made = render_report(
        replace(hostile, notes=(HOSTILE,)),
        differences=tabulate_differences(hostile.machines),
        histories=make_histories(HOSTILE),
    )
    page = Page(made)
    assert {name for name, _ in page.elements} <= {name for name, _ in Page(source).elements}
    assert page.list_attributes("script") == [{}]
    assert not any(name.startswith("on") for _, it in page.elements for name in it)
    assert all(unicodedata.category(it) not in {"Cc", "Cf"} for it in made.replace("\n", ""))
    assert page.text.count("<script>alert(1)</script>") >= 10


def test_only_the_last_lines_of_a_worker() -> None:
    """Of many."""
    stderr = "\n".join(f"line {number};" for number in range(MOST_LINES + 5))
    failed = Record(status=Status.FAILED, failure=Failure(reason="no", stderr=stderr))
    comparison = make_full_comparison()
    machines = tuple(
        replace(it, probes={**it.probes, "matmul": make_probe("matmul", record=failed)})
        for it in comparison.machines
    )
    page = Page(render_report(replace(comparison, machines=machines)))
    assert "line 4;" not in page.text
    assert "line 5;" in page.text


def make_failing(stderr: dict[tuple[str, str], str]) -> Comparison:
    """Let probes fail on machines, with what each wrote."""
    names = {name for name, _ in stderr}
    probes = sorted({probe for _, probe in stderr})
    evidence = [
        make_evidence(
            machine,
            *(
                make_probe(
                    probe,
                    record=Record(
                        status=Status.FAILED,
                        failure=Failure(reason="no", stderr=stderr[machine, probe]),
                    ),
                )
                for probe in probes
            ),
        )
        for machine in sorted(names)
    ]
    return compare_machines(evidence, commit=evidence[0].commit)


def test_the_same_lines_are_shown_once() -> None:
    """Of several machines, and of several probes, which lead to the first."""
    lines = {(m, p): "the same\nlines" for m in ("m1", "m2", "m3") for p in ("p1", "p2")}
    source = render_report(make_failing(lines | {("m3", "p1"): "other lines"}))
    page = Page(source)
    assert page.text.count("the same\nlines") == 1
    assert page.text.count("other lines") == 1
    assert "failed on m1 and m2" in page.text
    assert "failed on m1, m2 and m3" in page.text
    assert 'The last lines are those of <a href="#probe-1">p1</a>.' in source


def test_of_many_failures_the_last_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its share, and the page says what it leaves out."""
    monkeypatch.setattr("reprokit.render.report_tables.MOST_LINES_IN_ALL", 7)
    lines = {
        (m, p): "".join(f"{m} {p} line {number};\n" for number in range(6))
        for m in ("m1", "m2")
        for p in ("p1",)
    }
    page = Page(render_report(make_failing(lines)))
    assert "m2 p1 line 2;" not in page.text
    assert "m2 p1 line 3;" in page.text
    assert "Of each failure the last 3 lines are shown: `reprokit report --probe`" in page.text


def test_of_many_elements_each_pair_has_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the page says which command lists them all."""
    assert "`reprokit explain` of a probe" not in Page(render_full()).text
    monkeypatch.setattr("reprokit.render.html_view.MOST_ELEMENT_ROWS", 1)
    page = Page(render_full())
    assert "Elements that differ: the first 1 of 2" in page.text
    assert "up to 1 element that differ" in page.text
    assert "`reprokit explain` of a probe" in page.text


def test_of_many_pairs_the_first_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says of how many there is no histogram."""
    comparison = make_full_comparison()
    probes = tuple(
        replace(
            it,
            divergences=tuple(
                replace(pair, distance=replace(pair.distance, differing=8, size=8))
                for pair in it.divergences
                if pair.distance
            ),
        )
        for it in comparison.probes
    )
    comparison = replace(comparison, probes=probes)
    assert "Distances are drawn of the first" not in render_report(comparison)
    monkeypatch.setattr("reprokit.render.report_pictures.MOST_HISTOGRAMS", 0)
    assert "of 1 more `reprokit report --probe`" in render_report(comparison)


def test_machines_that_moved_alike_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room left, the counts alone."""
    (one,) = make_histories("m1")
    (machine,) = one.machines
    history = replace(one, machines=(machine, replace(machine, machine="m2")))
    comparison = make_full_comparison()
    page = Page(render_report(comparison, histories=[history, one]))
    assert page.text.count("m1 (applegpu_g13s) and m2 (applegpu_g13s)\n") == 1
    assert "there are the counts alone" not in page.text
    monkeypatch.setattr("reprokit.render.report_tables.MOST_HISTORY_ROWS", 3)
    page = Page(render_report(comparison, histories=[history, one]))
    assert "Of 1 of 2 histories there are the counts alone: `reprokit history`" in page.text
    assert page.text.count("m1 (applegpu_g13s)\n") == 0


def fill(text: str) -> str:
    """Fill a user's own template."""
    own = TemplateText(name="mine.html.jinja", text=text)
    return render_report(make_full_comparison(), template=own)


def test_a_template_of_ones_own_extends_ours() -> None:
    """It replaces a part, and has the data of the JSON beside the texts."""
    made = fill(
        '{% extends "report/report.html.jinja" %}'
        "{% block notes %}<p>{{ comparison.summary.blocking }} of {{ page.probes | length }}: "
        "{{ '<b>' }}</p>{% endblock %}"
    )
    assert "<p>4 of 9: &lt;b&gt;</p>" in made
    assert '<h2 id="probes">' in made
    assert '<h2 id="notes">' not in made


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n{{ nope }}", 2),
        ("a\n\n{% if %}", 3),
        ('{% extends "report/report.html.jinja" %}\n{% block notes %}{{ 1 / 0 }}{% endblock %}', 2),
        ("{{ page.__class__.__mro__ }}", 1),
        ('{% include "../../settings.toml" %}', 1),
        ('a\n{{ "\\ud800" | safe }}', 2),
        ('a\n{% filter replace("b", "\\ud800") %}b{% endfilter %}', 0),
        ('a\n{{ "a" * 10**15 }}', 2),
    ],
)
def test_a_wrong_template_is_told_with_its_line(text: str, line: int) -> None:
    """Also one that would look behind the values it is given, or at other files."""
    with pytest.raises(UsageError) as caught:
        fill(text)
    told = f"mine.html.jinja: line {line}" if line else "mine.html.jinja"
    assert str(caught.value.where) == told
    assert "docs/report.md" in str(caught.value)
