"""The milestone: what people publish of a comparison, and what they add to it later."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from reprokit.model.record import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.comparison import Comparison


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallAgreement:
    """A probe that agrees where others of its op part, and is too small to tell anything by that.

    Attributes:
        probe: Its id.
        op: Its op.
        size: How many elements it has.
        differing: Of the probes of the op that part, how many elements differ.
        total: Of how many.
    """

    probe: str
    op: str
    size: int
    differing: int
    total: int

    @property
    def expected(self) -> float:
        """How many of its elements would differ, if they did so as often as the others'."""
        return self.size * self.differing / self.total


@dataclass(frozen=True, kw_only=True, slots=True)
class Milestone:
    """What a milestone is made of.

    Attributes:
        name: Its slug, as `r1-cross-machine`.
        date: `2026-05-20`.
        why: Why it was made, in the user's words: paragraphs with an empty line between; may be
            empty.
        command: The command that makes it again.
        comparison: What it states.
        probe_glob: Which probes were chosen.
        small_agreements: Probes whose agreement tells nothing.
    """

    name: str
    date: str
    why: str
    command: str
    comparison: Comparison
    probe_glob: str = "*"
    small_agreements: tuple[SmallAgreement, ...] = ()

    @property
    def stem(self) -> str:
        """The documents' name without an ending."""
        return f"{self.name}-{self.date}"


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineFacts:
    """What a milestone tells of a machine, named as in its JSON.

    Attributes:
        family: What is expected to give equal bytes.
        chip: Its name.
        os: The system's name.
        os_version: Its version.
        os_build: Its build.
        python: Python's version.
        mlx: MLX's version.
        lock_sha256: Hex sha256 of uv.lock.
        commit: At which commit it measured.
        dirty: Whether there were uncommitted changes.
        origin: Where its results come from.
    """

    family: str
    chip: str | None
    os: str | None
    os_version: str | None
    os_build: str | None
    python: str | None
    mlx: str | None
    lock_sha256: str | None
    commit: str
    dirty: bool
    origin: str

    def tell(self) -> dict[str, str]:
        """Tell the facts by the names that people read; what is unknown is empty."""
        return {
            "family": self.family,
            "chip": self.chip or "",
            "os": self.os or "",
            "os version": self.os_version or "",
            "os build": self.os_build or "",
            "Python": self.python or "",
            "mlx": self.mlx or "",
            "uv.lock": self.lock_sha256 or "",
            "commit": self.commit,
            "uncommitted changes": "yes" if self.dirty else "no",
            "origin": self.origin,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineStatement:
    """What a milestone states of a machine.

    Attributes:
        facts: What is told of it, by name, as `commit` or `chip`; what is unknown is empty.
        manifests: Hex sha256 of its manifests by path.
    """

    facts: Mapping[str, str]
    manifests: Mapping[str, str]


def state_digests(digests: Mapping[str, str], states: Mapping[str, str]) -> dict[str, str]:
    """Reduce results to what a later one is held against, by machine.

    Of a probe that does not repeat that is its state: another of its digests is no other result.

    Args:
        digests: Hex sha256 by machine.
        states: What became of the probe there; of a machine that is not in it, a result.
    """
    return {
        machine: Status.UNSTABLE.value if states.get(machine) == Status.UNSTABLE else digest
        for machine, digest in digests.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeStatement:
    """What a milestone states of a probe.

    Attributes:
        verdict: The verdict's word.
        severity: The severity's word.
        digests: Hex sha256 by machine; `unstable` where the probe does not repeat.
        definitions: Hash of the definition by machine.
        stage: The first step that parts; empty where none is known.
    """

    verdict: str
    severity: str
    digests: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    stage: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What a milestone states, as far as a later one is held against it.

    Attributes:
        commit: The commit; empty across commits.
        machines: By name.
        probes: By id.
        causes: Names of the known causes that the evidence bears out.
    """

    commit: str
    machines: Mapping[str, MachineStatement]
    probes: Mapping[str, ProbeStatement]
    causes: tuple[str, ...] = ()


class ChangeKind(StrEnum):
    """What a change is of, in the order in which changes are told."""

    COMMIT = "commit"
    MACHINE = "machine"
    PROBE = "probe"
    VERDICT = "verdict"
    SEVERITY = "severity"
    DEFINITION = "definition"
    DIGEST = "digest"
    STEP = "first step that parts"
    CAUSE = "cause"
    MANIFEST = "manifest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that a later run states otherwise.

    Attributes:
        kind: What it is of.
        subject: Which machine or probe, or both, as `normal-8-key0 on apple-m5`.
        before: What was stated; empty for what is new.
        after: What is stated now; empty for what is no longer there.
    """

    kind: ChangeKind
    subject: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Amendment:
    """What a later run adds to a milestone.

    Attributes:
        number: Which it is, from 1.
        date: When it was added.
        milestone: What that run states, under the milestone's own name and date.
        changes: What is other than stated last.
    """

    number: int
    date: str
    milestone: Milestone
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A milestone as it lies in its folder.

    Of it and of each of its amendments, in that order, there is one date, reason and statement.

    Attributes:
        stem: The documents' name without an ending.
        dates: When it was written.
        reasons: Why it was made.
        statements: What it states.
        files: Hex sha256 of its documents beside the JSON, by name; of the markdown, what is the
            user's left out.
    """

    stem: str
    dates: tuple[str, ...]
    reasons: tuple[str, ...]
    statements: tuple[Statement, ...]
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def date(self) -> str:
        """The date of the newest thing in it."""
        return self.dates[-1]

    @property
    def statement(self) -> Statement:
        """What it states: the newest amendment, else itself."""
        return self.statements[-1]

    @property
    def amendments(self) -> int:
        """How many it has."""
        return len(self.statements) - 1

    @property
    def markdown(self) -> str:
        """The name of its markdown."""
        return f"{self.stem}.md"

    @property
    def data(self) -> str:
        """The name of its JSON."""
        return f"{self.stem}.json"
