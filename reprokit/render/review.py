"""What is to be decided on, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.names import short
from reprokit.model.standing import REMOVABLE, State
from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.standing import Standing

STATE_WORDS = {
    State.ACCEPTED: "accepted",
    State.CHANGED: "CHANGED",
    State.NOT_COMPARABLE: "CHANGED DEFINITION",
    State.NEW: "NEW",
    State.PENDING: "PENDING",
    State.GONE: "GONE",
    State.WITHDRAWN: "WITHDRAWN",
    State.NOT_MEASURED: "not measured",
    State.FAILED: "FAILED",
    State.SKIPPED: "skipped",
    State.UNPROMISED: "promises nothing",
}


def name_standings(standings: Sequence[Standing]) -> Iterator[str]:
    """Write a line for each probe: its state before, its id, and its digests."""
    for it in standings:
        yield make_harmless(f"  {it.state.value}  {it.id}  {describe_digests(it)}")


def describe_digests(standing: Standing) -> str:
    """Write the baseline's digest and what was measured, as `bb5ddc7f5d57 -> d8d2c4e1d5c8`."""
    before = standing.entry.result.digest if standing.entry else "nothing"
    if standing.probe is None and standing.state not in REMOVABLE:
        return short(before)
    record = standing.probe.record if standing.probe else None
    after = record.result.digest if record and record.result else "not run"
    return short(after) if before == after else f"{short(before)} -> {short(after)}"


def describe_decision(standing: Standing, distance: str) -> str:
    """Write what somebody must know to decide on a probe.

    Args:
        standing: How it stands.
        distance: How far it is from what it is held against; empty where there is nothing.
    """
    lines = [f"{STATE_WORDS[standing.state]}: {standing.id}", f"  {describe_digests(standing)}"]
    lines += [f"  {distance}"] if distance else []
    if standing.entry is not None:
        review = standing.entry.review
        status = standing.entry.status
        lines.append(f"  {status} by {review.by}, {review.at[:10]}: {review.reason}")
    if standing.elsewhere is not None:
        key, entry = standing.elsewhere
        lines.append(f"  under {key} it is {short(entry.result.digest)} ({entry.status})")
    lines += [f"  {standing.reason}"] if _adds(standing) else []
    return "\n".join(map(make_harmless, lines))


def _adds(standing: Standing) -> bool:
    return bool(standing.reason) and standing.state in {State.NOT_COMPARABLE, *REMOVABLE}
