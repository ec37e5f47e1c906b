"""What all reports of a run carried, in the process that writes it, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from reprokit.model.baseline_key import BaselineKey
from reprokit.pytest_plugin import UPDATE, runs_unattended

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

Place: TypeAlias = "tuple[str, str | None, str | None, bool | None]"
"""Where results belong: a family, and the parts of a key in it."""


UNREPEATED = "does not repeat"
"""The state of a result that one run gave twice, and differently."""

_STATES = (UNREPEATED, "changed", "new", "pending")
_MOST = 20


class Gathering:
    """The results of a run.

    Attributes:
        accepted: The names of the results that are accepted, by place.
        others: The last word on each result that is not, by place and id.
        written: Lines on what was written.
        troubles: Lines on what was not.
    """

    def __init__(self) -> None:
        self.accepted: dict[Place, set[str]] = {}
        self.others: dict[tuple[Place, str], dict[str, Any]] = {}
        self.written: list[str] = []
        self.troubles: list[str] = []

    def add(self, sent: dict[str, Any]) -> None:
        """Add what a report carried."""
        place: Place = tuple(sent["place"])
        accepted = self.accepted.setdefault(place, set())
        accepted.update(sent["accepted"])
        for result in sent.get("others", ()):
            known = self.others.get((place, result["id"]))
            added = dict(result)
            if result["id"] in accepted or (known is not None and _differ(known, result)):
                added["state"] = UNREPEATED
            self.others[place, result["id"]] = added
        if self.others:
            for name in sent["accepted"]:
                if (place, name) in self.others:
                    self.others[place, name]["state"] = UNREPEATED
        for name in sent.get("confirmed", ()):
            if (place, name) in self.others:  # a plugin may have kept back the report that had it
                self.others[place, name]["confirmed"] = True

    @property
    def has_trouble(self) -> bool:
        """Whether something was not written, or does not repeat."""
        states = (it["state"] for it in self.others.values())
        return bool(self.troubles) or UNREPEATED in states

    def list_others(self, place: Place, state: str) -> list[dict[str, Any]]:
        """List the results of a place in one state."""
        return [it for (own, _), it in self.others.items() if own == place and it["state"] == state]

    def list_keepable(self, place: Place) -> list[dict[str, Any]]:
        """List what may be written: of tests that ended without a failure, the same each time."""
        return [
            it
            for (own, _), it in self.others.items()
            if own == place and "result" in it and not is_left(it) and it["state"] != UNREPEATED
        ]


def read_place(place: Place) -> tuple[str, BaselineKey]:
    """Read family and key of a place."""
    family, mlx, wheel, tf32 = place
    return family, BaselineKey(mlx=mlx, wheel=wheel, tf32=tf32)


def is_left(result: dict[str, Any]) -> bool:
    """Tell whether a result could be written, but its test failed or did not end."""
    return "result" in result and not result.get("confirmed")


def _differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a test that ran twice gave two results."""
    if one["state"] == UNREPEATED:
        return True
    return any(one.get(it) != other.get(it) for it in ("digest", "result"))


def write_summary(gathering: Gathering, terminal: pytest.TerminalReporter) -> None:
    """Write a section: how many results stand how, which are not accepted, and the next step."""
    terminal.section("reprokit", sep="=")
    most = None if terminal.config.getoption("verbose") > 0 else _MOST
    for place in gathering.accepted:
        terminal.write_line(_count(gathering, place))
        for line in _list_lines(gathering, place, most):
            terminal.write_line(_make_harmless(line), yellow=True)
    for line in gathering.troubles:
        for part in line.splitlines():
            terminal.write_line(_make_harmless(part), red=True)
    for line in (*gathering.written, *_list_steps(gathering)):
        terminal.write_line(line)


def _count(gathering: Gathering, place: Place) -> str:
    unrepeated = {it["id"] for it in gathering.list_others(place, UNREPEATED)}
    counts = {"accepted": len(gathering.accepted[place] - unrepeated)}
    counts |= {state: len(gathering.list_others(place, state)) for state in _STATES}
    told = [f"{count} {_inflect(state, count)}" for state, count in counts.items() if count]
    family, key = read_place(place)
    return f"{', '.join(told)} on {family} ({key})"


def _inflect(state: str, count: int) -> str:
    return "do not repeat" if state == UNREPEATED and count > 1 else state


def _make_harmless(text: str) -> str:
    if text.isprintable():
        return text
    from reprokit.render.text import make_harmless  # slow to load, and hardly ever needed

    return make_harmless(text)


def _list_lines(gathering: Gathering, place: Place, most: int | None) -> Iterator[str]:
    for state in _STATES:
        found = gathering.list_others(place, state)
        for result in found[:most]:
            said = f": {result['said']}" if result["said"] else ""
            left = " (not written: its test failed, or did not end)" if is_left(result) else ""
            yield f"  {state}  {result['id']}{said}{left}"
        if most is not None and len(found) > most:
            yield f"  {state}  and {len(found) - most} more (`-v` names them)"


def _list_steps(gathering: Gathering) -> Iterator[str]:
    states = {result["state"] for result in gathering.others.values()}
    if UNREPEATED in states:
        yield (
            "next: find why one run gave two results, as where something is drawn without a seed; "
            "neither is worth accepting"
        )
    if gathering.written or "pending" in states:
        yield "next: decide with `reprokit review`, and commit manifests/accepted/"
    elif any(is_left(it) for it in gathering.others.values()):
        yield f"next: let those tests pass, and then `pytest {UPDATE}` again"
    elif states - {UNREPEATED}:
        where = "where somebody can review, " if runs_unattended() else ""
        yield f"next: if they are meant, {where}`pytest {UPDATE}`, then `reprokit review`"
