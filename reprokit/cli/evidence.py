"""Which machine's evidence is meant, and the baseline that it is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.cli.sources import resolve_commit
from reprokit.compare.baseline import hold_against_baseline
from reprokit.compare.selection import (
    choose_commit,
    gather_evidence,
    list_commits,
    resolve_machines,
)
from reprokit.errors import UsageError
from reprokit.model.manifest import OriginKind
from reprokit.observe.repository import read_user_name
from reprokit.observe.variables import runs_unattended
from reprokit.probes.suite_file import list_suites
from reprokit.store.baselines import read_baseline
from reprokit.store.manifests import list_machines, read_machine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import Manifest
    from reprokit.model.settings import Settings
    from reprokit.model.standing import MachineStanding

LONGEST_REASON = 1000


def choose_evidence(settings: Settings, machine: str, commit: str) -> MachineEvidence:
    """Choose a machine's evidence: the newest, or that at a commit.

    Args:
        settings: The project's.
        machine: Its name, or words that only it has.
        commit: A revision; empty for the newest that it has.

    Raises:
        UsageError: Where there is no such machine, or it has nothing at that commit.
    """
    folder = settings.manifests_path
    (name,) = resolve_machines([machine], list_machines(folder), option="--machine")
    manifests = tuple(read_machine(folder, name, root=settings.root))
    chosen = choose_commit({name: manifests}, resolve_commit(settings, commit))
    return gather_evidence(manifests, chosen)


def list_newest_evidence(settings: Settings) -> tuple[MachineEvidence, ...]:
    """List the newest evidence of each machine, that which others published left out."""
    folder = settings.manifests_path
    found = []
    for name in list_machines(folder):
        manifests = _leave_out_published(read_machine(folder, name, root=settings.root))
        if manifests:
            found.append(gather_evidence(manifests, list_commits(manifests)[0]))
    return tuple(found)


def _leave_out_published(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    return tuple(it for it in manifests if it.origin.kind is OriginKind.MEASURED)


def hold(settings: Settings, evidence: MachineEvidence) -> MachineStanding:
    """Hold evidence against the baseline of its family, as that is now."""
    baseline = read_baseline(settings.manifests_path, evidence.family, root=settings.root)
    return hold_against_baseline(evidence, baseline, suites=list_known_suites(settings))


def list_known_suites(settings: Settings) -> tuple[str, ...]:
    """Name the suites that there are, and those that the settings name, be they there or not."""
    return tuple(dict.fromkeys((*list_suites(settings.suites_path), *settings.suites)))


def refuse_unattended(command: str) -> None:
    """Refuse to decide where nobody is there to decide.

    Raises:
        UsageError: Where CI is set.
    """
    if runs_unattended():
        raise UsageError(
            f"`{command}` writes no baseline in CI: nobody is there who reviews it",
            where="CI",
            hint="review where somebody can, and commit manifests/accepted/",
        )


def choose_reviewer(settings: Settings, name: str) -> str:
    """Choose the name that will stand beside decisions: as given, else as git has it.

    Raises:
        UsageError: Where there is none, or it is an address.
    """
    chosen = (name or read_user_name(settings.root)).strip()
    if not chosen:
        raise UsageError(
            "nobody knows who decides", where="--by", hint="name yourself with `--by NAME`"
        )
    if "@" in chosen or "\n" in chosen or len(chosen) > LONGEST_REASON:
        raise UsageError(
            "the name is published in the baseline, and must be one line without an address",
            where="--by",
            hint="name yourself with `--by NAME`",
        )
    return chosen


def check_reason(reason: str) -> str:
    """Return a reason without blanks around it.

    Raises:
        UsageError: Where it says nothing, or is longer than a line can be.
    """
    text = " ".join(reason.split())
    if not text or len(text) > LONGEST_REASON:
        raise UsageError(
            "a baseline says why it was accepted",
            where="--reason",
            hint=f'one sentence of up to {LONGEST_REASON} characters: `--reason "first run"`',
        )
    return text
