"""What all reports of a run carried, in the process that is to write and tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from reprokit.model.baseline_key import BaselineKey

if TYPE_CHECKING:
    from collections.abc import Iterator

Place: TypeAlias = "tuple[str, str | None, str | None, bool | None]"
"""Where results belong: a family, and the parts of a key in it."""


class Gathering:
    """The results of a run.

    Attributes:
        counts: How many results each state has, by place.
        others: The last word on each result that is not accepted, by place and id.
        written: Lines on what was written.
        troubles: Lines on what was not.
    """

    def __init__(self) -> None:
        self.counts: dict[Place, dict[str, int]] = {}
        self.others: dict[tuple[Place, str], dict[str, Any]] = {}
        self.written: list[str] = []
        self.troubles: list[str] = []

    def add(self, sent: dict[str, Any]) -> None:
        """Add what a report carried."""
        place: Place = tuple(sent["place"])
        counts = self.counts.setdefault(place, {"accepted": 0})
        counts["accepted"] += sent["accepted"]
        for result in sent.get("others", ()):
            known = self.others.get((place, result["id"]))
            if known is None:
                counts[result["state"]] = counts.get(result["state"], 0) + 1
            self.others[place, result["id"]] = {
                **result,
                "failed": sent["failed"],
                "unrepeated": known is not None and _differ(known, result),
            }

    def list_others(self, place: Place, state: str) -> Iterator[dict[str, Any]]:
        """List the results of a place in one state."""
        for (own, _), result in self.others.items():
            if own == place and result["state"] == state:
                yield result

    def list_keepable(self, place: Place) -> list[dict[str, Any]]:
        """List what may be written: of tests that passed, the same each time."""
        return [
            it
            for (own, _), it in self.others.items()
            if own == place and it.get("result") and not it["failed"] and not it["unrepeated"]
        ]


def read_place(place: Place) -> tuple[str, BaselineKey]:
    """Read family and key of a place."""
    family, mlx, wheel, tf32 = place
    return family, BaselineKey(mlx=mlx, wheel=wheel, tf32=tf32)


def _differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a test that ran twice gave two results."""
    if one.get("unrepeated"):
        return True
    results = (one.get("result"), other.get("result"))
    return all(results) and results[0] != results[1]
