"""How a probe's result moved over commits; made by `compare`, shown by `render`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.divergence import Divergence
    from reprokit.model.environment_difference import EnvironmentDifference
    from reprokit.model.manifest import OriginKind

NOT_MEASURED = "missing"
"""The status of a probe that evidence does not have."""


class Step(StrEnum):
    """What became of a machine's result of a probe since the result before."""

    FIRST = "first"
    """There was none before."""

    SAME = "same"
    """The same bytes."""

    MOVED = "moved"
    """Other bytes of the same definition, or the same bytes as another array."""

    REDEFINED = "redefined"
    """The first result of a definition, after those of another: not comparable."""

    NO_RESULT = "no-result"
    """No bytes that count: the status tells why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SameMove:
    """A move of another machine, from the same result to the same.

    Attributes:
        machine: The other machine.
        commit: Where it gave what it moved to, 12 hex digits.
        without: Names of facts that can or may change bytes and changed with this move, and that
            are known to have stayed the same over the other.
    """

    machine: str
    commit: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """What a machine gave at one commit, in one environment.

    Attributes:
        commit: The commit, 12 hex digits.
        committed: When it was committed, UTC; None where that is unknown.
        created: When the evidence was written.
        dirty: Whether it was measured with uncommitted changes.
        origin: Who took the digests.
        manifests: Paths of the files it comes from.
        status: The record's status, or `missing`.
        reason: Why there are no bytes; empty otherwise.
        definition: Hash of the definition; empty where the probe is missing.
        digest: Hex sha256 of its bytes; empty where there are none.
        digests: Of a probe that does not repeat, each digest that a run gave, in their order.
        value: Number of this result among all of its definition on all machines, in order of first
            appearance, from 0; None where nothing counts.
        step: What became of it.
        against: Place among the machine's entries of the one that it is held against: the last
            before it that counts and has its definition, else the last that counts; None where
            there is none.
        definition_changes: The fields in which its definition is another than that of the last
            result before it.
        environment_changes: Differences of the two environments that can or may change bytes, and
            those of which one side is unknown; not told where the probe is missing.
        divergence: How it moved; None where it did not.
        same_moves: Moves of other machines from the same result to the same.
        returns_to: Place of the earliest entry of the machine that gave the value to which it moved
            back; None where the value is new there.
    """

    commit: str
    committed: str | None
    created: str
    dirty: bool
    origin: OriginKind
    manifests: tuple[str, ...]
    status: str
    reason: str = ""
    definition: str = ""
    digest: str = ""
    digests: tuple[str, ...] = ()
    value: int | None = None
    step: Step
    against: int | None = None
    definition_changes: tuple[str, ...] = ()
    environment_changes: tuple[EnvironmentDifference, ...] = ()
    divergence: Divergence | None = None
    same_moves: tuple[SameMove, ...] = ()
    returns_to: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineHistory:
    """What one machine gave.

    Attributes:
        machine: Its name.
        family: Its family, in its newest evidence.
        entries: By the date of the commit, then of the evidence, the oldest first.
    """

    machine: str
    family: str
    entries: tuple[HistoryEntry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeHistory:
    """What all machines gave.

    Attributes:
        probe: The probe.
        definitions: Hashes of its definitions, in order of first appearance.
        machines: The machines, in the order asked for.
    """

    probe: str
    definitions: tuple[str, ...]
    machines: tuple[MachineHistory, ...]

    def count(self, step: Step) -> int:
        """Count the entries of one step, over all machines."""
        return sum(entry.step is step for machine in self.machines for entry in machine.entries)
