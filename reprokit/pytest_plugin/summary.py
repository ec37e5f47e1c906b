"""What is told at the end of a run of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.pytest_plugin import UPDATE, runs_unattended
from reprokit.pytest_plugin.gathering import UNREPEATED, read_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from reprokit.pytest_plugin.gathering import Gathering, Place

_STATES = (UNREPEATED, "changed", "new", "pending")
_MOST = 20


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
    counts = {"accepted": gathering.accepted[place]}
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
            yield f"  {state}  {result['id']}{said}"
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
    elif states - {UNREPEATED}:
        where = "where somebody can review, " if runs_unattended() else ""
        yield f"next: if they are meant, {where}`pytest {UPDATE}`, then `reprokit review`"
