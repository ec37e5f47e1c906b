"""What may have caused machines to part; made by `compare`, shown by `render`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.environment_difference import Impact


class Fit(StrEnum):
    """How the values of an environment's fact lie against the clusters of a probe."""

    INDUCES = "induces"
    """Machines agree where their values do, and part where those do."""

    REFINES = "refines"
    """Machines of one value agree; some agree of several values."""

    RULED_OUT = "ruled-out"
    """Machines of one value part: it is not the whole cause."""

    UNKNOWN = "unknown"
    """Not known of every machine, and not ruled out by what is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FactFit:
    """One fact of the environment held against a partition.

    Attributes:
        fact: Its name, as `os.build`, or of a derived one, as `GPU generation >= 15`.
        fit: How its values lie.
        values: By machine; machines whose value is unknown are left out.
        impact: Whether such a fact can change bytes.
        reason: In a clause: of one that fits, why it can change bytes; of one that is ruled out or
            unknown, by which machines.
        also: Other facts about the same thing whose values lie in the same way over these
            machines, so that the two are not told apart.
    """

    fact: str
    fit: Fit
    values: Mapping[str, str]
    impact: Impact
    reason: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SignatureMatch:
    """A known cause whose marks the evidence bears.

    Attributes:
        name: As `log, one ulp`.
        evidence: What was seen of it, each in a sentence.
        probes: The probes that it explains.
        source: Where it is described.
    """

    name: str
    evidence: tuple[str, ...]
    probes: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """What is to be said of the cause of one line along which machines part.

    Attributes:
        partition: The clusters, each in the order of the machines compared.
        probes: The probes that part along it.
        facts: The facts that differ or are unknown: those that induce the partition, then those
            that refine it, those that are unknown, those ruled out; in each the likeliest first.
        signatures: Known causes that the evidence bears out.
        crossing: Of the other attributions those, by place, whose partition crosses this one over
            the machines that both have: no single split of them explains both.
        strength: How far this may be trusted, and what would tell more, in a sentence or two.
    """

    partition: tuple[tuple[str, ...], ...]
    probes: tuple[str, ...]
    facts: tuple[FactFit, ...]
    signatures: tuple[SignatureMatch, ...] = ()
    crossing: tuple[int, ...] = ()
    strength: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OldValue:
    """A digest that changed, and that is another machine's, or an earlier one of its own.

    Attributes:
        probe: The probe.
        machine: The machine on which it changed.
        digest: What it gives now.
        earlier_commit: Where the machine last gave something else, 12 hex digits.
        holder: The machine that gave this digest before.
        holder_commit: Where, 12 hex digits.
        manifest: The holder's manifest.
    """

    probe: str
    machine: str
    digest: str
    earlier_commit: str
    holder: str
    holder_commit: str
    manifest: str
