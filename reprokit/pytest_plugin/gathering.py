"""What all reports of a run carried, in the process that is to write and tell it."""

from __future__ import annotations

from typing import Any, TypeAlias

from reprokit.model.baseline_key import BaselineKey

Place: TypeAlias = "tuple[str, str | None, str | None, bool | None]"
"""Where results belong: a family, and the parts of a key in it."""


UNREPEATED = "does not repeat"
"""The state of a result that one run gave twice, and differently."""


class Gathering:
    """The results of a run.

    Attributes:
        accepted: How many results are accepted, by place.
        others: The last word on each result that is not, by place and id.
        written: Lines on what was written.
        troubles: Lines on what was not.
    """

    def __init__(self) -> None:
        self.accepted: dict[Place, int] = {}
        self.others: dict[tuple[Place, str], dict[str, Any]] = {}
        self.written: list[str] = []
        self.troubles: list[str] = []

    def add(self, sent: dict[str, Any]) -> None:
        """Add what a report carried."""
        place: Place = tuple(sent["place"])
        self.accepted[place] = self.accepted.get(place, 0) + sent["accepted"]
        for result in sent.get("others", ()):
            known = self.others.get((place, result["id"]))
            added = {**result, "failed": sent["failed"]}
            if known is not None and _differ(known, result):
                added["state"] = UNREPEATED
            self.others[place, result["id"]] = added
        for name in sent.get("revoked", ()):
            self.others.get((place, name), {})["failed"] = True
        for name in sent.get("unrepeated", ()):
            known = self.others.get((place, name), {"id": name, "said": ""})
            self.others[place, name] = known | {"state": UNREPEATED}

    @property
    def has_trouble(self) -> bool:
        """Whether something was not written, or does not repeat."""
        states = (it["state"] for it in self.others.values())
        return bool(self.troubles) or UNREPEATED in states

    def list_others(self, place: Place, state: str) -> list[dict[str, Any]]:
        """List the results of a place in one state."""
        return [it for (own, _), it in self.others.items() if own == place and it["state"] == state]

    def list_keepable(self, place: Place) -> list[dict[str, Any]]:
        """List what may be written: of tests that passed, the same each time."""
        return [
            it
            for (own, _), it in self.others.items()
            if own == place and it.get("result") and not it["failed"] and it["state"] != UNREPEATED
        ]


def read_place(place: Place) -> tuple[str, BaselineKey]:
    """Read family and key of a place."""
    family, mlx, wheel, tf32 = place
    return family, BaselineKey(mlx=mlx, wheel=wheel, tf32=tf32)


def _differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a test that ran twice gave two results."""
    if one["state"] == UNREPEATED:
        return True
    return any(one.get(it) != other.get(it) for it in ("digest", "result"))
