"""What one machine's record breaks of its suite's promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.breach import find_breaches
from reprokit.model.definition import Control
from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import (
    ArrayFacts,
    ControlResult,
    Failure,
    Record,
    Relation,
    Status,
)
from tests.builders import make_definition, make_digest, make_probe, make_run

RUN = replace(make_run("a"), peak_bytes=3_000_000)
A, B = short(make_digest("a")), short(make_digest("b"))
ARRAY = ArrayFacts(digest=make_digest("a"), dtype="bfloat16", shape=(1000, 500))
RELATION = Relation(name="x equals y", holds=False, facts={"differing": 3})


def test_kept_promises_break_nothing() -> None:
    """A record with equal bytes and no bound breaks nothing."""
    assert find_breaches(make_probe("p", record=Record(status=Status.OK, result=ARRAY))) == ()


def test_memory_over_its_bound_is_a_breach() -> None:
    """The median peak is held against the output's size times what is allowed."""
    probe = make_probe("p", record=Record(status=Status.OK, result=ARRAY, runs=(RUN,)))
    assert find_breaches(replace(probe, max_peak_ratio=3.0)) == ()
    (breach,) = find_breaches(replace(probe, max_peak_ratio=1.02))
    assert breach == "peaks at 3.0 MB, 3.000 times its output; 1.02 are allowed"


@pytest.mark.parametrize(
    ("expected", "found"),
    [(None, 0), (False, 0), (True, 1)],
)
def test_relation_is_held_against_what_is_expected(*, expected: bool | None, found: int) -> None:
    """Where the suite says nothing, either is fine."""
    record = Record(status=Status.OK, result=ARRAY, relation=RELATION)
    probe = replace(make_probe("p", record=record), relation=expected)
    assert len(find_breaches(probe)) == found


@pytest.mark.parametrize("expected", [True, False])
def test_a_relation_that_is_not_there_is_a_breach(*, expected: bool) -> None:
    """A suite that expects something of a relation is told that the op gives none."""
    probe = replace(make_probe("p", record=Record(status=Status.OK, result=ARRAY)))
    assert find_breaches(probe) == ()
    (breach,) = find_breaches(replace(probe, relation=expected))
    word = "should hold" if expected else "should not hold"
    assert breach == f"gives no relation, and its suite says that one {word}"


def test_without_bytes_no_relation_is_missed() -> None:
    """A probe that failed gave no relation either: that is told once."""
    record = Record(status=Status.CRASHED, failure=Failure(reason="x"))
    probe = replace(make_probe("p", record=record), relation=True)
    assert find_breaches(probe) == ("crashed: x",)


@pytest.mark.parametrize(
    ("expected", "expectation", "found"),
    [
        (None, Expectation.FAMILY, 1),
        (True, Expectation.FAMILY, 1),
        (False, Expectation.MACHINE, 1),
        (True, Expectation.NEVER, 1),
        (None, Expectation.NEVER, 0),
    ],
)
def test_a_relation_that_flips_is_a_breach(
    *, expected: bool | None, expectation: Expectation, found: int
) -> None:
    """A verdict must repeat as bytes must, unless nothing at all was promised."""
    runs = (replace(RUN, holds=False, warm_holds=True), replace(RUN, holds=True, warm_holds=True))
    record = Record(status=Status.OK, result=ARRAY, relation=RELATION, runs=runs)
    probe = make_probe("p", record=record, expectation=expectation)
    breaches = find_breaches(replace(probe, relation=expected))
    told = (
        "does not repeat its relation on this machine: x equals y: "
        "holds 3 times, does not hold 1 time"
    )
    assert breaches == (told,) * found


def test_a_fact_may_have_any_name() -> None:
    """A relation that is as expected breaks nothing, whatever its facts are called."""
    relation = replace(RELATION, facts={"control": "x"})
    record = Record(status=Status.OK, result=ARRAY, relation=relation)
    assert find_breaches(replace(make_probe("p", record=record), relation=False)) == ()


OTHER = replace(ARRAY, digest=make_digest("b"))
EQUAL = ControlResult(status=Status.OK, result=ARRAY)
UNEQUAL = ControlResult(status=Status.OK, result=OTHER)
RESHAPED = ControlResult(status=Status.OK, result=replace(ARRAY, shape=(500, 1000)))


@pytest.mark.parametrize(
    ("control", "expected", "breach"),
    [
        (EQUAL, None, ""),
        (EQUAL, True, ""),
        (EQUAL, False, f"against expectation equals itself on cpu, which gives {A}"),
        (UNEQUAL, None, ""),
        (UNEQUAL, False, ""),
        (UNEQUAL, True, f"differs from itself on cpu, which gives {B}"),
        (RESHAPED, True, f"differs from itself on cpu, which gives {A}"),
        (ControlResult(status=Status.SKIPPED, failure=Failure(reason="no GPU")), True, ""),
        (
            ControlResult(status=Status.CRASHED, failure=Failure(reason="SIGABRT")),
            None,
            "crashed on cpu (SIGABRT)",
        ),
    ],
)
def test_a_control_is_held_against_what_is_expected(
    control: ControlResult, *, expected: bool | None, breach: str
) -> None:
    """Beside the probe's own relation, which is another matter."""
    definition = make_definition(control=Control(device="cpu"))
    record = Record(status=Status.OK, result=ARRAY, relation=RELATION, control=control)
    probe = replace(make_probe("p", definition=definition, record=record), control_equal=expected)
    own = f"does not hold: {RELATION.name} (differing 3)"
    assert find_breaches(probe) == ((breach,) if breach else ())
    assert find_breaches(replace(probe, relation=True)) == (own, *((breach,) if breach else ()))


@pytest.mark.parametrize(
    ("second", "expected", "breach"),
    [
        ("c", True, f"differs from itself on cpu, which gives {B}"),
        ("c", False, ""),
        ("c", None, ""),
        ("b", True, ""),
        ("b", False, f"against expectation equals itself on cpu, which gives {B}"),
    ],
)
def test_an_unstable_probe_is_held_against_its_control(
    second: str, *, expected: bool | None, breach: str
) -> None:
    """A control equals it that gave the bytes of any run; its line stands beside the bytes' own."""
    definition = make_definition(control=Control(device="cpu"))
    runs = (RUN, replace(RUN, digest=make_digest(second)))
    record = Record(status=Status.UNSTABLE, result=ARRAY, control=UNEQUAL, runs=runs)
    probe = replace(make_probe("p", definition=definition, record=record), control_equal=expected)
    first, *rest = find_breaches(probe)
    assert first.startswith("does not repeat on this machine")
    assert rest == ([breach] if breach else [])


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_decided(status: Status) -> None:
    """Only equal bytes and a skipped probe break nothing."""
    record = Record(status=status, result=ARRAY, failure=Failure(reason="why"))
    expected = status not in {Status.OK, Status.SKIPPED}
    assert bool(find_breaches(make_probe("p", record=record))) is expected


def test_what_is_known_not_to_repeat_breaks_nothing() -> None:
    """`never` promises nothing of bytes; a crash is one all the same."""
    probe = replace(make_probe("p"), expectation=Expectation.NEVER)
    unstable = replace(probe, record=Record(status=Status.UNSTABLE, result=ARRAY))
    assert find_breaches(unstable) == ()
    crashed = replace(probe, record=Record(status=Status.CRASHED, failure=Failure(reason="x")))
    assert find_breaches(crashed) == ("crashed: x",)
