"""How one machine's results stand to the baseline of its family."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.baseline import BaselineEntry
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import ProbeRecord


class State(StrEnum):
    """What can be said of one probe."""

    ACCEPTED = "accepted"
    """The bytes are those that somebody accepted."""

    CHANGED = "changed"
    """They are others than the baseline's."""

    NOT_COMPARABLE = "not-comparable"
    """The baseline is of another definition: what is computed changed."""

    NEW = "new"
    """Nobody has decided on it under this key."""

    PENDING = "pending"
    """The bytes are those on which somebody put off the decision."""

    GONE = "gone"
    """In the baseline, and declared by no suite any more."""

    WITHDRAWN = "withdrawn"
    """In the baseline, and its suite promises something else, or nothing, since."""

    NOT_MEASURED = "not-measured"
    """In the baseline, and not among what was run. No reason to remove it."""

    FAILED = "failed"
    """It gave no bytes, or not the same ones each time."""

    SKIPPED = "skipped"
    """It was not started, as for lack of memory."""

    UNPROMISED = "unpromised"
    """It promises no bytes, so that none are kept to be held against."""


REMOVABLE = (State.WITHDRAWN, State.GONE)
"""The states of entries that nobody promises any more."""

UNDECIDED = (State.CHANGED, State.NOT_COMPARABLE, State.NEW, State.PENDING, *REMOVABLE)
"""The states that wait for a decision, in the order in which they are reviewed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One probe of one machine against the baseline.

    Attributes:
        id: The probe.
        state: How it stands.
        probe: What was measured; None where an entry stands alone.
        entry: What holds for it in the baseline; None where it is new.
        elsewhere: What was last decided under another key, as of another release of MLX, where
            nothing holds.
        reason: Why, in a clause, where the state leaves it open.
    """

    id: str
    state: State
    probe: ProbeRecord | None = None
    entry: BaselineEntry | None = None
    elsewhere: tuple[BaselineKey, BaselineEntry] | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineStanding:
    """All probes of one machine against the baseline of its family.

    Attributes:
        evidence: What the machine brings.
        key: What its results go by.
        known: Whether anything was ever decided for its family.
        probes: The probes, in suite order; entries that stand alone last.
    """

    evidence: MachineEvidence
    key: BaselineKey
    known: bool
    probes: tuple[Standing, ...]

    def list_states(self, *states: State) -> tuple[Standing, ...]:
        """List the probes of some states."""
        return tuple(probe for probe in self.probes if probe.state in states)
