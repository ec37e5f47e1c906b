"""What is to be measured: probes, and the suites that declare them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.definition import Definition


class Expectation(StrEnum):
    """Where a probe promises equal bytes, the strongest promise first."""

    EVERYWHERE = "everywhere"
    FAMILY = "family"
    MACHINE = "machine"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One seeded op with its arguments, and what is expected of it.

    Attributes:
        id: Name by which machines are compared; unique in a project.
        suite: Name of the suite that declares it.
        definition: What it computes.
        expectation: Where its bytes should be equal.
        needed_bytes: Estimated peak memory; 0 where it is unknown.
        time_limit_s: Seconds after which one run of it is stopped.
        memory_limit_bytes: Address space that one run of it may add, enforced by the system.
        max_peak_ratio: How often its output the peak of memory may be.
        repeats: Runs in fresh processes; None leaves it to the snapshot.
        relation: Whether its relation is expected to hold; None where either is fine.
        control_equal: Whether its control is expected to give the same; None where either is fine.
        covers: One sentence on what the probe would catch.
        excludes: One sentence on what it would not.
    """

    id: str
    suite: str
    definition: Definition
    expectation: Expectation
    needed_bytes: int = 0
    time_limit_s: float = 300.0
    memory_limit_bytes: int | None = None
    max_peak_ratio: float | None = None
    repeats: int | None = None
    relation: bool | None = None
    control_equal: bool | None = None
    covers: str = ""
    excludes: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """A named list of probes, as one TOML file declares it.

    Attributes:
        name: The suite's slug.
        sha256: Hex sha256 of the file's bytes.
        about: One or two sentences on its purpose.
        excludes: What it does not measure, in its author's words.
        probes: The probes, in file order.
    """

    name: str
    sha256: str
    about: str
    excludes: str
    probes: tuple[Probe, ...]
