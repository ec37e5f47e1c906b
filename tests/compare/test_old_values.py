"""Digests that changed to one that was seen before: users' third story."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.compare.old_values import find_old_values, index_history
from reprokit.compare.selection import gather_evidence
from reprokit.model.environment import Repository
from reprokit.model.names import short
from reprokit.model.record import ArrayFacts, Record, Status
from reprokit.store.manifests import read_manifest
from tests.builders import QUICK, make_definition, make_digest, make_manifest, make_probe
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from random import Random

    from reprokit.model.attribution import OldValue
    from reprokit.model.manifest import Manifest, ProbeRecord

PROBE = "normal-8-key0"
NAMES = ("apple-m1-max", "apple-m5")


def give(machine: str, day: int, *words: str | ProbeRecord) -> Manifest:
    """Make a machine's manifest of a day's commit, with the bytes of one word or more."""
    probes = [make_probe(PROBE, it) if isinstance(it, str) else it for it in words]
    repository = Repository(commit=f"{day:012x}", committed=f"2026-05-{day:02}T10:00:00Z")
    manifest = make_manifest(machine, probes, repository=repository)
    return replace(manifest, path=f"{machine}/{day:012x}.toml")


def look(history: list[Manifest], *, machine: str = "m1") -> tuple[OldValue, ...]:
    """Look up what a machine's newest manifest gives."""
    newest = max(
        (it for it in history if it.machine == machine), key=lambda it: it.repository.commit
    )
    return find_old_values(gather_evidence([newest], short(newest.commit)), index_history(history))


def test_a_changed_machine_gives_another_machines_old_values() -> None:
    """Three new hashes were another chip's: that is said, with where they stand."""
    history = [give("m1", 1, "a"), give("m5", 1, "b"), give("m1", 2, "b")]
    (found,) = look(history)
    assert (found.probe, found.machine, found.digest) == (PROBE, "m1", make_digest("b"))
    assert (found.holder, found.holder_commit) == ("m5", f"{1:012x}")
    assert found.earlier_commit == f"{1:012x}"
    assert found.manifest == f"m5/{1:012x}.toml"


def test_a_move_that_others_made_too_is_the_codes() -> None:
    """Though one machine skipped the commit at which they made it, and they give it still."""
    moved = [give(name, day, word) for name in ("m3", "m5") for day, word in ((1, "a"), (2, "b"))]
    assert look([*moved, give("m1", 1, "a"), give("m1", 3, "b")]) == ()
    here = [give("m3", 3, "b"), give("m5", 3, "b")]
    assert look([*moved, *here, give("m1", 1, "a"), give("m1", 3, "b")]) == ()
    (found,) = look([*moved, give("m4", 1, "b"), give("m1", 1, "a"), give("m1", 3, "b")])
    assert found.holder == "m4"


@pytest.mark.parametrize(
    "others",
    [
        [give("m3", 2, "b"), give("m5", 2, "b"), give("m5", 3, "b")],
        [give("m5", 1, "c"), give("m5", 2, "b"), give("m5", 3, "b")],
        [give("m5", 1, "c"), give("m5", 2, "b")],
    ],
    ids=["without evidence before it", "from other bytes", "and were not measured since"],
)
def test_a_value_that_others_still_give_is_none(others: list[Manifest]) -> None:
    """All came to it while one machine was not measured: the code changed, or what is locked."""
    assert look([*others, give("m1", 1, "a"), give("m1", 3, "b")]) == ()


def test_a_value_that_another_has_left_is_old() -> None:
    """It gives something else at the compared commit, or at its newest before; not after."""
    history = [give("m1", 1, "a"), give("m5", 1, "c"), give("m5", 2, "b"), give("m1", 4, "b")]
    for day in (3, 4):
        (found,) = look([*history, give("m5", day, "d")])
        assert (found.holder, found.holder_commit) == ("m5", f"{2:012x}")
    assert look([*history, give("m5", 5, "d")]) == ()


def test_a_value_that_another_gives_by_the_same_code_is_old() -> None:
    """Though it gives it still: at one commit both were measured, or one between two of another."""
    (found,) = look(
        [give("m5", it, "b") for it in (1, 3)] + [give("m1", 1, "a"), give("m1", 3, "b")]
    )
    assert (found.holder, found.holder_commit) == ("m5", f"{1:012x}")
    ours, theirs = [give("m1", it, "a") for it in (2, 4)], [give("m5", it, "b") for it in (1, 5)]
    now = give("m1", 6, "b")
    assert look([*ours, give("m5", 3, "b"), now])
    assert look([*theirs, give("m1", 3, "a"), now])
    assert look([give("m5", 1, "b"), give("m1", 3, "a"), now]) == ()
    assert look([*theirs, give("m5", 2, "c"), give("m1", 3, "a"), now]) == ()


def test_machines_that_changed_places_are_told() -> None:
    """Each gives what the other gave before: that is no move of the code."""
    swapped = [give("m1", 1, "a"), give("m5", 1, "b"), give("m1", 2, "b"), give("m5", 2, "a")]
    assert [it.holder for name in ("m1", "m5") for it in look(swapped, machine=name)] == [
        "m5",
        "m1",
    ]


@pytest.mark.parametrize(
    "history",
    [
        [give("m1", 1, "b"), give("m5", 1, "b"), give("m1", 2, "b")],
        [give("m1", 1, "a"), give("m5", 1, "c"), give("m1", 2, "b")],
        [give("m5", 1, "b"), give("m1", 2, "b")],
        [give("m1", 1, "a"), give("m5", 2, "b"), give("m1", 2, "b")],
        [give("m1", 1, "a"), give("m5", 3, "b"), give("m1", 2, "b")],
    ],
    ids=["unchanged", "new to all", "no earlier one", "at this commit only", "later only"],
)
def test_what_is_no_old_value(history: list[Manifest]) -> None:
    """A value that did not change, or that nobody gave before, is none."""
    assert look(history) == ()


def test_a_definition_that_changed_is_another_probe() -> None:
    """Neither is its earlier digest a change, nor another definition's a holder."""
    other = make_probe(PROBE, "b", definition=make_definition(arguments={"shape": (9,)}))
    assert look([give("m1", 1, other), give("m5", 1, "b"), give("m1", 2, "b")]) == ()
    assert look([give("m1", 1, "a"), give("m5", 1, other), give("m1", 2, "b")]) == ()


def test_the_change_is_from_what_the_machine_last_gave() -> None:
    """A commit without the probe, or at which it did not repeat, is passed over."""
    failed = make_probe(PROBE, record=Record(status=Status.FAILED))
    unstable = Record(status=Status.UNSTABLE, result=ArrayFacts(digest=make_digest("b")))
    flaky = make_probe(PROBE, record=unstable)
    history = [give("m1", 1, "a"), give("m1", 2, failed), give("m1", 3, flaky)]
    history += [give("m5", 1, "b"), give("m1", 4, "b")]
    (found,) = look(history)
    assert (found.holder, found.earlier_commit) == ("m5", f"{1:012x}")


def test_a_value_that_comes_back_is_its_own() -> None:
    """Where no other machine has it, the machine's own newest earlier one is told."""
    history = [give("m1", 1, "b"), give("m1", 2, "b"), give("m1", 3, "a"), give("m1", 4, "b")]
    (found,) = look(history)
    assert (found.holder, found.holder_commit) == ("m1", f"{2:012x}")
    assert found.earlier_commit == f"{3:012x}"
    (other,) = look([*history, give("m5", 3, "b")])
    assert other.holder == "m5"
    assert look([*history, give("m5", 1, "b")]) == (found,)


def is_plainly_old(day: int, words: dict[int, str], own: list[tuple[int, str]]) -> bool:
    """Say by each day what the rule says: whether `a` of another machine is an old value."""
    before = own[-1][1]
    if any(word == before and other < day for other, word in words.items()):
        return False
    since = max((it for it, word in own if word != before), default=0)
    ours = [it for it, word in own if it > since]

    def gave_a(when: int) -> bool:
        """Tell whether it gave that on a day, or next before and next after it."""
        last = [words[it] for it in words if it <= when][-1:]
        following = [words[it] for it in words if it >= when][:1]
        return last == following == ["a"]

    parted = any(gave_a(it) for it in range(ours[0], ours[-1] + 1))
    return parted or list(words.values())[-1] != "a"


@QUICK
@given(
    st.lists(
        st.tuples(st.sampled_from(["m1", "m3", "m5"]), st.integers(1, 9), st.sampled_from("abc")),
        min_size=1,
        max_size=12,
        unique_by=lambda it: it[:2],
    ),
    st.randoms(use_true_random=False),
)
def test_the_answer_is_what_a_plain_search_finds(
    given_values: list[tuple[str, int, str]], order: Random
) -> None:
    """The index gives what reading all manifests gives, in whatever order they come."""
    history = [give("m1", 10, "a"), *(give(*it) for it in given_values)]
    days: dict[str, dict[int, str]] = {"m1": {}, "m3": {}, "m5": {}}
    for machine, day, word in sorted(given_values):
        days[machine][day] = word
    own = list(days["m1"].items())
    changed = bool(own) and own[-1][1] != "a"
    holders = [
        (machine, day)
        for machine, words in days.items()
        for day, word in words.items()
        if changed and word == "a" and (machine == "m1" or is_plainly_old(day, words, own))
    ]
    best = max(holders, key=lambda it: (it[0] != "m1", it[1], it[0]), default=None)
    shuffled = order.sample(history, len(history))
    found = look(shuffled)
    assert found == look(history)
    expected = [(best[0], f"{best[1]:012x}")] if best else []
    assert [(it.holder, it.holder_commit) for it in found] == expected


def test_published_digests_are_looked_up_too() -> None:
    """A machine that now gives what was published of the M1 Max is told so."""
    paths = sorted((ROOT / "manifests").glob("apple-*/0a8ec29f1c21.toml"))
    published = [read_manifest(path, root=ROOT) for path in paths]
    m1, m5 = (next(it for it in published if it.machine == name) for name in NAMES)
    first = replace(m5, machine="mine", created="2026-05-21", path="mine/first.toml")
    later = Repository(commit="f" * 12, committed="2026-06-01T00:00:00Z")
    now = replace(first, repository=later, probes=m1.probes)
    found = find_old_values(gather_evidence([now], "f" * 12), index_history([*published, first]))
    parted = {probe.id for probe, other in zip(m1.probes, m5.probes, strict=True) if probe != other}
    assert {it.probe for it in found} == parted
    assert {it.holder for it in found if it.probe.startswith("normal")} == {"apple-m1-max"}
    assert next(it.holder for it in found if it.probe == "r1-replay") == "apple-m3-ultra"
