"""What two environments do not have in common."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Impact(StrEnum):
    """Whether a difference can change the bytes that are measured, the likeliest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentDifference:
    """One fact that differs.

    Attributes:
        fact: Its dotted name.
        before: What the first environment has; None where it has nothing or does not know.
        after: The same of the second.
        impact: Whether it can change bytes; `unknown` where one side is a gap.
        reason: Why, in a clause.
    """

    fact: str
    before: str | None
    after: str | None
    impact: Impact
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FactDifference:
    """One fact that is not the same on all of several machines, or not known of all.

    Attributes:
        fact: Its dotted name.
        values: By machine; None where a machine has nothing of the kind. Machines of which it is
            unknown are left out.
        impact: Whether it can change bytes; `unknown` where all that are known agree.
        reason: Why, in a clause.
    """

    fact: str
    values: Mapping[str, str | None]
    impact: Impact
    reason: str
