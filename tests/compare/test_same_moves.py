"""Which machines made the same move, and what did not change with it there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.model.environment import Gap
from reprokit.model.history import SameMove
from reprokit.render.json_history import describe_history
from tests.builders import make_definition, make_environment, make_probe
from tests.compare.test_history import NAME, make_step, trace
from tests.render.test_schemas import validate

if TYPE_CHECKING:
    from reprokit.model.environment import Environment

OLD = make_environment()
NEW = replace(
    OLD,
    os=replace(OLD.os, build="25F71"),
    lock=replace(OLD.lock, sha256="e" * 64),
)
UNKNOWN = replace(
    OLD,
    os=replace(OLD.os, build=None),
    gaps=(Gap(fact="os.build", reason="not published"),),
)


@pytest.mark.parametrize(
    ("before", "after", "without"),
    [
        (OLD, OLD, ("os.build", "lock.sha256")),
        (NEW, NEW, ("os.build", "lock.sha256")),
        (OLD, NEW, ()),
        (OLD, replace(OLD, os=NEW.os), ("lock.sha256",)),
        (UNKNOWN, UNKNOWN, ("lock.sha256",)),
        (UNKNOWN, OLD, ("lock.sha256",)),
    ],
    ids=["neither", "had both before", "both", "one", "unknown", "unknown before"],
)
def test_what_is_known_not_to_have_changed_with_the_same_move(
    before: Environment, after: Environment, without: tuple[str, ...]
) -> None:
    """What is unknown on one side may have changed there too."""
    history = trace(
        [
            make_step(1, "a"),
            make_step(4, "b", environment=NEW),
            make_step(1, "a", environment=before, machine="m5"),
            make_step(2, "b", environment=after, machine="m5"),
        ]
    )
    ours, theirs = (machine.entries[-1].same_moves for machine in history.machines)
    assert ours == (SameMove(machine="m5", commit=f"{2:012x}", without=without),)
    assert [(it.machine, it.commit) for it in theirs] == [("m1", f"{4:012x}")]
    document = describe_history(history)
    validate(document, "history-1")
    assert document["machines"][0]["entries"][-1]["same_moves"][0]["without"] == list(without)


@pytest.mark.parametrize("words", ["cb", "ac", "ba", "bb"])
def test_another_move_is_not_the_same(words: str) -> None:
    """From another result, to another, back, or none."""
    theirs = [make_step(day, word, machine="m5") for day, word in enumerate(words, 1)]
    history = trace([make_step(1, "a"), make_step(2, "b"), *theirs])
    assert not any(entry.same_moves for it in history.machines for entry in it.entries)


def test_a_move_of_another_definition_is_not_the_same() -> None:
    """Though its digests are: results of two definitions are not held against each other."""
    other = make_definition(seed=1)
    theirs = [
        make_step(day, make_probe(NAME, word, definition=other), machine="m5")
        for day, word in enumerate("ab", 1)
    ]
    history = trace([make_step(1, "a"), make_step(2, "b"), *theirs])
    assert not any(entry.same_moves for it in history.machines for entry in it.entries)
