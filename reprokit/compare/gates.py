"""The gates on code and environment: commit, lock, installation, families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.environment_diff import rank_fact
from reprokit.model.baseline_key import TF32_VARIABLE
from reprokit.model.check import Gate, GateFinding, GateVerdict
from reprokit.model.environment import DriftSeverity
from reprokit.model.environment_difference import Impact
from reprokit.model.names import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.model.comparison import MachineEvidence

INSTALLATION_FACTS = ("packages.", "lock.", "drift")
"""Gaps in these leave it open whether what ran is what is locked."""


def judge_commit(
    code: str, commit: str, machines: Sequence[MachineEvidence], absent: Sequence[str] = ()
) -> Gate:
    """Judge whether there is evidence of the code as it is.

    Args:
        code: The code's commit.
        commit: The commit of the evidence, 12 hex digits; empty where there is none at all.
        machines: The evidence.
        absent: Machines that were asked for and have none at that commit.
    """
    findings = [
        GateFinding(verdict=GateVerdict.BLOCK, machine=name, text=f"has no manifest at {commit}")
        for name in absent
    ]
    if not machines and not absent:
        said = "there is no manifest" + (f" at {commit}" if commit else "")
        findings.append(GateFinding(verdict=GateVerdict.BLOCK, text=said))
    elif machines and commit != short(code):
        said = f"the newest evidence is of {commit}, the code is at {short(code)}"
        findings.append(GateFinding(verdict=GateVerdict.BLOCK, text=said))
    findings += [
        GateFinding(
            verdict=GateVerdict.BLOCK,
            machine=machine.name,
            text="was measured with uncommitted changes",
        )
        for machine in machines
        if machine.dirty
    ]
    return Gate(
        name="commit",
        summary=f"evidence is of the code at {short(code)}",
        findings=tuple(findings),
        step="run `reprokit snapshot` on each machine, at this commit",
    )


def judge_lock(sha256: str | None, machines: Sequence[MachineEvidence]) -> Gate:
    """Judge whether machines had the lock that is there now.

    Args:
        sha256: Of uv.lock; None where there is none.
        machines: The evidence.
    """
    return Gate(
        name="lock",
        summary="measured under the lock as it is",
        findings=tuple(_find_lock_faults(sha256, machines)),
        step="run `uv lock` and `uv sync`, commit uv.lock, and take a new snapshot",
    )


def _find_lock_faults(
    sha256: str | None, machines: Sequence[MachineEvidence]
) -> Iterator[GateFinding]:
    if sha256 is None:
        yield GateFinding(verdict=GateVerdict.UNKNOWN, text="there is no uv.lock")
        return
    for machine in machines:
        lock = machine.environment.lock
        if lock.sha256 is None:
            yield _find(machine, GateVerdict.UNKNOWN, "does not know its lock")
        elif lock.sha256 != sha256:
            said = f"was measured under the lock {short(lock.sha256)}, it is {short(sha256)} now"
            yield _find(machine, GateVerdict.BLOCK, said)
        elif lock.current is False:
            yield _find(machine, GateVerdict.BLOCK, "its lock did not match pyproject.toml")


def judge_environment(machines: Sequence[MachineEvidence]) -> Gate:
    """Judge whether machines ran what is locked, and without variables that change results."""
    return Gate(
        name="environment",
        summary="installed as locked, no variable changes results",
        findings=tuple(it for machine in machines for it in _find_drift(machine)),
        step="see `reprokit env --check` there, run `uv sync --reinstall`, take a new snapshot",
    )


def _find_drift(machine: MachineEvidence) -> Iterator[GateFinding]:
    environment = machine.environment
    low = [it for it in environment.drift if it.severity is DriftSeverity.LOW]
    for drift in environment.drift:
        if drift not in low:
            yield _find(machine, GateVerdict.BLOCK, f"drift: {drift.package}: {drift.detail}")
    if low:
        others = f"; and {len(low) - 1} more of low weight" if len(low) > 1 else ""
        said = f"drift: {low[0].package}: {low[0].detail}{others}"
        yield _find(machine, GateVerdict.WARN, said)
    for variable in environment.variables:
        impact, reason = rank_fact(f"variables.{variable.name}")
        if impact is Impact.HIGH and variable.name != TF32_VARIABLE:
            said = f"{variable.name}={variable.value} is set, which {reason}"
            yield _find(machine, GateVerdict.WARN, said)
    for gap in environment.gaps:
        if gap.fact.startswith(INSTALLATION_FACTS):
            said = f"cannot tell {gap.fact}: {gap.reason}"
            yield _find(machine, GateVerdict.UNKNOWN, said)


def judge_families(required: Iterable[str], machines: Sequence[MachineEvidence]) -> Gate:
    """Judge whether each required family has evidence."""
    required = tuple(required)
    there = {machine.family for machine in machines}
    findings = tuple(
        GateFinding(verdict=GateVerdict.BLOCK, text=f"`{family}` is required and has no manifest")
        for family in required
        if family not in there
    )
    return Gate(
        name="families",
        summary=f"evidence of {', '.join(required)}" if required else "none is required",
        findings=findings,
        step="run `reprokit snapshot` on a machine of that family, at this commit",
    )


def _find(machine: MachineEvidence, verdict: GateVerdict, text: str) -> GateFinding:
    return GateFinding(verdict=verdict, machine=machine.name, text=text)
