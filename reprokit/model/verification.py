"""What a second snapshot of one machine at one commit says of the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.record import Record


@dataclass(frozen=True, kw_only=True, slots=True)
class Discrepancy:
    """A probe that gave something else than before, on one machine at one commit.

    Attributes:
        id: The probe.
        before: Its record in the evidence.
        after: Its record now.
        path: The manifest that holds the one before.
        environment_changes: The parts of the environment that changed between the two.
    """

    id: str
    before: Record
    after: Record
    path: str
    environment_changes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What a second snapshot says of the evidence there is.

    Attributes:
        agreeing: Probes that were run anew and gave the same bytes again.
        completed: Probes that no evidence had bytes of, and that now have a record.
        failed_again: Probes that gave no bytes before, and gave none now.
        discrepancies: Probes that gave something else. One machine must repeat itself.
        environment_changes: Parts of the environment in which all evidence there differs.
        moved: Probes that promise nothing, were run anew and gave other bytes.
        unstable: Probes that were run anew and whose bytes did not repeat in the evidence, so that
            nothing can agree with them or contradict them.
    """

    agreeing: tuple[str, ...]
    completed: tuple[str, ...]
    failed_again: tuple[str, ...]
    discrepancies: tuple[Discrepancy, ...]
    environment_changes: tuple[str, ...]
    moved: tuple[str, ...] = ()
    unstable: tuple[str, ...] = ()
