"""What follows from a comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.verdict import compare_machines
from reprokit.model.probe import Expectation
from reprokit.model.record import Relation, Status
from reprokit.render.milestone_implications import list_implications
from tests.builders import make_evidence, make_probe, make_record
from tests.render.full import OLD_VALUE

NO_REFERENCE = "no digest of one cluster is a reference for another: "
OWN = "`reprokit accept --machine` keeps an entry of one machine's own"
BY_FAMILY = "keep baselines by family, as `reprokit accept` does"
ALLOWED = "as its promise `machine` allows: no digest of it is a baseline of a family"
NO_BYTES = "there are no bytes: nothing is known of it there"
BROKEN = "a promise is broken: mend the code or the promise before a release"
UNSTABLE = "does not repeat within one machine: no digest of it is a reference there"
OF_SUITE = "a promise of the suite's is broken"


def tell(
    words: str, families: str, expectation: Expectation, *, holds: bool = True
) -> list[tuple[str, str]]:
    """Say what follows of one probe of such results, a letter for each machine, but notes.

    Small letters are bytes; `F` failed, `C` crashed and `U` does not repeat.
    """
    statuses = {"F": Status.FAILED, "C": Status.CRASHED, "U": Status.UNSTABLE}
    relation = None if holds else Relation(name="x equals y", holds=False)
    machines = []
    for number, (word, family) in enumerate(zip(words, families, strict=True)):
        record = make_record(word, status=statuses.get(word, Status.OK))
        probe = make_probe("p", expectation=expectation, record=replace(record, relation=relation))
        probe = replace(probe, relation=None if holds else True)
        machines.append(make_evidence(f"m{number}", probe, family=f"family-{family}"))
    found = list_implications(compare_machines(machines, commit="0" * 12))
    return [(it.severity, it.text) for it in found if it.severity != "note"]


@pytest.mark.parametrize(
    ("words", "families", "expectation", "text"),
    [
        ("ab", "xy", "family", f"{NO_REFERENCE}{BY_FAMILY}"),
        ("ab", "xy", "machine", f"{NO_REFERENCE}its promise is `machine`, and {OWN}"),
        ("ab", "xx", "machine", f"parts inside the family family-x, {ALLOWED}; {OWN}"),
        (
            "abcd",
            "xxyy",
            "machine",
            f"parts inside the families family-x and family-y, {ALLOWED}; {OWN}",
        ),
    ],
)
def test_advice_fits_the_families(words: str, families: str, expectation: str, text: str) -> None:
    """A family has one baseline: what parts inside one cannot be kept by family."""
    assert tell(words, families, Expectation(expectation)) == [("warning", text)]


@pytest.mark.parametrize(
    ("words", "expectation", "texts"),
    [
        ("abF", "machine", [f"{NO_BYTES}; the other machines part, as its promise allows"]),
        ("aaC", "machine", [NO_BYTES]),
        ("abF", "family", [BROKEN, NO_BYTES]),
        ("abF", "never", [f"{NO_BYTES}; the other machines part, as its promise allows"]),
        ("UaF", "never", [NO_BYTES]),
        ("UaF", "machine", [UNSTABLE, NO_BYTES]),
        ("Uaa", "family", [UNSTABLE]),
        ("Uab", "family", [UNSTABLE, BROKEN]),
        ("aba", "everywhere", [BROKEN]),
        ("F", "family", [NO_BYTES]),
    ],
)
def test_what_blocks_is_told_as_what_it_is(words: str, expectation: str, texts: list[str]) -> None:
    """A failure breaks no promise, and hides none; a probe may block for several reasons."""
    told = tell(words, "x" * len(words), Expectation(expectation))
    assert told == [("blocking", text) for text in texts]


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("aa", [f"the bytes agree, but {OF_SUITE}"]),
        ("a", [OF_SUITE]),
        ("ab", [OF_SUITE]),
        ("aF", [NO_BYTES, OF_SUITE]),
    ],
)
def test_a_broken_promise_of_the_suite_is_told(words: str, texts: list[str]) -> None:
    """Whatever the verdict."""
    told = tell(words, "x" * len(words), Expectation.MACHINE, holds=False)
    assert told == [("blocking", text) for text in texts]


@pytest.mark.parametrize(
    ("holder", "text"),
    [
        ("m3", "is another machine's old value: look whether the machine was changed"),
        ("m1", "is what the machine gave before: look whether a change of the code, the wheel"),
    ],
)
def test_an_old_value_points_to_where_it_comes_from(holder: str, text: str) -> None:
    """A machine that returns to what it gave is not taken for another."""
    machines = [make_evidence(it, make_probe("a", "a")) for it in ("m1", "m5")]
    comparison = compare_machines(machines, commit="0" * 12)
    old = replace(OLD_VALUE, machine="m1", holder=holder)
    probes = (replace(comparison.probes[0], old_values=(old,)),)
    told = [it.text for it in list_implications(replace(comparison, probes=probes))]
    (found,) = (it for it in told if it.startswith("a digest that changed "))
    assert found.removeprefix("a digest that changed ").startswith(text)
