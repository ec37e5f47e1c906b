"""What a later run of a milestone states otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.amendment import list_changes, make_statement
from reprokit.compare.verdict import compare_machines
from reprokit.model.names import short
from reprokit.model.record import Status
from tests.builders import (
    COMMIT,
    make_definition,
    make_digest,
    make_evidence,
    make_probe,
    make_record,
)
from tests.render.full import make_full_comparison

if TYPE_CHECKING:
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.milestone import Statement

ONE = make_evidence("m1", make_probe("p", "a"), make_probe("q", "b"))
TWO = make_evidence("m2", make_probe("p", "a"), make_probe("q", "b"))


def state(*machines: MachineEvidence, commit: str = COMMIT) -> Statement:
    """State what a comparison of machines says."""
    return make_statement(compare_machines(machines, commit=short(commit)))


def tell(before: Statement, after: Statement) -> list[tuple[str, str, str, str]]:
    """List changes as rows."""
    return [(it.kind.value, it.subject, it.before, it.after) for it in list_changes(before, after)]


def test_the_same_is_no_change() -> None:
    """Not even of a comparison that has everything."""
    statement = make_statement(make_full_comparison())
    assert list_changes(statement, make_statement(make_full_comparison())) == ()
    assert statement.causes == ("log, one ulp",)
    assert statement.probes["normal-8"].stage == "log"


def test_another_digest() -> None:
    """On its machine, with the verdict and the severity that follow; in 12 digits."""
    moved = make_evidence("m2", make_probe("p", "c"), make_probe("q", "b"))
    assert tell(state(ONE, TWO), state(ONE, moved)) == [
        ("verdict", "p", "identical", "different"),
        ("severity", "p", "none", "blocking"),
        ("digest", "p on m2", short(make_digest("a")), short(make_digest("c"))),
    ]


def test_another_digest_of_what_does_not_repeat_is_no_change() -> None:
    """That it repeats no more is one, and that it does again."""
    once, again = (
        make_evidence("m2", make_probe("p", record=make_record(word, status=Status.UNSTABLE)))
        for word in "cd"
    )
    ok = make_evidence("m2", make_probe("p", "a"))
    one = make_evidence("m1", make_probe("p", "a"))
    assert tell(state(one, once), state(one, again)) == []
    digests = [
        [it for it in tell(state(one, before), state(one, after)) if it[0] == "digest"]
        for before, after in ((ok, once), (once, ok))
    ]
    digest = short(make_digest("a"))
    assert digests == [
        [("digest", "p on m2", digest, "unstable")],
        [("digest", "p on m2", "unstable", digest)],
    ]


def test_another_definition() -> None:
    """What a probe computes is told apart from what it gives."""
    other = make_evidence(
        "m2", make_probe("p", "a", definition=make_definition(seed=1)), make_probe("q", "b")
    )
    kinds = {
        kind for kind, subject, *_ in tell(state(ONE, TWO), state(ONE, other)) if "p" in subject
    }
    assert "definition" in kinds
    assert "digest" not in kinds


def test_a_machine_more_or_less() -> None:
    """It is told once, and not again for each of its digests."""
    assert tell(state(ONE), state(ONE, TWO)) == [("machine", "m2", "", "compared")]
    assert tell(state(ONE, TWO), state(ONE)) == [("machine", "m2", "compared", "")]


def test_one_machine_has_no_verdict_that_could_change() -> None:
    """It agreed with nobody; that another parts from it is told in the results."""
    other = make_evidence("m2", make_probe("p", "c"), make_probe("q", "b"))
    expected = [("machine", "m2", "", "compared"), ("severity", "p", "none", "blocking")]
    assert tell(state(ONE), state(ONE, other)) == expected


def test_a_probe_more_or_less() -> None:
    """Likewise."""
    short_one = make_evidence("m1", make_probe("p", "a"))
    assert tell(state(short_one), state(ONE)) == [("probe", "q", "", "compared")]
    assert tell(state(ONE), state(short_one)) == [("probe", "q", "compared", "")]


def test_another_commit_is_told_once() -> None:
    """Not again for each machine."""
    later = replace(ONE, commit="1" * 12)
    found = tell(state(ONE), state(later, commit="1" * 12))
    assert found == [("commit", "", short(COMMIT), "1" * 12)]
    across = make_statement(compare_machines([ONE], commit=None))
    assert tell(state(ONE), across) == [("commit", "", short(COMMIT), "across commits")]


@pytest.mark.parametrize(("chip", "told"), [("Apple M5", "Apple M5"), (None, "unknown")])
def test_another_fact_of_a_machine(chip: str | None, told: str) -> None:
    """The chip that was typed wrong is a change of a fact."""
    environment = ONE.environment
    hardware = replace(environment.hardware, chip=chip)
    other = replace(ONE, environment=replace(environment, hardware=hardware))
    assert tell(state(ONE), state(other)) == [("machine", "m1: chip", "Apple M1 Max", told)]


def test_another_manifest() -> None:
    """Its bytes are a change, even where nothing else is."""
    before, after = (
        replace(ONE, manifests=(replace(ONE.manifests[0], path="m1/x.toml", sha256=digit * 64),))
        for digit in "12"
    )
    assert tell(state(before), state(after)) == [("manifest", "m1: m1/x.toml", "1" * 12, "2" * 12)]


def test_causes_and_steps() -> None:
    """What is borne out now, or no longer, and the first step that parts."""
    full = make_full_comparison()
    plain = replace(
        full,
        attributions=(),
        probes=tuple(replace(it, divergences=()) for it in full.probes),
    )
    before, after = make_statement(plain), make_statement(full)
    assert tell(before, after) == [
        ("first step that parts", "normal-8", "", "log"),
        ("cause", "log, one ulp", "", "borne out"),
    ]
    assert tell(after, before) == [
        ("first step that parts", "normal-8", "log", ""),
        ("cause", "log, one ulp", "borne out", ""),
    ]
