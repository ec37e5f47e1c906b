"""Which machine's evidence is meant, and the baseline that it is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reprokit.cli.sources import resolve_commit
from reprokit.compare.baseline import hold_against_baseline
from reprokit.compare.check_evidence import divide_evidence
from reprokit.compare.selection import (
    choose_commit,
    gather_evidence,
    list_commits,
    resolve_machines,
)
from reprokit.errors import UsageError
from reprokit.model.manifest import OriginKind
from reprokit.model.names import short
from reprokit.model.standing import REMOVABLE
from reprokit.observe.repository import read_user_name, resolve_revision
from reprokit.observe.variables import runs_unattended
from reprokit.probes.suite_file import list_suites
from reprokit.store.baselines import read_baseline
from reprokit.store.manifests import list_machines, read_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import Manifest
    from reprokit.model.settings import Settings
    from reprokit.model.standing import MachineStanding

LONGEST_REASON = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class CommonEvidence:
    """What all machines have at one commit.

    Attributes:
        commit: 12 hex digits.
        machines: The evidence of those that have some: the newest of each, then what they
            measured there in other environments.
        lacking: The newest commit of each machine that has none there, by name.
    """

    commit: str
    machines: tuple[MachineEvidence, ...]
    lacking: Mapping[str, str]


def choose_evidence(settings: Settings, machine: str, commit: str) -> MachineEvidence:
    """Choose a machine's evidence: of the code as it is, or that at a commit.

    Args:
        settings: The project's.
        machine: Its name, or words that only it has.
        commit: A revision; empty for the code's newest commit.

    Raises:
        UsageError: Where there is no such machine, or it has nothing at that commit.
    """
    folder = settings.manifests_path
    (name,) = resolve_machines([machine], list_machines(folder), option="--machine")
    manifests = tuple(read_machine(folder, name, root=settings.root))
    if commit:
        chosen = choose_commit({name: manifests}, resolve_commit(settings, commit))
        return gather_evidence(manifests, chosen)
    code, commits = _find_code_commit(settings), list_commits(manifests)
    if code not in commits:
        raise UsageError(
            f"`{name}` measured nothing at {code}, the code as it is; its newest evidence is of "
            f"{commits[0]}",
            where="--machine",
            hint="take a snapshot on that machine; or decide on what is older with "
            f"`--commit {commits[0]}`",
        )
    return gather_evidence(manifests, code)


def list_chosen_evidence(
    settings: Settings, machine: str, commit: str
) -> tuple[MachineEvidence, ...]:
    """List what a machine measured of the code as it is, or at a commit, by environment.

    Args:
        settings: The project's.
        machine: Its name, or words that only it has.
        commit: A revision; empty for the code's newest commit.

    Returns:
        What `choose_evidence` chooses, then what is of other environments, the newest first.

    Raises:
        UsageError: As `choose_evidence` does.
    """
    newest = choose_evidence(settings, machine, commit)
    folder, name = settings.manifests_path, newest.name
    there = tuple(read_machine(folder, name, root=settings.root, commit=newest.commit))
    evidence = divide_evidence({name: there})
    every = (*evidence.machines, *evidence.others)
    return (newest, *(it for it in every if it.manifests[0] not in newest.manifests))


def list_common_evidence(settings: Settings, commit: str) -> CommonEvidence:
    """List what all machines measured of the code as it is, or at a commit.

    What others published is left out.

    Args:
        settings: The project's.
        commit: A revision; empty for the code's newest commit.

    Raises:
        UsageError: Where the revision means no commit that one of them has.
    """
    folder = settings.manifests_path
    everything = {
        name: _leave_out_published(read_machine(folder, name, root=settings.root))
        for name in list_machines(folder)
    }
    measured = {name: items for name, items in everything.items() if items}
    commits = {name: list_commits(items) for name, items in measured.items()}
    if commit:
        pooled = [it for items in measured.values() for it in items]
        chosen = choose_commit({"all": pooled}, resolve_commit(settings, commit))
    else:
        chosen = _find_code_commit(settings)
    evidence = divide_evidence(
        {
            name: [it for it in items if short(it.commit) == chosen]
            for name, items in measured.items()
            if chosen in commits[name]
        }
    )
    return CommonEvidence(
        commit=chosen,
        machines=(*evidence.machines, *evidence.others),
        lacking={name: own[0] for name, own in commits.items() if chosen not in own},
    )


def _find_code_commit(settings: Settings) -> str:
    """Find the newest commit that changes more than evidence, as 12 hex digits."""
    return short(resolve_revision(settings.root, "HEAD", (settings.manifests, settings.milestones)))


def _leave_out_published(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    return tuple(it for it in manifests if it.origin.kind is OriginKind.MEASURED)


def hold(settings: Settings, evidence: MachineEvidence) -> MachineStanding:
    """Hold evidence against the baseline of its family, as that is now.

    Of older code's evidence no entry is gone or withdrawn: what it lacks may be newer than it is.
    """
    baseline = read_baseline(settings.manifests_path, evidence.family, root=settings.root)
    standing = hold_against_baseline(evidence, baseline, suites=list_known_suites(settings))
    if evidence.commit == _find_code_commit(settings):
        return standing
    kept = tuple(it for it in standing.probes if it.state not in REMOVABLE)
    return replace(standing, probes=kept)


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
