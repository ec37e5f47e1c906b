"""The map of machines against probes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.render.pictures.heat_map import MOST_MACHINES, MOST_ROWS, draw_heat_map
from tests.builders import make_definition, make_evidence, make_probe
from tests.render.pictures.comparisons import compare_words
from tests.render.pictures.drawn import parse
from tests.render.shared import HOSTILE, make_comparison

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison


def test_each_machine_has_the_letter_of_its_cluster() -> None:
    """The largest cluster is A, further ones follow; color and letter say the same."""
    drawn = parse(draw_heat_map(compare_words({"normal": ["x", "y", "y", "z"]})))
    row = drawn.texts.index("normal")
    assert drawn.texts[row + 1 : row + 6] == ["B", "A", "A", "C", "DIFFERENT, BLOCKING"]
    assert drawn.kinds == {"cluster-0": 2, "cluster-1": 1, "cluster-2": 1}


def test_machines_without_bytes_have_a_mark_that_is_explained() -> None:
    """Each state has its letter, and the legend tells those that occur, and no others."""
    states = ["a", "failed", "crashed", "timed-out", "skipped", "unstable", ""]
    drawn = parse(draw_heat_map(compare_words({"normal": states})))
    row = drawn.texts.index("normal")
    assert drawn.texts[row + 1 : row + 8] == ["A", "f", "c", "t", "s", "u", "-"]
    assert drawn.kinds == {"cluster-0": 1, "trouble": 4, "gap": 2}
    legend = "u unstable, f failed, c crashed, t timed-out, s skipped, - missing."
    assert drawn.texts[-1] == legend


def test_other_definition_is_marked_as_such() -> None:
    """Machines of another definition have letters of their own, and not the color of A."""
    other = make_probe(definition=make_definition(seed=1))
    evidence = [make_evidence("m1", make_probe()), make_evidence("m3", other)]
    from reprokit.compare.verdict import compare_machines

    drawn = parse(draw_heat_map(compare_machines(evidence, commit=None)))
    assert {"A", "A/2", "A/2, A/3: other definitions, not comparable."} <= set(drawn.texts)
    assert drawn.kinds == {"cluster-0": 1, "cluster-other": 1}


def test_more_clusters_than_letters_stay_apart() -> None:
    """Of thirty clusters each drawn one has a mark of its own."""
    drawn = parse(draw_heat_map(compare_words({"normal": [str(it) for it in range(30)]})))
    row = drawn.texts.index("normal")
    marks = drawn.texts[row + 1 : row + 1 + MOST_MACHINES]
    assert len(set(marks)) == MOST_MACHINES
    assert f"Not drawn: {30 - MOST_MACHINES} machines." in drawn.texts


def test_many_that_agree_share_a_row() -> None:
    """Probes that part keep their rows, and come first."""
    words = {f"agree-{it}": ["a", "a"] for it in range(MOST_ROWS)}
    drawn = parse(draw_heat_map(compare_words({**words, "part": ["a", "b"]})))
    assert drawn.texts.index("part") < drawn.texts.index(f"{MOST_ROWS} probes")
    assert "agree-0" not in drawn.texts
    assert drawn.kinds == {"cluster-0": 3, "cluster-1": 1}


def test_many_that_part_alike_share_a_row() -> None:
    """Each line along which machines part has one row, under its first probe's name."""
    patterns = (["a", "b", "b"], ["a", "a", "b"], ["a", "b", "c"])
    words = {f"probe-{it}": patterns[it % 3] for it in range(100)}
    drawn = parse(draw_heat_map(compare_words(words)))
    assert [it for it in drawn.texts if "probe-" in it] == [
        "probe-0 and 33 more",
        "probe-1 and 32 more",
        "probe-2 and 32 more",
    ]


def make_large(machines: int = 10, probes: int = 500) -> Comparison:
    """Compare so many machines that each probe parts along a line of its own."""
    return compare_words(
        {
            f"probe-{number}": [str(number >> machine & 1) for machine in range(machines)]
            for number in range(probes)
        }
    )


def test_large_comparison_stays_small() -> None:
    """Ten machines and 500 probes make a picture that can be read, and what is left out is told."""
    picture = draw_heat_map(make_large())
    drawn = parse(picture)
    assert len(picture.svg) < 60_000
    rows = [it for it in drawn.texts if it.startswith("probe-") or it[0].isdigit()]
    assert len(rows) == MOST_ROWS
    left = next(it for it in drawn.texts if it.startswith("Not drawn"))
    drawn_probes = sum(1 + int(it.split()[2]) if " and " in it else 1 for it in rows)
    assert left.split()[2] == str(500 - drawn_probes)
    assert float(drawn.root.attrib["width"]) < 1000
    assert float(drawn.root.attrib["height"]) < 1000


def test_description_tells_what_is_seen() -> None:
    """The text alternative counts the verdicts, and names the lines along which machines part."""
    words = {"one": ["a", "b", "b"], "two": ["a", "b", "b"], "three": ["a", "a", "a"]}
    picture = draw_heat_map(compare_words(words))
    assert picture.title == "Clusters of 3 machines over 3 probes"
    assert picture.description == (
        "1 identical, 2 different; 2 blocking, 0 warnings. "
        "machine-1, machine-2 | machine-0: one, two."
    )


def test_description_tells_what_has_no_line() -> None:
    """What does not repeat, or is missing; of many kinds the rest is counted."""
    words = {"one": ["a", "b"], "flaky": ["unstable", "unstable"], "two": ["a", ""]}
    picture = draw_heat_map(compare_words(words))
    assert picture.description.endswith(
        "machine-0 | machine-1: one. no cluster; unstable on machine-0, machine-1: flaky. "
        "machine-0; missing on machine-1: two."
    )
    kinds = ["failed", "crashed", "timed-out", "skipped", "unstable", ""]
    many = {f"{it}-{other}": [it, other] for it in kinds for other in kinds if it or other}
    assert draw_heat_map(compare_words(many)).description.endswith(
        ". 29 more probes along no line."
    )


def test_ids_begin_with_the_picture_s_name() -> None:
    """Two pictures can stand in one page."""
    comparison = make_comparison()
    first, second = (parse(draw_heat_map(comparison, name=name)) for name in ("one", "two"))
    labels = {it.root.attrib["aria-labelledby"] for it in (first, second)}
    assert labels == {"one-title one-desc", "two-title two-desc"}


@pytest.mark.parametrize("text", [HOSTILE, "]]></style><script>", "\x00\ufffe\uffff", "a" * 5000])
def test_hostile_names_are_inert(text: str) -> None:
    """Names of strangers are text, whatever is in them, and do not make the picture wide."""
    comparison = make_comparison()
    machine, probe = comparison.machines[0], comparison.probes[0]
    old = machine.name
    hostile = replace(
        comparison,
        machines=(replace(machine, name=text), *comparison.machines[1:]),
        probes=(
            replace(
                probe,
                id=text,
                states={text: probe.states[old], **probe.states},
                definitions={text: probe.definitions[old], **probe.definitions},
                clusters=((text, *probe.clusters[0][1:]), *probe.clusters[1:]),
            ),
        ),
    )
    drawn = parse(draw_heat_map(hostile))
    assert float(drawn.root.attrib["width"]) < 1200


def test_same_comparison_gives_same_bytes_in_every_process() -> None:
    """Nothing of a picture depends on hash order, time or chance."""
    program = (
        "from reprokit.render.pictures.heat_map import draw_heat_map\n"
        "from tests.render.shared import make_comparison\n"
        "print(draw_heat_map(make_comparison()).svg, end='')"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert texts == {draw_heat_map(make_comparison()).svg.encode()}
