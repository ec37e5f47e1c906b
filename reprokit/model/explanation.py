"""One probe, explained down to its elements; made by `compare`, shown by `render`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.attribution import Attribution
    from reprokit.model.comparison import Severity, Verdict
    from reprokit.model.definition import Definition
    from reprokit.model.divergence import Divergence
    from reprokit.model.probe import Expectation
    from reprokit.model.record import ArrayFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchedPart:
    """One neighbourhood of an array that was searched for a digest.

    Attributes:
        stage: What was changed: `log`, or `output` for the elements themselves.
        span: By up to so many ulps, up and down.
        tried: How many arrays.
        complete_changes: All arrays with up to so many elements changed were among them.
        exhausted: Whether that were all there are.
    """

    stage: str
    span: int
    tried: int
    complete_changes: int
    exhausted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """The search for the array of a digest.

    Attributes:
        digest: Hex sha256.
        found: Whether it was found, which the digest proves.
        tried: How many arrays were tried for it.
        parts: Where, in order.
    """

    digest: str
    found: bool
    tried: int
    parts: tuple[SearchedPart, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One place where a digest stands.

    Attributes:
        machine: The machine.
        commit: Its commit, as many hex digits as the manifest has.
        manifest: The file.
        probe: The probe.
        part: `result`, `control`, a run that gave other bytes (`repeat 3`), or a stage or leaf by
            its name.
    """

    machine: str
    commit: str
    manifest: str
    probe: str
    part: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainedCluster:
    """Who gave one array, and what is known of it.

    Attributes:
        machines: The machines, or in their place a digest that was given.
        digest: Hex sha256.
        definition: What computes it.
        result: Its facts.
        source: Where its bytes come from, in a clause; empty where they are unknown.
    """

    machines: tuple[str, ...]
    digest: str
    definition: Definition
    result: ArrayFacts
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """One probe over machines and digests.

    Attributes:
        probe: Its id.
        commits: The commit of each machine's evidence, 12 hex digits.
        verdict: What can be said of it.
        expectation: What it promises.
        severity: What follows.
        reason: Why, where verdict and severity do not say it all.
        clusters: Those of the most frequent definition first, the largest first.
        pairs: How each two clusters of one definition part, in their order; where clusters are
            many, how each parts from the first.
        pairs_left_out: How many pairs of other clusters there are then.
        searches: What was searched for.
        attributions: The causes of the lines along which machines part.
        occurrences: Where digests that were given stand in manifests.
    """

    probe: str
    commits: Mapping[str, str]
    verdict: Verdict
    expectation: Expectation
    severity: Severity
    reason: str
    clusters: tuple[ExplainedCluster, ...]
    pairs: tuple[Divergence, ...]
    pairs_left_out: int = 0
    searches: tuple[Search, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
