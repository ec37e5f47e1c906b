"""What a second snapshot of one machine at one commit says of the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest
    from reprokit.model.record import Record


@dataclass(frozen=True, kw_only=True, slots=True)
class Discrepancy:
    """A probe that gave something else than before, on one machine at one commit."""

    id: str
    before: Record
    after: Record


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What a second snapshot says of the first.

    Attributes:
        agreeing: How many probes gave the same bytes again.
        completed: Probes that the first lacked or had skipped, and that now have a record.
        discrepancies: Probes that gave something else. One machine must repeat itself.
        environment_changes: The environment's parts that changed between the two.
        merged: The first manifest with the completed records.
    """

    agreeing: int
    completed: tuple[str, ...]
    discrepancies: tuple[Discrepancy, ...]
    environment_changes: tuple[str, ...]
    merged: Manifest
