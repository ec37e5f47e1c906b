"""The milestone: a dated document."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import jsonschema
import pytest

from reprokit.compare.amendment import list_changes, make_statement
from reprokit.compare.completion import add_side_findings
from reprokit.compare.verdict import compare_machines
from reprokit.errors import UsageError
from reprokit.model.manifest import SuiteReference
from reprokit.model.milestone import Amendment, Milestone, SmallAgreement
from reprokit.model.names import short
from reprokit.model.record import ArrayFacts, Record, Relation, Status
from reprokit.render.milestone import (
    add_to_json,
    draw_pictures,
    render_amendment,
    render_json,
    render_markdown,
)
from reprokit.render.milestone_view import MilestoneView, split_paragraphs
from reprokit.render.own_template import TemplateText
from tests.builders import COMMIT, make_digest, make_evidence, make_probe, make_record, make_run
from tests.render.full import make_full_comparison
from tests.render.pictures.comparisons import make_weighed
from tests.render.shared import (
    HOSTILE,
    check_golden,
    find_live_markup,
    make_comparison,
    make_hostile_comparison,
)
from tests.render.test_schemas import validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.comparison import Comparison, MachineEvidence

MILESTONE = Milestone(
    name="r1-cross-machine",
    date="2026-05-20",
    why="Do *all* machines agree?\n\nA second `paragraph`,\nof two lines.",
    command="reprokit milestone r1-cross-machine --machines m1,m3",
    comparison=make_full_comparison(),
    probe_glob="n*",
    small_agreements=(
        SmallAgreement(probe="normal-4", op="random.normal", size=4, differing=7, total=80),
    ),
)
FILES = {"r1-cross-machine-2026-05-20.md": "0" * 64}


def render(milestone: Milestone) -> str:
    """Write a milestone with its pictures."""
    return render_markdown(milestone, draw_pictures(milestone))


def test_golden() -> None:
    """The document is as it was reviewed."""
    check_golden("milestone.md", render(MILESTONE))


def test_golden_amendment() -> None:
    """So is what a later run adds, here of machines that were fewer before."""
    before = make_statement(compare_machines(MILESTONE.comparison.machines[:2], commit="0" * 12))
    changes = list_changes(before, make_statement(MILESTONE.comparison))
    amendment = Amendment(number=2, date="2026-06-01", milestone=MILESTONE, changes=changes)
    check_golden("milestone_amendment.md", render_amendment(amendment))


def amend(before: Comparison, after: Milestone) -> str:
    """Write the amendment that states a comparison after another."""
    changes = list_changes(make_statement(before), make_statement(after.comparison))
    amendment = Amendment(number=1, date="2026-06-01", milestone=after, changes=changes)
    return render_amendment(amendment).replace("\n### ", "\n## ")


def test_an_amendment_of_another_machine_states_all_results_again() -> None:
    """As the document does; setup has the new machine, of which nothing was told before."""
    machines = MILESTONE.comparison.machines
    added = amend(compare_machines(machines[:2], commit=short(COMMIT)), MILESTONE)
    whole = render_markdown(MILESTONE)
    for title in ("Results", "Time", "Implications"):
        rows = [it for it in cut(whole, title).splitlines() if it.startswith(("| ", "- "))]
        assert rows
        assert all(f"\n{it}\n" in added for it in rows)
    assert cut(added, "Setup of what is new or changed").startswith("\n|  | `apple-m3-ultra` |\n")
    method = cut(whole, "Method").partition("\n\nTo write this")[0]
    assert method.endswith(cut(added, "Method"))
    assert "not measured by reprokit: apple-m3-ultra" in cut(added, "Method")


def test_an_amendment_of_another_digest_states_what_it_concerns() -> None:
    """The rows concerned, what was chosen, and what follows from all."""
    one = make_evidence("m1", make_probe("p", "a"), make_probe("q", "b"))
    other = replace(one, name="m2")
    moved = make_evidence("m2", make_probe("p", "c"), make_probe("q", "b"))
    before, after = (compare_machines([one, it], commit="0" * 12) for it in (other, moved))
    after = replace(after, notes=("m2 was measured with uncommitted changes.",))
    added = amend(before, replace(MILESTONE, comparison=after))
    assert re.findall(r"^## (.*)$", added, flags=re.MULTILINE)[1:] == [
        *("What changed", "Method", "Results that changed", "To be kept in mind", "Implications"),
        *("What was not measured", "Provenance"),
    ]
    assert "Only probes whose id fits `n*` are compared." in cut(added, "Method")
    assert "| `p` | **DIFFERENT** |" in added
    assert "| `q` |" not in added
    assert "- m2 was measured with uncommitted changes.\n" in added
    assert "- **blocking**: `p`: a promise is broken" in added


def test_an_amendment_that_changes_nothing_has_its_reason_alone() -> None:
    """Results stand above."""
    added = amend(MILESTONE.comparison, replace(MILESTONE, probe_glob="*", why="Again."))
    assert "\nAgain.\n\nNo result changed.\n\n## What was not measured\n" in added


def test_the_same_facts_are_the_same_bytes() -> None:
    """To make a milestone again, from facts gathered again, changes nothing."""
    again = replace(MILESTONE, comparison=make_full_comparison())
    assert render(again) == render(MILESTONE)
    assert render_json(again, FILES) == render_json(MILESTONE, FILES)
    assert draw_pictures(again) == draw_pictures(MILESTONE)


def test_header() -> None:
    """The document begins with what, how, when and at which commit, and names its data."""
    lines = render_markdown(MILESTONE).splitlines()
    assert lines[0] == "# r1-cross-machine: apple-m1-max, apple-m3 and apple-m3-ultra"
    assert lines[2].startswith("**Status:** **BLOCKED**: 3 identical, 3 different,")
    assert "**Date:** 2026-05-20  " in lines
    assert "**Commit:** `0a8ec29f1c21`  " in lines
    link = "[`r1-cross-machine-2026-05-20.json`](r1-cross-machine-2026-05-20.json)"
    assert f"**Data:** {link}  " in lines


def test_paragraphs() -> None:
    """Empty lines part them; other ends of lines are blanks."""
    assert split_paragraphs(" a\nb \r\n\r\n\n\n c\n") == ["a b", "c"]
    assert split_paragraphs(" \n\n") == []


def test_sections_without_content_are_left_out() -> None:
    """A milestone without a why, causes, measured probes and exclusions has no such sections."""
    machines = [
        replace(machine, suites=(SuiteReference(name="core", sha256="0" * 64, excludes="No."),))
        for machine in (make_evidence("m1", make_probe("p")), make_evidence("m2", make_probe("p")))
    ]
    comparison = add_side_findings(compare_machines(machines, commit="0" * 12))
    text = render(replace(MILESTONE, why="", comparison=comparison, small_agreements=()))
    titles = re.findall(r"^##+ (.*)$", text, flags=re.MULTILINE)
    assert titles == [
        *("Setup", "Method", "Results", "Time", "Implications"),
        *("What was not measured", "Provenance", "Notes"),
    ]
    assert "\n\n\n" not in text


@pytest.mark.parametrize("count", [1, 2, 5])
def test_machines_are_named_while_they_are_few(count: int) -> None:
    """And counted beyond four; one alone has nothing to be compared with."""
    machines = [make_evidence(f"m{it}", make_probe("p")) for it in range(count)]
    comparison = compare_machines(machines, commit="0" * 12)
    first, _, status, *_ = render(replace(MILESTONE, comparison=comparison)).splitlines()
    assert first.partition(": ")[2] == {1: "m0", 2: "m0 and m1", 5: "5 machines"}[count]
    assert ("ONE MACHINE, NOTHING COMPARED" in status) == (count == 1)
    assert ("ALL IDENTICAL" in status) == (count > 1)


def test_hostile_text_is_inert() -> None:
    """No text of a stranger makes a heading, a link, a tag or a row of its own."""
    hostile = replace(
        MILESTONE,
        why=HOSTILE,
        command=f"x ``` ```` {HOSTILE}",
        probe_glob=HOSTILE,
        comparison=make_hostile_comparison(),
    )
    text = render(hostile)
    assert all(unicodedata.category(char) not in {"Cc", "Cf"} for char in text.replace("\n", ""))
    assert "`````console" in text
    outside = re.sub(r"(`{3,})console\n.*?\n\1", "", text, flags=re.DOTALL)
    assert outside.count("\n# ") == 0
    own = re.compile(r"(!?\[[^\n]*)\]\(r1-cross-machine-[a-z0-9.-]*\)")  # data and pictures
    labels = [label.removeprefix("!").removeprefix("[") for label in own.findall(outside)]
    assert len(labels) == 2
    for part in (own.sub("", outside), *labels):
        ours = part.replace("**blocking**", "").replace("`tick`", "")  # closed code is inert
        assert find_live_markup(ours) == []


def test_large_probes_have_a_row_of_memory_and_of_time() -> None:
    """From a result of 1 MiB on; the greatest peak, medians of the rest; small ones are summed."""
    record = Record(
        status=Status.OK,
        result=ArrayFacts(digest=make_digest("a"), dtype="float32", shape=(512, 512)),
        runs=tuple(
            replace(make_run("a", cold_s=cold_s), peak_bytes=2 * 1024**2)
            for cold_s in (0.1, 0.2, 9.0)
        ),
    )
    machine = make_evidence("m1", make_probe("large", record=record), make_probe("small"))
    comparison = add_side_findings(compare_machines([machine], commit="0" * 12))
    milestone = replace(MILESTONE, comparison=comparison)
    text = render(milestone)
    assert "| `large` | 1.0 MB | 2.1 MB (2.000 x output), RSS 50.0 MB |" in text
    assert "| `large` | 200.00 ms / 0.50 ms |" in text
    assert "| 2 probes together | 450.00 ms / 1.00 ms |" in text
    assert [picture.name for picture in draw_pictures(milestone)] == ["peak-memory"]


def weigh(machine: str, sizes: Sequence[int]) -> MachineEvidence:
    """Make a machine that measured probes of these sizes, in MiB."""
    made = (make_weighed(f"draw-{at}", it * 1024**2, 2**30) for at, it in enumerate(sizes))
    return make_evidence(machine, *made)


@pytest.mark.parametrize("count", [40, 45])
def test_what_tables_of_costs_leave_out_is_told(count: int) -> None:
    """Of more than 40 large probes the smaller ones have no row, and a last row tells how many."""
    machines = [weigh(name, range(count, 0, -1)) for name in ("m1", "m2")]
    comparison = add_side_findings(compare_machines(machines, commit="0" * 12))
    text = render_markdown(replace(MILESTONE, comparison=comparison))
    memory, time = (cut(text, title) for title in ("Peak memory", "Time"))
    for rows in (memory, time):
        assert rows.count("| `draw-") == 40
        assert "| `draw-40` |" not in rows
        assert ("5 of smaller outputs in the JSON |" in rows) is (count == 45)
    if count > 40:
        assert memory.splitlines()[-1] == "| 5 of smaller outputs in the JSON |  |  |  |"


def cut(text: str, title: str) -> str:
    """Cut out a section of the document."""
    return text.partition(f"\n## {title}\n")[2].partition("\n\n## ")[0]


def measure(machine: str, runs: Mapping[str, int], *failed: str) -> MachineEvidence:
    """Make a machine that ran each probe so often, and failed in others."""
    records = {
        name: replace(make_record(name), runs=(make_run(name),) * count)
        for name, count in runs.items()
    }
    records |= {name: make_record(status=Status.FAILED) for name in failed}
    return make_evidence(machine, *(make_probe(it, record=one) for it, one in records.items()))


def test_one_machine_agrees_with_nobody() -> None:
    """Its digests and troubles are told, without verdicts, clusters and counts of agreement."""
    comparison = compare_machines([measure("m1", {"p": 2, "q": 2}, "r")], commit="0" * 12)
    alone = replace(MILESTONE, why="", comparison=comparison, small_agreements=())
    text = render_markdown(alone)
    assert "\n3 probes, 1 failed; 1 blocking, 0 warnings.\n\n- `core`: 3 probes\n\n" in text
    results = cut(text, "Results")
    assert "| probe | m1 | promise | severity | note |\n" in results
    assert f"| `p` | `{short(make_digest('p'))}` | family |  |  |\n" in results
    assert "| `r` | failed | family | **BLOCKING** | failed on m1 (failed for a test) |" in results
    said = re.sub(r"\n## Method\n.*?\n## ", "", text, flags=re.DOTALL)
    assert not re.search(r"identical|agree|cluster|\bA `|the same bytes on all", said)
    two = compare_machines([measure(it, {"p": 2}) for it in ("m1", "m2")], commit="0" * 12)
    assert "- `core`: 1 of 1 agree\n" in render_markdown(replace(MILESTONE, comparison=two))


HELD = "the same bytes in every run, each in a process that had not run the probe before, on "


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (measure("m1", {"p": 2}), [f"{HELD}m1 (1 probe, 2 runs)"]),
        (measure("m1", {"p": 2, "q": 3}), [f"{HELD}m1 (2 probes, 2 runs or more)"]),
        (measure("m1", {"p": 2}, "q", "r"), [f"{HELD}m1 (1 of 3 probes, 2 runs)"]),
        (measure("m1", {"p": 1}), ["not repeated in another process on m1 (1 probe)"]),
        (
            measure("m1", {"p": 1, "q": 1, "r": 2}),
            [
                f"{HELD}m1 (1 of 3 probes, 2 runs)",
                "not repeated in another process on m1 (2 probes)",
            ],
        ),
        (measure("m1", {}, "p"), []),
    ],
)
def test_only_what_was_repeated_is_said_to_repeat(
    evidence: MachineEvidence, told: list[str]
) -> None:
    """With how many probes of how many, and how many runs; in the words of the method."""
    comparison = compare_machines([evidence], commit="0" * 12)
    text = render_markdown(replace(MILESTONE, comparison=comparison))
    start = "- **note**: within a machine: "
    lines = [it.removeprefix(start) for it in text.splitlines() if it.startswith(start)]
    assert lines == told
    assert "each repeat in a process that had not run the probe before" in text


def test_runs_are_counted_in_the_commands() -> None:
    """One run is one."""
    comparison = compare_machines([measure("m1", {"p": 1})], commit="0" * 12)
    text = render_markdown(replace(MILESTONE, comparison=comparison))
    assert "; 1 run of each\n" in text
    assert " --repeat 1)\n" in text


def test_commands_are_told_from_what_was_run() -> None:
    """Suites, repeats and the commit, once for each manifest."""
    text = render(MILESTONE)
    assert "$ git worktree add --detach ../again-0a8ec29f1c21 0a8ec29f1c21\n" in text
    command = "uv run reprokit snapshot --machine apple-m1-max --suite core --repeat 2"
    assert f"$ (cd ../again-0a8ec29f1c21 && uv sync --locked && {command})\n" in text
    assert "# apple-m1-max, 2026-05-20T10:00:00Z: 9 probes of core (" in text
    assert "Only probes whose id fits `n*` are compared." in text


def test_a_broken_promise_is_in_the_status() -> None:
    """Equal bytes on all machines are no clean bill where one of them breaks its own promise."""
    relation = Relation(name="x equals y", holds=False)
    broken = replace(make_probe("p"), relation=True)
    broken = replace(broken, record=replace(broken.record, relation=relation))
    machines = [make_evidence("m1", broken), make_evidence("m2", make_probe("p"))]
    for count, status in [
        (1, "**Status:** **BLOCKED**: 1 probe; 1 blocking, 0 warnings"),
        (2, "**Status:** **BLOCKED**: 1 identical, 0 different; 1 blocking, 0 warnings"),
    ]:
        comparison = compare_machines(machines[:count], commit="0" * 12)
        text = render_markdown(replace(MILESTONE, comparison=comparison))
        assert status in text
        assert "on m1: does not hold: x equals y" in text
        assert ("the bytes agree, but a promise" in text) == (count == 2)
        assert "a promise of the suite's is broken\n" in text


def test_json_holds_the_comparison() -> None:
    """The JSON beside it has the same facts under a schema of its own."""
    document = json.loads(render_json(MILESTONE, FILES))
    assert document["schema"] == "reprokit/milestone/1"
    assert document["comparison"]["schema"] == "reprokit/comparison/1"
    assert (document["name"], document["date"]) == ("r1-cross-machine", "2026-05-20")
    assert document["files"] == FILES


def test_the_json_is_as_its_schema_says() -> None:
    """With an amendment, and with the comparison in it as that has a schema of its own."""
    published = json.loads(render_json(MILESTONE, FILES))
    statement = make_statement(MILESTONE.comparison)
    changes = list_changes(replace(statement, commit="0" * 12, machines={}, probes={}), statement)
    amendment = Amendment(number=1, date="2026-06-01", milestone=MILESTONE, changes=changes)
    document = json.loads(add_to_json(published, amendment, FILES))
    validate(document, "milestone-1")
    validate(document["comparison"], "comparison-1")
    validate(document["amendments"][0]["comparison"], "comparison-1")
    document["amendments"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validate(document, "milestone-1")


def test_an_amendment_leaves_what_was_published_in_the_json() -> None:
    """It stands behind, with all of its comparison."""
    published = json.loads(render_json(MILESTONE, FILES))
    later = replace(MILESTONE, comparison=make_comparison(), why="Later.")
    amendment = Amendment(number=1, date="2026-06-01", milestone=later, changes=())
    document = json.loads(add_to_json(published, amendment, {"a.md": "1" * 64}))
    (added,) = document["amendments"]
    assert (added["date"], added["why"]) == ("2026-06-01", "Later.")
    assert added["comparison"]["summary"] == published["comparison"]["summary"]
    sealed = {"sha256": published["sha256"]}
    assert document | {"files": FILES, "amendments": []} | sealed == published


def fill(text: str) -> str:
    """Fill a user's template."""
    return render_markdown(MILESTONE, (), TemplateText(name="mine.md.jinja", text=text))


def test_a_users_template_may_extend_ours() -> None:
    """It replaces a part; the others stay."""
    text = '{% extends "milestone.md.jinja" %}{% block why %}\nOur own.\n{% endblock %}'
    filled = fill(text)
    assert "\nOur own.\n" in filled
    assert "## Why" not in filled
    assert "## Provenance" in filled


def test_a_users_template_may_name_all_there_is() -> None:
    """Every name of the view; what it writes is escaped, also when it is put together."""
    for name in MilestoneView.__dataclass_fields__:
        fill(f"{{{{ milestone.{name} }}}}")
    assert fill("{{ '<b>' ~ ('x' | code) }}") == r"\<b\>\`x\`"
    assert fill("{{ ['<b>', 'x' | code] | join(' ') }}") == r"\<b\> \`x\`"
    assert fill("{{ '<b>' | e }}{{ '<i>' | safe }}") == r"\&lt;b\&gt;\<i\>"


BAD_TEMPLATES = {
    "syntax": ("# x\n{% if %}", 2, "Expected an expression"),
    "not closed": ("# x\n\n{% for it in milestone.suites %}", 3, "Unexpected end"),
    "unknown name": ("\n\n\n{{ milestone.nope }}", 4, "nope"),
    "unknown filter": ("\n{{ milestone.name | nope }}", 2, "nope"),
    "arithmetic": ("\n{{ 1 / 0 }}", 2, "division by zero"),
    "way out": ("\n{{ milestone.__class__.__mro__ }}", 2, "unsafe"),
    "another file": ('\n\n{% include "/etc/hostname" %}', 3, "hostname"),
    "itself": ('{% include "own:" %}', 1, "recursion"),
    "in a block": (
        '{% extends "milestone.md.jinja" %}\n{% block why %}\n{{ it.nope }}{% endblock %}',
        3,
        "nope",
    ),
}


@pytest.mark.parametrize("case", BAD_TEMPLATES)
def test_a_wrong_template_is_an_error_with_its_line(case: str) -> None:
    """File, line, and what is wrong there."""
    text, line, problem = BAD_TEMPLATES[case]
    with pytest.raises(UsageError, match=problem) as caught:
        fill(text)
    assert caught.value.where == f"mine.md.jinja: line {line}"
