"""What a hint proposes in the place of a word that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_NEAR = 3


def suggest_names(name: str, known: Iterable[str]) -> str:
    """Name those known that are spelled alike; where there are none, all that are known.

    Args:
        name: What somebody wrote.
        known: What they may have meant.
    """
    names = list(known)
    near = find_near(name, names)
    if near:
        return f"did you mean {list_names(near)}?"
    return f"there are {list_names(names)}" if names else "there is none"


def find_near(name: str, known: Iterable[str]) -> list[str]:
    """Find what is spelled alike, the nearest first; the case of letters counts for nothing."""
    from difflib import get_close_matches  # workers come here, and need it never

    lowered = {item.lower(): item for item in known}
    near = get_close_matches(name.lower(), lowered, n=_MOST_NEAR)
    return [lowered[item] for item in near]


def list_names(names: Iterable[str]) -> str:
    """List names as literals, with commas between."""
    return ", ".join(f"`{name}`" for name in names)
