"""The history of a probe, for people and for programs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.model.definition import DigestRule
from reprokit.model.history import Step
from reprokit.model.manifest import Origin, OriginKind
from reprokit.model.names import short
from reprokit.model.record import Failure, Record, Status
from reprokit.render.history import describe_letters, render_markdown, render_text
from reprokit.render.json_history import describe_history, render_history
from tests.builders import (
    make_definition,
    make_digest,
    make_environment,
    make_probe,
    make_record,
    make_run,
)
from tests.compare.test_history import NAME, make_kept, make_step, trace
from tests.render.shared import HOSTILE, check_golden, find_live_markup
from tests.render.test_schemas import validate

if TYPE_CHECKING:
    from reprokit.model.history import ProbeHistory
    from reprokit.model.manifest import Manifest

OTHER = make_definition(seed=1)
A_TO_B = ((1, "a"), (2, "b"))


def make_history() -> ProbeHistory:
    """Make a history in which everything happens."""
    newer = make_environment()
    newer = replace(newer, os=replace(newer.os, build="25F71"))
    failed = make_probe(NAME, record=make_record(status=Status.CRASHED))
    unstable = make_probe(NAME, record=make_record("a", status=Status.UNSTABLE))
    published: Manifest = replace(
        make_step(3, "b", machine="apple-m5", committed=None),
        origin=Origin(kind=OriginKind.PUBLISHED),
    )
    return trace(
        [
            make_step(1, make_kept(1, 2, 3)),
            make_step(2, make_kept(1, 2, 3)),
            make_step(3, make_kept(1, 2, 3)),
            make_step(4, make_kept(1, 7, 3), environment=newer),
            make_step(5, make_kept(1, 2, 3), environment=newer),
            make_step(6, None),
            make_step(7, None),
            make_step(8, failed),
            make_step(9, unstable),
            make_step(10, make_probe(NAME, "c", definition=OTHER)),
            make_step(11, make_probe(NAME, "d", definition=OTHER)),
            published,
        ]
    )


def test_text_golden() -> None:
    """Every step as people read it; what says the same is counted."""
    check_golden("history.txt", render_text(make_history()))


def test_markdown_golden() -> None:
    """The same parts as markdown."""
    check_golden("history.md", render_markdown(make_history()))


def test_verbose_has_a_row_for_each_entry() -> None:
    """Also for those that say the same, with what changed all the same."""
    history = make_history()
    entries = sum(len(machine.entries) for machine in history.machines)
    brief, verbose = (
        [line for line in render_markdown(history, verbose=it).splitlines() if "| 0000" in line]
        for it in (False, True)
    )
    assert len(verbose) == entries == 12
    assert len(brief) == entries - 2
    assert not any("times" in line for line in verbose)


def test_what_changed_without_a_move_is_told_where_all_is_asked_for() -> None:
    """An environment that changed and left the bytes as they were."""
    newer = make_environment(lock="other")
    history = trace([make_step(1, "a"), make_step(2, "a", environment=newer)])
    told = "000000000002 since 000000000001: may change bytes: lock.sha256"
    assert told not in render_text(history)
    assert told in render_text(history, verbose=True)


def test_one_commit_with_the_same_environment_changes_nothing_observed() -> None:
    """Uncommitted changes are told beside the entry, and the commit is not blamed."""
    clean = make_step(1, "a")
    repository = replace(clean.repository, dirty=True, diff_sha256="d" * 64)
    dirty = replace(make_step(2, "b"), repository=repository)
    text = render_text(trace([clean, dirty]))
    assert "MOVED, with uncommitted changes" in text
    assert "definition is the same: uncommitted changes are between them" in text


def test_the_code_is_not_blamed() -> None:
    """Of two commits it is not known whether what changed between them is why."""
    text = render_text(trace([make_step(1, "a"), make_step(2, "b")]))
    assert "what else changed from 000000000001 to 000000000002 is not observed" in text
    assert "the code did" not in text


def test_machines_that_made_the_same_move_elsewhere_are_named() -> None:
    """A release that came with the move of one did not make that of the others before."""
    others = [make_step(day, word, machine=name) for name in ("m3", "m5") for day, word in A_TO_B]
    environment = make_environment()
    newer = replace(environment, lock=replace(environment.lock, sha256="e" * 64))
    late = [make_step(1, "a"), make_step(4, "b", environment=newer)]
    elsewhere = [make_step(1, "c", machine="m7"), make_step(3, "b", machine="m7")]
    lines = render_text(trace([*late, *others, *elsewhere])).splitlines()
    (told,) = (it for it in lines if it.startswith("000000000004 since 000000000001: "))
    assert "what else changed from 000000000001 to 000000000004 is not observed" in told
    assert told.endswith(
        "; m3 and m5 made the same move at 000000000002, without a change of lock.sha256"
    )
    assert sum("the same move" in it for it in lines) == 3
    assert sum(it.endswith("; m1 made the same move at 000000000004") for it in lines) == 2


def test_a_change_that_others_had_too_is_not_said_to_be_lacking() -> None:
    """At one commit those alone are named that moved without it."""
    old = make_environment()
    lock = replace(old, lock=replace(old.lock, sha256="e" * 64))
    both = replace(lock, os=replace(lock.os, build="25F71"))
    moves = {"m1": both, "m3": lock, "m5": both}
    steps = [
        step
        for name, newer in moves.items()
        for step in (
            make_step(1, "a", machine=name),
            make_step(2, "b", environment=newer, machine=name),
        )
    ]
    lines = [it for it in render_text(trace(steps)).splitlines() if "since" in it]
    told = [it.partition(" is not observed")[2] for it in lines]
    lacking = "; m3 made the same move at 000000000002, without a change of os.build"
    assert told == [lacking, "", lacking]


def test_a_new_definition_of_the_same_bytes_is_told() -> None:
    """As where another function of a module was edited."""
    redefined = make_probe(NAME, "a", definition=OTHER)
    text = render_text(trace([make_step(1, "a"), make_step(2, redefined)]))
    assert "A/2 ca978112ca1b  new definition, same bytes" in text
    assert "the same bytes under another definition; not comparable: the definition" in text
    other = make_probe(NAME, "b", definition=OTHER)
    assert "same bytes" not in render_text(trace([make_step(1, "a"), make_step(2, other)]))


def test_equal_digests_by_two_rules_are_not_said_to_be_the_same_bytes() -> None:
    """A digest of what was cast first is of other bytes."""
    cast = make_probe(NAME, "a", definition=make_definition(rule=DigestRule.CAST_FLOAT32))
    text = render_text(trace([make_step(1, cast), make_step(2, "a")]))
    assert "the same digest under another definition" in text
    assert "same bytes" not in text


def test_one_digest_has_one_letter_under_all_definitions() -> None:
    """Whichever result of a definition comes first; the number of the definition stands behind."""
    words = {1: "a", 2: "b", 3: "b", 4: "a", 5: "c"}
    steps = [
        make_step(day, make_probe(NAME, word, definition=OTHER if day > 2 else None))
        for day, word in words.items()
    ]
    text = render_text(trace(steps))
    shown = re.findall(r"  (\S+) [0-9a-f]{12}  ", text)
    assert shown == ["A", "B", "B/2", "A/2", "C/2"]


def test_letters_are_explained_as_far_as_they_are_shown() -> None:
    """The number of a definition where there is one; nothing where there is no letter."""
    other = make_probe(NAME, "a", definition=OTHER)
    one, two = (render_text(trace([make_step(1, "a"), make_step(2, it)])) for it in ("b", other))
    assert one.endswith("\n\n" + describe_letters([trace([make_step(1, "a")])]) + "\n")
    assert "stroke" not in one
    assert "Behind the stroke stands the number of the definition" in two
    failed = trace([make_step(1, make_probe(NAME, record=make_record(status=Status.FAILED)))])
    assert describe_letters([failed]) == ""
    assert "letter" not in render_text(failed) + render_markdown(failed)


def test_all_digests_of_what_does_not_repeat_are_shown() -> None:
    """In one row, and as no move: nor is that a move for certain which comes behind."""
    unstable = [
        make_probe(NAME, record=replace(make_record(status=Status.UNSTABLE), runs=runs))
        for runs in ((make_run("b"), make_run("c")), (make_run("d"), make_run("b")))
    ]
    given = make_probe(NAME, "x"), *unstable, make_probe(NAME, "c")
    steps = [make_step(day, it) for day, it in enumerate(given, 1)]
    lines = render_text(trace(steps)).splitlines()
    shown = "/".join(short(make_digest(word)) for word in "bcad")
    (row,) = (it for it in lines if "unstable" in it)
    assert row.split("  ")[2:] == [shown, "unstable, 2 times"]
    assert any(it.endswith("does not repeat, so that no move is told") for it in lines)
    assert lines[0].endswith("; 1 move, 2 times without a result")
    doubt = "a run at 000000000002, where it did not repeat, gave this too: this may be no move"
    assert sum(doubt in it for it in lines) == 1
    many = replace(
        unstable[0], record=replace(unstable[0].record, runs=tuple(map(make_run, "bcdefg")))
    )
    assert " and 3 more" in render_text(trace([make_step(1, many)]))


def test_text_fits_the_terminal() -> None:
    """Sentences are broken at blanks."""
    wide, narrow = (render_text(make_history(), width=width) for width in (None, 80))
    assert max(map(len, wide.splitlines())) > 80 >= max(map(len, narrow.splitlines()))
    assert wide.split() == narrow.split()


def test_hostile_names_are_inert() -> None:
    """Names, reasons and facts of strangers are text."""
    failure = Failure(reason=HOSTILE)
    failed = make_probe(HOSTILE, record=Record(status=Status.FAILED, failure=failure))
    environment = make_environment()
    environment = replace(environment, os=replace(environment.os, build=HOSTILE))
    history = trace(
        [
            make_step(1, make_probe(HOSTILE, "a"), machine=HOSTILE),
            make_step(2, failed, machine=HOSTILE, environment=environment),
        ],
        HOSTILE,
    )
    assert not find_live_markup(render_markdown(history))
    assert all(it.isprintable() for it in render_text(history).splitlines())
    assert json.loads(render_history(history))["probe"] == HOSTILE


def test_json_has_the_published_shape() -> None:
    """With every step, and none that the schema does not know."""
    document = describe_history(make_history())
    validate(document, "history-1")
    steps = [entry["step"] for machine in document["machines"] for entry in machine["entries"]]
    assert document["summary"] == {
        step.value.replace("-", "_"): steps.count(step.value) for step in Step
    }
    assert document["summary"]["moved"] == 3
    assert document["machines"][0]["entries"][3]["divergence"]["witness"]["elements"] == [
        {"index": 1, "ulp": 5, "baseline": "0x2", "candidate": "0x7", "stage_ulp": None}
    ]
