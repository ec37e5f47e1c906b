"""The baseline of a family: the results that somebody reviewed and accepted, or left pending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from reprokit.model.baseline_key import TF32_VARIABLE, make_key_of_wheels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.environment import Environment, Package, Variable
    from reprokit.model.record import ArrayFacts, NamedArray


class BaselineStatus(StrEnum):
    """What became of a result that was looked at."""

    PENDING = "pending"
    """Somebody put off the decision. Never as good as accepted."""

    ACCEPTED = "accepted"
    """Somebody reviewed it and gave a reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """Who decided on a result, when, why, and what it rests on.

    Attributes:
        by: The name that stands in the file, which is published with the project.
        at: UTC time, `2026-05-20T10:00:00Z`, or a date alone.
        reason: Why it was accepted, or put off.
        commit: The code commit that the result was measured at; empty where none is known.
        manifest: The file it was measured in, relative to the project; empty likewise.
        manifest_sha256: Hex sha256 that the file had then.
        replaces: Hex sha256 of the result that it took the place of; empty where there was none.
    """

    by: str
    at: str
    reason: str
    commit: str = ""
    manifest: str = ""
    manifest_sha256: str = ""
    replaces: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BaselineEntry:
    """One result that others are held against.

    Attributes:
        id: The probe; or a test's own name for a result of it.
        status: What became of it.
        result: What is kept of the array, without statistics.
        review: Who decided, and on what.
        suite: The suite that declares the probe; empty for a test's result.
        machine: The machine, where the probe promises equal bytes on one machine alone; else
            empty, and it stands for the family.
        definition: Hash of what was computed; empty where it is unknown, and then not compared.
        peak_bytes: Greatest peak of MLX's allocator when it was accepted; None where unmeasured.
        leaves: The arrays of a tree, so that a change names the leaf.
    """

    id: str
    status: BaselineStatus
    result: ArrayFacts
    review: Review
    suite: str = ""
    machine: str = ""
    definition: str = ""
    peak_bytes: int | None = None
    leaves: tuple[NamedArray, ...] = ()

    @property
    def order(self) -> tuple[str, str]:
        """What names it under its key, and sorts it."""
        return (self.id, self.machine)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedBaseline:
    """The entries of one key, by id."""

    key: BaselineKey
    entries: tuple[BaselineEntry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """All that was reviewed for a family.

    Attributes:
        family: The family.
        tables: The entries by key; sorted, as `put_entries` leaves them.
        path: Where it was read from, relative to the project; empty for one just made.
        sha256: Hex sha256 of the file it was read from; empty for one just made.
    """

    family: str
    tables: tuple[KeyedBaseline, ...] = ()
    path: str = ""
    sha256: str = ""

    def find(self, key: BaselineKey, name: str, machine: str = "") -> BaselineEntry | None:
        """Find what holds for a key: what stands under it, else under one that covers it."""
        covering = [table for table in self.tables if table.key.covers(key)]
        return _find(sorted(covering, key=lambda it: it.key.rank, reverse=True), name, machine)

    def find_elsewhere(
        self, key: BaselineKey, name: str, machine: str = ""
    ) -> tuple[BaselineKey, BaselineEntry] | None:
        """Find what was last decided under a key that does not hold, as of another MLX."""
        found = [
            (table.key, entry)
            for table in self.tables
            if not table.key.covers(key)
            for entry in table.entries
            if entry.order == (name, machine)
        ]
        return max(found, key=lambda pair: pair[1].review.at, default=None)

    def list_entries(self, key: BaselineKey) -> tuple[BaselineEntry, ...]:
        """List what holds for a key, one entry for each id and machine."""
        covering = [table for table in self.tables if table.key.covers(key)]
        found = {
            entry.order: entry
            for table in sorted(covering, key=lambda it: it.key.rank)
            for entry in table.entries
        }
        return tuple(found[order] for order in sorted(found))


def _find(tables: Iterable[KeyedBaseline], name: str, machine: str) -> BaselineEntry | None:
    entries = (entry for table in tables for entry in table.entries)
    return next((entry for entry in entries if entry.order == (name, machine)), None)


def put_entries(baseline: Baseline, key: BaselineKey, entries: Iterable[BaselineEntry]) -> Baseline:
    """Put entries under a key, over those of the same id and machine there; no other is touched."""
    there = {table.key: table for table in baseline.tables}
    known = {entry.order: entry for entry in there[key].entries} if key in there else {}
    known |= {entry.order: entry for entry in entries}
    return _replace_table(baseline, key, known)


def remove_entries(
    baseline: Baseline, key: BaselineKey, names: Iterable[tuple[str, str]]
) -> Baseline:
    """Remove what holds for a key of ids and machines, under keys that cover it too."""
    gone = set(names)
    for table in baseline.tables:
        if table.key.covers(key):
            kept = {entry.order: entry for entry in table.entries if entry.order not in gone}
            baseline = _replace_table(baseline, table.key, kept)
    return baseline


def remove_under(
    baseline: Baseline, key: BaselineKey, names: Iterable[tuple[str, str]]
) -> Baseline:
    """Remove ids and machines that stand under this very key; what covers it stays."""
    gone = set(names)
    there = {table.key: table for table in baseline.tables}
    entries = there[key].entries if key in there else ()
    kept = {entry.order: entry for entry in entries if entry.order not in gone}
    return _replace_table(baseline, key, kept)


def _replace_table(
    baseline: Baseline, key: BaselineKey, entries: dict[tuple[str, str], BaselineEntry]
) -> Baseline:
    ordered = tuple(entries[order] for order in sorted(entries))
    tables = [table for table in baseline.tables if table.key != key]
    tables += [KeyedBaseline(key=key, entries=ordered)] if ordered else []
    return replace(baseline, tables=tuple(sorted(tables, key=lambda it: it.key.order)))


def make_key(environment: Environment) -> BaselineKey:
    """Make the key that results of an environment go by."""
    return make_key_of(environment.packages, environment.variables)


def make_key_of(packages: Iterable[Package], variables: Iterable[Variable]) -> BaselineKey:
    """Make the key of installed packages and of the variables that are set."""
    values = {variable.name: variable.value for variable in variables}
    installed = {package.name: (package.version, package.wheel) for package in packages}
    return make_key_of_wheels(installed, tf32=values.get(TF32_VARIABLE))
