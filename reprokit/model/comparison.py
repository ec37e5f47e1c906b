"""What a comparison of machines found; made by `compare`, shown by `render`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.attribution import Attribution, OldValue
    from reprokit.model.divergence import Divergence
    from reprokit.model.environment import Environment
    from reprokit.model.manifest import Manifest, Origin, ProbeRecord, SuiteReference
    from reprokit.model.probe import Expectation


class Verdict(StrEnum):
    """What can be said of one probe over the machines compared."""

    IDENTICAL = "identical"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not-comparable"
    MISSING = "missing"
    FAILED = "failed"


class Severity(StrEnum):
    """What follows from a verdict."""

    NONE = "none"
    WARNING = "warning"
    BLOCKING = "blocking"


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineEvidence:
    """All that one machine brings to a comparison, from one or more of its manifests.

    Attributes:
        name: The machine's name.
        family: Its family.
        commit: The code commit of its evidence.
        dirty: Whether any of it was measured on a dirty tree.
        created: When the newest of it was first written.
        origin: Who took the digests.
        environment: The environment of the newest manifest.
        suites: Every suite that was run.
        probes: The records by probe id.
        manifests: The files it comes from, newest first.
        left_out: How many more the machine has at this commit, of another environment, lock,
            origin or dirty tree.
    """

    name: str
    family: str
    commit: str
    dirty: bool
    created: str
    origin: Origin
    environment: Environment
    suites: tuple[SuiteReference, ...]
    probes: Mapping[str, ProbeRecord]
    manifests: tuple[Manifest, ...]
    left_out: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a probe took on one machine, over its repeats.

    Attributes:
        peak_bytes: The greatest peak of MLX's allocator.
        peak_ratio: That over the size of the result; None where the size is unknown or 0.
        cold_s: Median seconds of the first evaluations, kernel compilation included.
        warm_s: Median seconds of the second ones.
    """

    peak_bytes: int
    peak_ratio: float | None
    cold_s: float
    warm_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeComparison:
    """One probe over all machines.

    Attributes:
        id: The probe.
        verdict: What can be said of it.
        expectation: The strongest promise that any of the machines' suites makes for it.
        severity: What follows.
        reason: Why, in one sentence; empty where verdict and severity say it all.
        clusters: Machines of equal definition and digest, and of one dtype and shape, those of the
            most frequent definition first, the largest first; only machines that gave bytes, and
            the same ones each time.
        definitions: Hash of the definition by machine.
        digests: Digest by machine, for every machine that gave one, comparable or not.
        states: For each machine its record's status, `missing` or `not-comparable`.
        breaches: By machine, what its record breaks of its suite's promises beside its status, each
            in a clause: its relation, its control, its bound of memory. They block.
        better_than_promised: Whether machines agree that need not have, and none breaks a promise.
        divergences: How each pair of clusters of one definition parts, the first cluster against
            each other one first.
        costs: By machine, memory and time; only of machines that ran it themselves.
        old_values: Machines whose digest changed to one that was seen before, elsewhere or there.
    """

    id: str
    verdict: Verdict
    expectation: Expectation
    severity: Severity
    reason: str
    clusters: tuple[tuple[str, ...], ...]
    definitions: Mapping[str, str]
    digests: Mapping[str, str]
    states: Mapping[str, str]
    breaches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    better_than_promised: bool = False
    divergences: tuple[Divergence, ...] = ()
    costs: Mapping[str, Cost] = field(default_factory=dict)
    old_values: tuple[OldValue, ...] = ()

    @property
    def parts(self) -> bool:
        """Whether machines of one definition are in several clusters."""
        return len(self.clusters) > len({self.definitions[it[0]] for it in self.clusters})


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All probes over all machines.

    Attributes:
        commit: The commit all evidence belongs to; None across commits.
        machines: The evidence, in the order asked for.
        probes: One entry for each probe that any machine has.
        notes: Sentences that a reader must see beside the result.
        attributions: One entry for each partition that occurs, that of the most probes first.
    """

    commit: str | None
    machines: tuple[MachineEvidence, ...]
    probes: tuple[ProbeComparison, ...]
    notes: tuple[str, ...] = ()
    attributions: tuple[Attribution, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """Count the probes of one verdict."""
        return sum(probe.verdict is verdict for probe in self.probes)

    def count_severity(self, severity: Severity) -> int:
        """Count the probes of one severity."""
        return sum(probe.severity is severity for probe in self.probes)
