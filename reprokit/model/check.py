"""What the gates before a release found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reprokit.model.comparison import MachineEvidence


class GateVerdict(StrEnum):
    """What a gate says, the gravest first."""

    BLOCK = "block"
    UNKNOWN = "unknown"
    """It could not tell."""

    WARN = "warn"
    PASS = "pass"  # noqa: S105 - a word, and no password


_GRAVITY = tuple(GateVerdict)


def find_gravest(verdicts: Iterable[GateVerdict]) -> GateVerdict:
    """Find the gravest of several verdicts; `pass` where there is none."""
    return min(verdicts, key=_GRAVITY.index, default=GateVerdict.PASS)


@dataclass(frozen=True, kw_only=True, slots=True)
class GateFinding:
    """One thing that a gate found.

    Attributes:
        verdict: What follows from it.
        text: What it is, in a clause.
        machine: The machine it is of; empty where it is of none.
        probe: The probe; empty likewise.
    """

    verdict: GateVerdict
    text: str
    machine: str = ""
    probe: str = ""

    @property
    def place(self) -> str:
        """Machine and probe, as they stand before the text."""
        return ": ".join(filter(None, (self.machine, self.probe)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One of the things that are checked.

    Attributes:
        name: Its name, one word.
        summary: What was held against what, in a clause.
        findings: What was found; none where all is well.
        step: The next step to take, where there are findings.
    """

    name: str
    summary: str
    findings: tuple[GateFinding, ...] = ()
    step: str = ""

    @property
    def verdict(self) -> GateVerdict:
        """The gravest of its findings."""
        return find_gravest(finding.verdict for finding in self.findings)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """All gates.

    Attributes:
        commit: The code commit whose evidence was taken, 12 hex digits; empty without any.
        machines: The machines that were held against their baselines.
        gates: The gates, in the order in which one mends them.
        tag: The tag that is to be released; empty where none is.
        unattended: Whether it ran in CI.
    """

    commit: str
    machines: tuple[MachineEvidence, ...]
    gates: tuple[Gate, ...]
    tag: str = ""
    unattended: bool = False

    @property
    def verdict(self) -> GateVerdict:
        """The gravest of all gates."""
        return find_gravest(gate.verdict for gate in self.gates)

    def count(self, verdict: GateVerdict) -> int:
        """Count the gates of one verdict."""
        return sum(gate.verdict is verdict for gate in self.gates)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseFacts:
    """What git says of a tag.

    Attributes:
        tag: Its name.
        tag_commit: The commit it is on.
        code_commit: The newest commit at it that changes anything but evidence.
        digests: Hex sha256, at the tag, of each file of evidence, of pyproject.toml and of uv.lock,
            by its path from the top of the repository.
        prefix: Where the project lies from that top: empty for the top itself, else a path that
            ends with a slash.
        lock: The path of its uv.lock, which may be a workspace's; empty where there is none.
    """

    tag: str
    tag_commit: str
    code_commit: str
    digests: Mapping[str, str]
    prefix: str = ""
    lock: str = ""
