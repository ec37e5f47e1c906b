"""What changed between two environments, in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reprokit.model.environment_difference import Impact
from reprokit.model.names import short
from reprokit.render.cells import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.model.environment_difference import EnvironmentDifference

MOST_CHANGES = 6
"""So many changes of each impact are told; of more the number."""

PACKAGE_FACT = re.compile(
    r"packages\.(.+)\.(version|wheel|record_sha256|source|locked_\w+|library .+)"
)
"""The name of a fact of a package: which package, and which of its facts."""

_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{64}")
_LONGEST_VALUE = 60
_WORDS = {
    Impact.HIGH: "can change bytes",
    Impact.MEDIUM: "may change bytes",
    Impact.LOW: "cannot change bytes",
    Impact.UNKNOWN: "unknown on one side",
}


def describe_changes(differences: Sequence[EnvironmentDifference]) -> str:
    """Say what differs, by impact, a package once: `can change bytes: mlx 0.32.3 -> 0.32.4`.

    Args:
        differences: The differences, the likeliest causes of other bytes first.

    Returns:
        Clauses with semicolons between; empty where nothing differs.
    """
    versions = {match[1] for it in differences if (match := _match_version(it))}
    told = []
    for impact in Impact:
        own = [it for it in differences if it.impact is impact]
        changes = list(dict.fromkeys(_list_changes(own, versions)))
        if changes:
            more = len(changes) - MOST_CHANGES
            shown = changes[:MOST_CHANGES] + ([f"and {more} more"] if more > 0 else [])
            told.append(f"{_WORDS[impact]}: {', '.join(shown)}")
    return "; ".join(told)


def name_facts(differences: Iterable[EnvironmentDifference]) -> tuple[str, ...]:
    """Name what differs: a fact by its name, all that differs of a package by the package's."""
    matches = ((it.fact, PACKAGE_FACT.fullmatch(it.fact)) for it in differences)
    return tuple(dict.fromkeys(match[1] if match else fact for fact, match in matches))


def _match_version(difference: EnvironmentDifference) -> re.Match[str] | None:
    match = PACKAGE_FACT.fullmatch(difference.fact)
    return match if match is not None and match[2] == "version" else None


def _list_changes(
    differences: Iterable[EnvironmentDifference], versions: set[str]
) -> Iterator[str]:
    """Say each change; what else differs of a package of another version goes with it."""
    for difference in differences:
        match = PACKAGE_FACT.fullmatch(difference.fact)
        if match is None:
            yield _tell(difference.fact, difference)
        elif match[2] == "version":
            yield _tell(match[1], difference)
        elif match[1] not in versions:
            yield f"other files of {match[1]}"


def _tell(name: str, difference: EnvironmentDifference) -> str:
    absent = UNKNOWN if difference.impact is Impact.UNKNOWN else "none"
    before, after = (
        absent if value is None else cut_value(value)
        for value in (difference.before, difference.after)
    )
    return f"{name} {before} -> {after}"


def cut_value(value: str) -> str:
    """Write a value of a fact: of a digest its first 12 digits, of a long text its beginning."""
    if _DIGEST.fullmatch(value):
        return short(value.removeprefix("sha256:"))
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"
