"""What two environments do not have in common."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
