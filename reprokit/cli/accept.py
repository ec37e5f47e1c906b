"""`reprokit accept`: what was measured becomes the baseline, for scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.evidence import (
    check_reason,
    choose_evidence,
    choose_reviewer,
    hold,
    refuse_unattended,
)
from reprokit.cli.exits import ExitCode
from reprokit.compare.acceptance import list_objections, make_entry, put_reviewed, remove_gone
from reprokit.errors import UsageError
from reprokit.model.baseline import BaselineStatus, Review
from reprokit.model.standing import REMOVABLE, State
from reprokit.observe.project import read_settings
from reprokit.render.review import name_standings
from reprokit.render.text import name_probes
from reprokit.store.baselines import find_place, update_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reprokit.model.baseline import Baseline
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.settings import Settings
    from reprokit.model.standing import MachineStanding, Standing

FRESH = frozenset({State.NEW, State.PENDING})
OTHER = frozenset({State.CHANGED, State.NOT_COMPARABLE})


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptOptions:
    """What the command line says.

    Attributes:
        probe_glob: Which probes.
        machine: Whose evidence.
        commit: At which commit; empty for the code as it is.
        reason: Why.
        by: Who; empty for git's user.
        new: Whether what is new or pending is meant.
        changed: Whether what changed is meant.
        gone: Whether what no suite promises any more is to be removed.
        allowed: Words of objections that are waived: `dirty`, `drifted`, `published`.
    """

    probe_glob: str
    machine: str
    commit: str
    reason: str
    by: str
    new: bool
    changed: bool
    gone: bool
    allowed: tuple[str, ...]


def accept_results(options: AcceptOptions) -> ExitCode:
    """Accept all that the options mean, or nothing.

    Raises:
        UsageError: In CI; where evidence is not fit to be accepted; where something is meant that
            was not asked for by its own verb.
    """
    refuse_unattended("reprokit accept")
    settings = read_settings(Path.cwd())
    review = Review(
        by=choose_reviewer(settings, options.by),
        at=tell_time(),
        reason=check_reason(options.reason),
    )
    evidence = choose_evidence(settings, options.machine, options.commit)
    refuse_objections(evidence, options.allowed)
    standing = hold(settings, evidence)
    chosen = _choose_probes(standing, options)
    accepted = [it for it in chosen if it.state not in REMOVABLE]
    gone = [it for it in chosen if it.state in REMOVABLE]
    decided = [
        (it, make_entry(it, evidence, status=BaselineStatus.ACCEPTED, review=review))
        for it in accepted
    ]

    def change(baseline: Baseline) -> Baseline:
        return remove_gone(put_reviewed(baseline, standing.key, decided), standing.key, gone)

    write_decisions(settings, evidence, change)
    typer.echo(f"{evidence.name} ({evidence.family}, {standing.key}) at {evidence.commit}")
    for line in name_standings(chosen):
        typer.echo(line)
    place = find_place(settings.manifests_path, evidence.family).relative_to(settings.root)
    typer.echo(_tell_outcome(len(accepted), len(gone), place.as_posix()))
    return ExitCode.EXPECTED


def _tell_outcome(accepted: int, gone: int, place: str) -> str:
    done = [f"accepted {accepted}"] if accepted else []
    done += [f"removed {gone}"] if gone else []
    return f"{' and '.join(done)}: {place}" if done else f"nothing to decide: {place} is as it was"


def tell_time() -> str:
    """Tell the time in UTC, as files hold it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def refuse_objections(evidence: MachineEvidence, allowed: Sequence[str]) -> None:
    """Refuse evidence that no baseline should rest on, unless somebody asks for it by its word.

    Raises:
        UsageError: With the word.
    """
    for word, reason in list_objections(evidence).items():
        if word not in allowed:
            raise UsageError(
                f"the evidence of `{evidence.name}` at {evidence.commit} is not fit for a "
                f"baseline: {reason}",
                where="--machine",
                hint=f"take a new snapshot; or accept it as it is with `--allow {word}`",
            )


def write_decisions(
    settings: Settings, evidence: MachineEvidence, change: Callable[[Baseline], Baseline]
) -> None:
    """Write what was decided on a machine's results to the baseline of its family."""
    update_baseline(settings.manifests_path, evidence.family, change, root=settings.root)


def _choose_probes(standing: MachineStanding, options: AcceptOptions) -> list[Standing]:
    """Choose what is meant, and refuse the rest of what the glob fits.

    Raises:
        UsageError: Where nothing fits the glob; where something fits that failed, or that another
            verb accepts.
    """
    fitting = [it for it in standing.probes if fnmatchcase(it.id, options.probe_glob)]
    if not fitting:
        raise UsageError(
            f"no probe of `{standing.evidence.name}` at {standing.evidence.commit}, and none of "
            f"its baseline, fits `{options.probe_glob}`",
            where="--probe",
            hint="a glob must fit a whole id; `reprokit check --no-run --verbose` names all",
        )
    wanted: set[State] = set()
    plain = not (options.new or options.changed or options.gone)
    wanted |= FRESH if options.new or plain else set()
    wanted |= OTHER if options.changed else set()
    wanted |= set(REMOVABLE) if options.gone else set()
    _refuse_failed(fitting)
    if plain:
        _refuse_changed(fitting)
    return [it for it in fitting if it.state in wanted]


def _refuse_failed(fitting: Sequence[Standing]) -> None:
    failed = [it for it in fitting if it.state is State.FAILED]
    if failed:
        raise UsageError(
            f"`{failed[0].id}` cannot be accepted: it {failed[0].reason}; nothing was written",
            where="--probe",
            hint="choose others with `--probe`, or declare what does not repeat with "
            '`expectation = "never"` in its suite',
        )


def _refuse_changed(fitting: Sequence[Standing]) -> None:
    changed = [it for it in fitting if it.state in OTHER]
    if changed:
        names = name_probes([f"`{it.id}`" for it in changed])
        raise UsageError(
            f"{names} changed against the baseline; nothing was written",
            where="--probe",
            hint="see how far with `reprokit review`; then `--changed` accepts what changed, "
            "`--new` what is new alone",
        )
