"""What a reviewer is shown."""

from __future__ import annotations

from dataclasses import replace

from reprokit.model.baseline_key import BaselineKey
from reprokit.model.names import short
from reprokit.model.standing import Standing, State
from reprokit.render.review import describe_decision, describe_digests, name_standings
from tests.baselines import REVIEW, make_entry
from tests.builders import make_digest, make_probe

OLD, NEW = short(make_digest("old")), short(make_digest("a"))
CHANGED = Standing(
    id="normal-8-key0", state=State.CHANGED, probe=make_probe(), entry=make_entry(word="old")
)


def test_a_change() -> None:
    """State, digests, distance, and who accepted the old one, when and why."""
    assert describe_decision(CHANGED, "1 of 8 elements differs").splitlines() == [
        "CHANGED: normal-8-key0",
        f"  {OLD} -> {NEW}",
        "  1 of 8 elements differs",
        "  accepted by Ada, 2026-05-20: first of its kind",
    ]


def test_digests_of_what_is_new_gone_and_equal() -> None:
    """An arrow stands between two that differ."""
    assert describe_digests(replace(CHANGED, entry=None)) == f"nothing -> {NEW}"
    assert describe_digests(replace(CHANGED, state=State.GONE, probe=None)) == f"{OLD} -> not run"
    assert describe_digests(replace(CHANGED, entry=make_entry())) == NEW
    pending = replace(CHANGED, state=State.PENDING, probe=None)
    assert describe_digests(pending) == OLD


def test_another_key_is_told() -> None:
    """What was accepted under another release of MLX."""
    elsewhere = (BaselineKey(mlx="0.31.0"), make_entry(word="old"))
    new = replace(CHANGED, state=State.NEW, entry=None, elsewhere=elsewhere)
    assert f"  under mlx 0.31.0 it is {OLD} (accepted)" in describe_decision(new, "")


def test_words_of_strangers_are_harmless() -> None:
    """A reason moves no cursor and begins no line."""
    entry = make_entry(review=replace(REVIEW, reason="a\x1b[2J\nb"))
    text = describe_decision(replace(CHANGED, entry=entry), "")
    assert "a\\x1b[2J\\x0ab" in text


def test_a_list_of_them() -> None:
    """A line each."""
    assert list(name_standings([CHANGED])) == [f"  changed  normal-8-key0  {OLD} -> {NEW}"]
