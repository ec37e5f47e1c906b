"""A comparison for a terminal."""

from __future__ import annotations

import unicodedata

from reprokit.compare.verdict import compare_machines
from reprokit.model.comparison import Severity, Verdict
from reprokit.model.probe import Expectation
from reprokit.render.table import render_comparison
from tests.builders import make_evidence, make_probe
from tests.render.shared import check_golden, make_comparison, make_hostile_comparison


def test_the_shared_comparison_has_every_verdict() -> None:
    """What goes through all formats leaves no verdict and no severity out."""
    comparison = make_comparison()
    assert {probe.verdict for probe in comparison.probes} == set(Verdict)
    assert {probe.severity for probe in comparison.probes} == set(Severity)


def test_golden() -> None:
    """The table is as it was reviewed."""
    check_golden("comparison.txt", render_comparison(make_comparison()))


def test_columns_are_aligned() -> None:
    """Under each rule of dashes every row has its cells, and no line ends in blanks."""
    lines = render_comparison(make_comparison()).splitlines()
    assert all(line == line.rstrip() for line in lines)
    rule = next(index for index, line in enumerate(lines) if line.startswith("---"))
    gaps = [i for i, char in enumerate(lines[rule]) if char == " "]
    for line in lines[rule - 1 : rule + 4]:
        assert all(line[i : i + 1] in {"", " "} for i in gaps)


def test_hostile_text_is_inert() -> None:
    """No text of a stranger ends a line, turns the writing or colours a terminal."""
    text = render_comparison(make_hostile_comparison())
    assert all(unicodedata.category(char) not in {"Cc", "Cf"} for char in text.replace("\n", ""))
    honest = compare_machines(
        [make_evidence(name, make_probe("p")) for name in ("m1", "m2")], commit="0" * 12
    )
    extra_notes = 2
    assert len(text.splitlines()) == len(render_comparison(honest).splitlines()) + extra_notes


def test_one_machine() -> None:
    """One machine is one, not one machines."""
    alone = compare_machines([make_evidence("m1", make_probe())], commit="0" * 12)
    assert render_comparison(alone).startswith("1 machine at commit 000000000000\n")


def test_a_narrow_terminal_shows_where_machines_part() -> None:
    """Where digests have no room, the line along which machines part stands in their place."""
    text = render_comparison(make_comparison(), width=80)
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    assert "apple-m3, apple-m3-ultra | apple-m1-max; promise: family" in " ".join(
        line[37:].strip() for line in text.splitlines()
    )
    assert "ca0df2c95aa1" not in text
    assert "Digests have no room here" in words
    for probe in make_comparison().probes:
        assert probe.id in words


def test_a_terminal_with_room_shows_all() -> None:
    """Where all has room, a terminal shows what a pipe has."""
    comparison = make_comparison()
    assert render_comparison(comparison, width=400) == render_comparison(comparison)


def test_many_that_do_better_are_counted() -> None:
    """One line says how many do better than promised, and how to have them named."""
    probes = [make_probe(f"p{index}", expectation=Expectation.MACHINE) for index in range(4)]
    comparison = compare_machines(
        [make_evidence(name, *probes) for name in ("m1", "m2")], commit="0" * 12
    )
    text = render_comparison(comparison)
    assert text.count("better than promised") == 1
    assert "better than promised: 4 probes (`--verbose` names them)" in text
    assert render_comparison(comparison, verbose=True).count("better than promised") == 4


def test_a_table_without_notes_has_no_column_of_notes() -> None:
    """Where a row has one, all have the column."""
    machines = [make_evidence(name, make_probe("p")) for name in ("m1", "m2")]
    quiet = render_comparison(compare_machines(machines, commit="0" * 12))
    assert [line.split()[-1] for line in quiet.splitlines() if line.startswith("probe")] == [
        "severity"
    ]
    probes = (make_probe("p"), make_probe("q"))
    told = compare_machines([*machines, make_evidence("m3", *probes)], commit="0" * 12)
    for width in (None, 120):
        lines = render_comparison(told, width=width).splitlines()
        assert next(line for line in lines if line.startswith("probe")).endswith("  note")


def test_across_commits() -> None:
    """Evidence of several commits is called so, and each commit is named."""
    machines = [make_evidence(name, make_probe()) for name in ("m1", "m2")]
    text = render_comparison(compare_machines(machines, commit=None))
    assert text.startswith("2 machines across commits\n")
    assert "note: Across commits" in text
