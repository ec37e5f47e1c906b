"""What a check judges of all that machines have at one commit, environment by environment."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from reprokit.compare.selection import list_evidence
from reprokit.model.baseline import make_key
from reprokit.model.manifest import OriginKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reprokit.model.check import Gate, GateFinding
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import Manifest
    from reprokit.model.standing import MachineStanding

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckEvidence:
    """What machines have at one commit.

    Attributes:
        machines: What each brings: its newest, of one environment.
        others: What these machines measured there in other environments, the newest first. It is
            judged as well: a second snapshot takes nothing back.
        aside: Manifests of uncommitted changes, of machines that have some without. They are of
            other code.
    """

    machines: tuple[MachineEvidence, ...]
    others: tuple[MachineEvidence, ...] = ()
    aside: tuple[Manifest, ...] = ()

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """All that count for the commit, each once."""
        return tuple(it for one in (*self.machines, *self.others) for it in one.manifests)


def divide_evidence(manifests: Mapping[str, Sequence[Manifest]]) -> CheckEvidence:
    """Divide the manifests of machines at one commit.

    What a machine measured goes before what others published of it, and what was measured on a
    clean tree before what was not.

    Args:
        manifests: By machine, all of the same commit.
    """
    machines: list[MachineEvidence] = []
    others: list[MachineEvidence] = []
    aside: list[Manifest] = []
    for items in manifests.values():
        measured = [it for it in items if it.origin.kind is OriginKind.MEASURED] or items
        clean = [it for it in measured if not it.repository.dirty] or measured
        *older, newest = list_evidence(clean)
        machines.append(newest)
        others += reversed(older)
        aside += [it for it in measured if it not in clean]
    return CheckEvidence(machines=tuple(machines), others=tuple(others), aside=tuple(aside))


def list_installations(evidence: Iterable[MachineEvidence]) -> tuple[MachineEvidence, ...]:
    """List evidence, and again with each manifest's environment that another drift was seen in.

    Manifests that belong together have equal packages and locks; drift is no part of that.
    """
    found: dict[tuple[object, ...], MachineEvidence] = {}
    for it in evidence:
        for manifest in it.manifests:
            environment = manifest.environment
            one = replace(it, environment=environment, manifests=(manifest,))
            identity = (it.name, it.manifests[0].path, environment.drift, environment.gaps)
            found.setdefault(identity, one)
    return tuple(found.values())


def judge_apart(
    judge: Callable[[Sequence[T]], Gate],
    items: Sequence[T],
    read_evidence: Callable[[T], MachineEvidence],
) -> Gate:
    """Let a gate judge evidence, and say of which manifest a finding is where that is open.

    Args:
        judge: The gate.
        items: Evidence, or how it stands; of one machine the newest first.
        read_evidence: Returns what an item is of.
    """
    gate = judge(items)
    names = [read_evidence(it).name for it in items]
    if len(set(names)) == len(names) or not gate.findings:
        return gate
    findings: dict[GateFinding, None] = {}
    superseded: dict[str, None] = {}
    for index, item in enumerate(items):
        evidence = read_evidence(item)
        found = judge([item]).findings
        if found and evidence.name in names[:index]:
            superseded |= dict.fromkeys(it.path for it in evidence.manifests if it.path)
        several = names.count(evidence.name) > 1
        label = f" (in {_name_manifest(evidence)})" if several else ""
        findings |= dict.fromkeys(replace(it, text=f"{it.text}{label}") for it in found)
    step = gate.step
    if superseded:
        step += f"; remove evidence that does not count: `{shlex.join(['git', 'rm', *superseded])}`"
    return replace(gate, findings=tuple(findings), step=step)


def _name_manifest(evidence: MachineEvidence) -> str:
    return evidence.manifests[0].path or "what was just measured"


def drop_measured(standings: Sequence[MachineStanding]) -> list[MachineStanding]:
    """Drop entries that stand alone, where the machine measured them in another environment.

    Only under the same key: what is measured under another one says nothing of them.
    """
    return [
        replace(
            it,
            probes=tuple(
                probe
                for probe in it.probes
                if probe.probe is not None
                or probe.id in it.evidence.probes
                or probe.id not in _list_measured(it, standings)
            ),
        )
        for it in standings
    ]


def _list_measured(standing: MachineStanding, standings: Iterable[MachineStanding]) -> set[str]:
    return {
        name
        for it in standings
        if (it.evidence.name, it.key) == (standing.evidence.name, standing.key)
        for name in it.evidence.probes
    }


def list_rounds(
    machines: Sequence[MachineEvidence], others: Sequence[MachineEvidence]
) -> Iterator[tuple[MachineEvidence, ...]]:
    """List what is compared: the newest of all machines, then each that is not.

    What is older is compared with what other machines measured with the same MLX and under the
    same rule for TF32, where they did: what another rule gives is no broken promise.
    """
    yield tuple(machines)
    for other in others:
        chosen = (_choose_alike(other, machine, others) for machine in machines)
        alike = tuple(it for it in chosen if it is not None)
        if len(alike) > 1:
            yield alike


def _choose_alike(
    other: MachineEvidence, machine: MachineEvidence, others: Sequence[MachineEvidence]
) -> MachineEvidence | None:
    if machine.name == other.name:
        return other
    there = [machine, *(it for it in others if it.name == machine.name)]
    return next((it for it in there if _name_rule(it) == _name_rule(other)), None)


def _name_rule(evidence: MachineEvidence) -> tuple[str | None, bool | None]:
    key = make_key(evidence.environment)
    return key.mlx, key.tf32
