"""What a snapshot gave, for a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from reprokit.model.environment import Repository
from reprokit.model.probe import Expectation
from reprokit.model.record import (
    ArrayFacts,
    ControlResult,
    Failure,
    NamedArray,
    Record,
    Relation,
    Status,
)
from reprokit.model.verification import Discrepancy, Verification
from reprokit.render.snapshot import describe_outcome, render_snapshot, render_verification
from tests.builders import COMMIT, make_digest, make_manifest, make_probe, make_record, make_run

QUIET = Verification(
    agreeing=(), completed=(), failed_again=(), discrepancies=(), environment_changes=()
)


def test_render_snapshot() -> None:
    """A row for each probe, a line for what is wrong, and a count at the end."""
    failure = Failure(reason="SIGABRT", stderr="one\n\x1b[31mtwo")
    manifest = make_manifest(
        "m1",
        [
            make_probe("good"),
            make_probe("crashing", record=Record(status=Status.CRASHED, failure=failure)),
            make_probe("moving", record=make_record("a", status=Status.UNSTABLE)),
        ],
        repository=Repository(commit=COMMIT, dirty=True),
    )
    breaches = {
        "crashing": ("crashed: SIGABRT",),
        "moving": ("does not repeat on this machine: a 2 times, b 1 times",),
    }
    text = render_snapshot(manifest, breaches)
    assert f"good      ok        {make_digest('a')[:12]}  float32[8]  4.1 kB" in text
    assert "crashing: crashed: SIGABRT\n    one\n    \\x1b[31mtwo" in text
    assert "moving: does not repeat on this machine:" in text
    assert text.endswith(
        "m1 (applegpu_g13s) at 0a8ec29f1c21 with uncommitted changes: 1 ok, 1 crashed, 1 unstable"
        "; 2 blocking\n"
    )


def test_what_promises_nothing_differs_as_expected() -> None:
    """A probe known not to repeat is no finding; one that repeats after all is told, once."""
    never = Expectation.NEVER
    moving = make_record("a", status=Status.UNSTABLE)
    probes = [
        make_probe("clock", record=moving, expectation=never),
        *(make_probe(f"steady-{index}", expectation=never) for index in range(4)),
    ]
    text = render_snapshot(make_manifest("m1", probes), {})
    assert f"clock     differs as expected  {make_digest('a')[:12]}" in text
    assert "unstable" not in text
    assert "4 ok, 1 differs as expected; 0 blocking" in text
    assert "without a promise: 4 probes (`--verbose` names them)" in text
    named = render_snapshot(make_manifest("m1", probes), {}, verbose=True)
    assert "without a promise: steady-0, steady-1, steady-2, steady-3\n" in named
    one = render_snapshot(make_manifest("m1", probes[:2]), {})
    assert one.endswith("better than promised, repeating here without a promise: steady-0\n")


@pytest.mark.parametrize(
    ("holds", "expected", "status"),
    [
        (True, True, "ok, holds"),
        (True, False, "ok, holds"),
        (False, True, "ok, does not hold"),
        (False, None, "ok, does not hold"),
        (False, False, "ok, breaks as expected"),
    ],
)
def test_a_relation_that_breaks_as_declared_is_expected(
    holds: bool,  # noqa: FBT001 - a case
    expected: bool | None,  # noqa: FBT001 - as above
    status: str,
) -> None:
    """Only a relation whose suite says that it breaks does so as expected."""
    record = replace(make_record("a"), relation=Relation(name="x equals y", holds=holds))
    probe = replace(make_probe("p", record=record), relation=expected)
    row = render_snapshot(make_manifest("m1", [probe]), {}).splitlines()[2]
    assert re.split("  +", row)[1] == status


@pytest.mark.parametrize(
    ("word", "expected", "status"),
    [
        ("a", True, "ok, equals control"),
        ("a", False, "ok, equals control"),
        ("b", True, "ok, differs from control"),
        ("b", None, "ok, differs from control"),
        ("b", False, "ok, differs from control as expected"),
    ],
)
def test_a_control_that_differs_as_declared_is_expected(
    word: str,
    expected: bool | None,  # noqa: FBT001 - a case
    status: str,
) -> None:
    """Only where its suite says that it differs, a control does so as expected."""
    control = ControlResult(status=Status.OK, result=make_record(word).result)
    record = replace(make_record("a"), control=control)
    probe = replace(make_probe("p", record=record), control_equal=expected)
    row = render_snapshot(make_manifest("m1", [probe]), {}).splitlines()[2]
    assert re.split("  +", row)[1] == status


@pytest.mark.parametrize(
    ("status", "expectation", "breaches", "shown"),
    [
        (Status.OK, Expectation.FAMILY, ("peaks at 3.0 MB",), "breaks promise"),
        (Status.OK, Expectation.FAMILY, (), "ok"),
        (Status.UNSTABLE, Expectation.NEVER, ("peaks at 3.0 MB",), "breaks promise"),
        (Status.UNSTABLE, Expectation.NEVER, (), "differs as expected"),
        (Status.UNSTABLE, Expectation.FAMILY, ("does not repeat",), "unstable"),
        (Status.CRASHED, Expectation.FAMILY, ("crashed: SIGABRT",), "crashed"),
    ],
)
def test_a_probe_that_blocks_does_not_go_by_ok(
    status: Status, expectation: Expectation, breaches: tuple[str, ...], shown: str
) -> None:
    """Its bytes may be as they should be: row and count say that something else is not."""
    probe = make_probe("p", record=make_record("a", status=status), expectation=expectation)
    lines = render_snapshot(make_manifest("m1", [probe]), {"p": breaches}).splitlines()
    assert re.split("  +", lines[2])[1] == shown
    assert f": 1 {shown}; {int(bool(breaches))} blocking" in lines[-1]


def test_a_relation_that_does_not_repeat_is_told() -> None:
    """What holds in one run and not in another is not said to hold."""
    runs = tuple(replace(make_run("a"), holds=holds, warm_holds=holds) for holds in (True, False))
    record = replace(make_record("a"), relation=Relation(name="x", holds=True), runs=runs)
    text = render_snapshot(make_manifest("m1", [make_probe("p", record=record)]), {})
    assert "ok, holds at times" in text


def test_skipped_probes_are_told_once_for_each_reason() -> None:
    """Many that lack the same thing have one line, with their number."""
    probes = [
        make_probe(name, record=Record(status=Status.SKIPPED, failure=Failure(reason=reason)))
        for name, reason in [*zip("abcd", ["no GPU"] * 4, strict=True), ("e", "needs 4.4 TB")]
    ]
    text = render_snapshot(make_manifest("m1", probes), {})
    assert "skipped (no GPU): 4 probes (`--verbose` names them)\n" in text
    assert "skipped (needs 4.4 TB): e\n" in text
    named = render_snapshot(make_manifest("m1", probes), {}, verbose=True)
    assert "skipped (no GPU): a, b, c, d\n" in named


def test_a_tree_is_told_by_its_size() -> None:
    """A tree has no shape, but so many arrays."""
    (leaf,) = [NamedArray(name="a", array=ArrayFacts(digest=make_digest("a")))]
    result = ArrayFacts(digest=make_digest("t"), dtype="tree")
    record = replace(make_record("a"), result=result, leaves=(leaf, leaf))
    text = render_snapshot(make_manifest("m1", [make_probe("p", record=record)]), {})
    assert "tree of 2" in text


def test_a_narrow_terminal_leaves_columns_out_and_says_so() -> None:
    """Digest and status stay; the line beneath names what went."""
    manifest = make_manifest("m1", [make_probe("a-probe-of-a-rather-long-name")])
    wide = render_snapshot(manifest, {})
    assert render_snapshot(manifest, {}, width=200) == wide
    narrow = render_snapshot(manifest, {}, width=70)
    assert max(map(len, narrow.splitlines())) <= 70
    assert make_digest("a")[:12] in narrow
    assert "No room here for: array, cold." in narrow
    assert narrow.splitlines()[0].split() == ["probe", "status", "digest", "peak", "warm"]


def test_lines_of_a_traceback_that_only_point_are_left_out() -> None:
    """The few lines that are shown say something."""
    stderr = "  File x\n    f(y)\n    ^^^^\n\n    ~~^~~\nValueError: y"
    record = Record(status=Status.FAILED, failure=Failure(reason="y", stderr=stderr))
    text = render_snapshot(make_manifest("m1", [make_probe("p", record=record)]), {})
    assert "      File x\n        f(y)\n    ValueError: y\n" in text


def test_verification_counts_many() -> None:
    """So does what a second snapshot adds; what agrees is told where something could."""
    many = replace(QUIET, completed=tuple("abcd"))
    assert render_verification(many) == "new: 4 probes (`--verbose` names them)\n"
    assert render_verification(many, verbose=True) == "new: a, b, c, d\n"
    assert render_verification(QUIET) == "verified: 0 probes gave the same bytes again\n"
    moved = replace(QUIET, moved=("a",))
    assert render_verification(moved) == "other bytes as expected: a\n"
    unstable = render_verification(replace(QUIET, agreeing=("a",), unstable=("b",)))
    assert unstable.endswith("\nunstable in the evidence, so that nothing verifies: b\n")
    one = replace(QUIET, agreeing=("a",))
    assert render_verification(one) == "verified: 1 probe gave the same bytes again\n"


def test_render_verification() -> None:
    """Agreement is counted; what is new, what parts and what changed is named."""
    discrepancy = Discrepancy(
        id="p",
        before=make_record("a"),
        after=make_record(status=Status.CRASHED),
        path="manifests/m1/x.toml",
        environment_changes=(),
    )
    text = render_verification(
        replace(
            QUIET,
            agreeing=("q", "r"),
            completed=("s",),
            failed_again=("t",),
            discrepancies=(discrepancy,),
            environment_changes=("hardware",),
        )
    )
    lines = text.splitlines()
    assert lines[0].startswith("verified: 2 probes gave the same bytes again")
    assert "new: s" in lines
    assert (
        f"DIFFERENT from manifests/m1/x.toml: p: {make_digest('a')[:12]} before, "
        "crashed (crashed for a test) now"
    ) in lines
    assert "--machine" in lines[-1]


def test_a_discrepancy_of_equal_bytes_says_what_else_parts() -> None:
    """Where the digest is the same, array, relation and control tell the two records apart."""
    relation = Relation(name="x equals y", holds=True)
    control = ControlResult(status=Status.OK, result=make_record("c").result)
    before = replace(make_record("a"), relation=relation, control=control)
    after = replace(make_record("a"), relation=replace(relation, holds=False))
    discrepancy = Discrepancy(
        id="p", before=before, after=after, path="m1/x.toml", environment_changes=()
    )
    a, c = (make_digest(word)[:12] for word in "ac")
    told = (
        f"DIFFERENT from m1/x.toml: p: {a} (float32[8], relation holds, control {c}) before, "
        f"{a} (float32[8], relation does not hold) now"
    )
    assert told in render_verification(replace(QUIET, discrepancies=(discrepancy,)))


def test_describe_outcome() -> None:
    """Bytes go by their digest, all else by status and reason."""
    assert describe_outcome(make_record("a")) == make_digest("a")[:12]
    assert describe_outcome(make_record(status=Status.FAILED)) == "failed (failed for a test)"
    moving = make_record("a", status=Status.UNSTABLE)
    assert describe_outcome(moving) == "unstable"
    assert describe_outcome(moving, Expectation.MACHINE) == "unstable"
    assert describe_outcome(moving, Expectation.NEVER) == "differs as expected"
