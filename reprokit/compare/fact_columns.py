"""Every fact of the machines compared that can change bytes, side by side."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from reprokit.compare.derived_facts import DERIVED, MACOS, NONE, ORDERED, Known, list_thresholds
from reprokit.compare.environment_diff import rank_fact
from reprokit.model.environment_difference import Impact
from reprokit.model.environment_facts import flatten_environment
from reprokit.model.manifest import OriginKind
from reprokit.model.names import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.environment import Environment

FAMILY = "family"
"""A name of other facts, which are held against results themselves."""

_NOT_ON_MACOS = frozenset({"os.libc", "hardware.cpu_features", "device.driver"})
_ONLY_ON_MACOS = frozenset({"os.build"})

TOPICS: tuple[tuple[str, str], ...] = (
    ("TF32*", "TF32"),
    ("variables.MLX_ENABLE_TF32", "TF32"),
    ("variables.*", "settings"),
    ("GPU generation*", "hardware"),
    ("hardware.*", "hardware"),
    ("fused *", "hardware"),
    ("device.*", "hardware"),
    ("macOS*", "system"),
    ("C library", "system"),
    ("os.*", "system"),
    ("mlx*", "mlx"),
    ("packages.mlx*", "mlx"),
    ("drift.*", "installation"),
    ("lock.*", "installation"),
    ("packages.*", "installation"),
    ("python.*", "python"),
)
"""What a fact is about, the likeliest to change bytes first; the first pattern that fits counts.
Facts about one thing whose values lie alike are told as one."""


class FactColumn(NamedTuple):
    """One fact over all machines.

    Attributes:
        name: As `FactFit.fact`.
        topic: What it is about.
        values: By machine; machines whose value is unknown are left out.
        impact: Whether such a fact can change bytes.
        reason: Why, in a clause.
    """

    name: str
    topic: str
    values: Mapping[str, str]
    impact: Impact
    reason: str


def list_columns(machines: Sequence[MachineEvidence]) -> tuple[FactColumn, ...]:
    """List the facts that differ or are not known of all, those that cannot change bytes left out.

    Returns:
        Derived facts and observed ones, the likeliest to change bytes first.
    """
    known = {it.name: judge_knowledge(it) for it in machines}
    columns = (*_list_derived(known), *_list_observed(known))
    topics = list(dict.fromkeys(topic for _, topic in TOPICS))
    order = list(Impact)
    return tuple(
        sorted(
            (
                it
                for it in columns
                if it.impact in {Impact.HIGH, Impact.MEDIUM} and _tells(it, len(known))
            ),
            key=lambda it: (order.index(it.impact), topics.index(it.topic)),
        )
    )


def judge_knowledge(machine: MachineEvidence) -> Known:
    """Tell what is known of a machine's environment, and what only seems not to be there."""
    return Known(
        environment=machine.environment,
        gaps=frozenset(it.fact for it in machine.environment.gaps),
        complete=machine.origin.kind is OriginKind.MEASURED,
    )


def _tells(column: FactColumn, count: int) -> bool:
    """Tell whether a fact differs, or may: of a lesser one it must be known that it does."""
    distinct = len(set(column.values.values()))
    if distinct > 1:
        return True
    return len(column.values) < count and column.impact is Impact.HIGH


def _list_derived(known: Mapping[str, Known]) -> Iterator[FactColumn]:
    for ordered in ORDERED:
        for name, values in list_thresholds(ordered, known):
            yield _make_column(name, values, (Impact.HIGH, ordered.reason))
    for fact in DERIVED:
        read = {machine: fact.derive(it) for machine, it in known.items()}
        values = {machine: it for machine, it in read.items() if it is not None}
        yield _make_column(fact.name, values, (fact.impact, fact.reason))


def _list_observed(known: Mapping[str, Known]) -> Iterator[FactColumn]:
    facts = {machine: _flatten(it.environment) for machine, it in known.items()}
    for name in dict.fromkeys(name for own in facts.values() for name in own):
        read = {
            machine: _read_value(name, own.get(name), known[machine])
            for machine, own in facts.items()
        }
        values = {machine: it for machine, it in read.items() if it is not None}
        yield _make_column(name, values, rank_fact(name))


def _make_column(name: str, values: Mapping[str, str], rank: tuple[Impact, str]) -> FactColumn:
    topic = next(topic for pattern, topic in TOPICS if fnmatchcase(name, pattern))
    return FactColumn(name, topic, values, *rank)


def _flatten(environment: Environment) -> dict[str, str | None]:
    """Name every fact; the libraries of a package as one, since their paths name the system."""
    facts = flatten_environment(environment)
    kept = {
        name: value for name, value in facts.items() if name != FAMILY and ".library " not in name
    }
    for package in environment.packages:
        if package.libraries:
            lines = sorted(f"{it.path} {it.sha256}" for it in package.libraries)
            digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
            kept[f"packages.{package.name}.library hashes"] = short(digest)
    return kept


def _read_value(name: str, value: str | None, known: Known) -> str | None:
    """Return a fact's value; None where it is unknown, or known and contradicted."""
    if name in known.gaps:
        return None
    if value is not None:
        return value
    on_macos = known.environment.os.name == MACOS
    if name in (_NOT_ON_MACOS if on_macos else _ONLY_ON_MACOS) and known.environment.os.name:
        return NONE
    return None if known.lacks(name) else NONE
