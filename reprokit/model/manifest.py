"""The evidence of one machine at one commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.definition import Definition
    from reprokit.model.environment import Environment, Repository
    from reprokit.model.probe import Expectation
    from reprokit.model.record import Record


class OriginKind(StrEnum):
    """Where a manifest's digests come from."""

    MEASURED = "measured"
    PUBLISHED = "published"


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Who took the digests.

    Attributes:
        kind: Measured by reprokit, or published by somebody else.
        sources: For published digests, where they stand.
        note: What a reader must know of them.
    """

    kind: OriginKind
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SuiteReference:
    """The suite that was run.

    Attributes:
        name: Its name.
        sha256: Hex sha256 of its file.
        excludes: What it does not measure, in its own words.
        declared: The ids of all its probes, those included that were not asked for; empty in
            manifests that do not say. The file determines them, so that they make no other suite.
    """

    name: str
    sha256: str
    excludes: str = ""
    declared: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeRecord:
    """One probe as it was declared, and what it gave.

    `relation`, `control_equal` and `max_peak_ratio` are what the suite expects of it, as in
    `Probe`.
    """

    id: str
    suite: str
    definition: Definition
    expectation: Expectation
    record: Record
    relation: bool | None = None
    control_equal: bool | None = None
    max_peak_ratio: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """Environment, suites and records of one machine at one commit.

    Attributes:
        machine: The machine's name.
        family: The machines that are expected to give the same bytes.
        project: Name of the project, from pyproject.toml.
        repository: The code's state.
        created: UTC time of its first writing, `2026-05-20T10:00:00Z`, or a date alone.
        origin: Who took the digests.
        suites: The suites that were run.
        environment: What was observed.
        probes: The records, in suite order.
        path: Where it was read from, relative to the project; empty for one just made.
        sha256: Hex sha256 of the file it was read from; empty for one just made.
    """

    machine: str
    family: str
    project: str
    repository: Repository
    created: str
    origin: Origin
    suites: tuple[SuiteReference, ...]
    environment: Environment
    probes: tuple[ProbeRecord, ...]
    path: str = ""
    sha256: str = ""

    @property
    def commit(self) -> str:
        """The code commit, as many hex digits as are known."""
        return self.repository.commit
