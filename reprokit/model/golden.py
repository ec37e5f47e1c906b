"""A digest that somebody kept by hand in a file of golden hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.baseline import BaselineStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldenHash:
    """One entry of such a file.

    Attributes:
        name: What it is of: a test, mostly.
        digest: Hex sha256, over whatever its authors serialised.
        status: What became of it there.
        word: The word for that there, as `pending_review`.
        mlx: The version of MLX; None where it is unknown.
        commit: The commit; empty where it is unknown.
        chip: The chip, as it is called there; empty where none is named.
        file: The file's name.
    """

    name: str
    digest: str
    status: BaselineStatus
    word: str
    mlx: str | None
    commit: str
    chip: str
    file: str

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return f"{self.file}: {self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldenProblem:
    """Why an entry is not taken over.

    Attributes:
        place: File and entry.
        reason: Why, in a clause.
    """

    place: str
    reason: str
