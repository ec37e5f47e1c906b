"""Which machines moved from the same result to the same, and what did not change with it there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reprokit.model.environment_difference import Impact
from reprokit.model.environment_facts import flatten_environment
from reprokit.model.history import SameMove, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.environment import Environment
    from reprokit.model.environment_difference import EnvironmentDifference
    from reprokit.model.history import HistoryEntry, MachineHistory, ProbeHistory


@dataclass(frozen=True, kw_only=True, slots=True)
class _Move:
    """A move of a machine, between the environments of two entries."""

    machine: str
    commit: str
    before: Environment
    after: Environment


@dataclass(frozen=True, kw_only=True, slots=True)
class Unchanged:
    """Facts that stayed the same between two environments, found once for all probes."""

    found: dict[tuple[int, int, int], tuple[str, ...]] = field(default_factory=dict)

    def list(self, changes: Sequence[EnvironmentDifference], move: _Move) -> tuple[str, ...]:
        """List what changed with one move and is known to be the same on both sides of another."""
        # `history` keeps one object for the changes of each pair of environments
        key = id(changes), id(move.before), id(move.after)
        if changes and key not in self.found:
            before, after = flatten_environment(move.before), flatten_environment(move.after)
            self.found[key] = tuple(
                it.fact
                for it in changes
                if it.impact is not Impact.UNKNOWN
                and before.get(it.fact) is not None
                and before[it.fact] == after.get(it.fact)
            )
        return self.found.get(key, ())


def add_same_moves(
    history: ProbeHistory,
    timelines: Mapping[str, Sequence[MachineEvidence]],
    unchanged: Unchanged,
) -> ProbeHistory:
    """Say of each move which other machines made it too, and what stayed as it was there.

    A fact that changed on one of them alone is not what moved the others.

    Args:
        history: The history of one probe.
        timelines: For each machine the evidence of its entries, in their order.
        unchanged: What was found for other probes.
    """
    moves = _group_moves(history, timelines)
    if all(len(it) == 1 for it in moves.values()):
        return history

    def add(machine: MachineHistory, entry: HistoryEntry) -> HistoryEntry:
        same = tuple(
            SameMove(
                machine=it.machine,
                commit=it.commit,
                without=unchanged.list(entry.environment_changes, it),
            )
            for it in moves.get(_name_move(machine.entries, entry), ())
            if it.machine != machine.machine
        )
        return replace(entry, same_moves=same) if same else entry

    return replace(
        history,
        machines=tuple(
            replace(machine, entries=tuple(add(machine, it) for it in machine.entries))
            for machine in history.machines
        ),
    )


def _group_moves(
    history: ProbeHistory, timelines: Mapping[str, Sequence[MachineEvidence]]
) -> dict[tuple[object, ...], list[_Move]]:
    moves: dict[tuple[object, ...], list[_Move]] = {}
    for machine in history.machines:
        items = timelines[machine.machine]
        for evidence, entry in zip(items, machine.entries, strict=True):
            if entry.step is Step.MOVED and entry.against is not None:
                move = _Move(
                    machine=machine.machine,
                    commit=entry.commit,
                    before=items[entry.against].environment,
                    after=evidence.environment,
                )
                moves.setdefault(_name_move(machine.entries, entry), []).append(move)
    return moves


def _name_move(entries: Sequence[HistoryEntry], entry: HistoryEntry) -> tuple[object, ...]:
    """Name what a move is the same in: the definition, and the results on both sides."""
    if entry.step is not Step.MOVED or entry.against is None:
        return ()
    return entry.definition, entries[entry.against].value, entry.value
