"""`reprokit review`: a walk through what waits for a decision."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.accept import refuse_objections, tell_time, write_decisions
from reprokit.cli.evidence import (
    check_reason,
    choose_evidence,
    choose_reviewer,
    hold,
    list_newest_evidence,
    refuse_unattended,
)
from reprokit.cli.exits import ExitCode
from reprokit.compare.acceptance import make_entry, put_reviewed, remove_gone
from reprokit.compare.baseline_distance import tell_distance
from reprokit.errors import BaselineError, UsageError
from reprokit.model.baseline import BaselineStatus, Review
from reprokit.model.standing import UNDECIDED, State
from reprokit.observe.project import read_settings
from reprokit.render.review import describe_decision
from reprokit.render.text import render_count

if TYPE_CHECKING:
    from reprokit.model.settings import Settings
    from reprokit.model.standing import MachineStanding, Standing

ACCEPT, PENDING, REMOVE, SKIP, QUIT = "accept", "pending", "remove", "skip", "quit"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewOptions:
    """What the command line says; empty leaves it to the project.

    Attributes:
        machine: Whose evidence; empty for the newest of every machine that measured.
        commit: At which commit.
        by: Who decides.
        allowed: Words of objections that are waived.
    """

    machine: str
    commit: str
    by: str
    allowed: tuple[str, ...]


class _Ended(Exception):  # noqa: N818 - no error: how a walk ends
    """The reviewer wants to stop."""


def review_results(options: ReviewOptions) -> ExitCode:
    """Walk through what is changed, new, pending and gone; each decision is durable at once.

    Raises:
        UsageError: In CI, and where nobody answers.
    """
    refuse_unattended("reprokit review")
    settings = read_settings(Path.cwd())
    by = choose_reviewer(settings, options.by)
    if options.machine:
        chosen = [choose_evidence(settings, options.machine, options.commit)]
    else:
        chosen = list(list_newest_evidence(settings))
    standings = [hold(settings, evidence) for evidence in chosen]
    waiting = [it for it in standings if it.list_states(*UNDECIDED)]
    if not waiting:
        typer.echo("nothing to review: every result is as it was accepted")
        return ExitCode.EXPECTED
    done: Counter[str] = Counter()
    try:
        for standing in waiting:
            refuse_objections(standing.evidence, options.allowed)
            _review_machine(_Walk(settings=settings, standing=standing, by=by), done)
    except _Ended:
        typer.echo("stopped")
    finally:
        _tell_outcome(done)
    return ExitCode.EXPECTED


def _tell_outcome(done: Counter[str]) -> None:
    words = {ACCEPT: "accepted", PENDING: "left pending", REMOVE: "removed", SKIP: "skipped"}
    told = [f"{done[verb]} {word}" for verb, word in words.items() if done[verb]]
    typer.echo(", ".join(told) or "nothing was decided")


@dataclass(kw_only=True, slots=True)
class _Walk:
    """A walk through one machine's results.

    Attributes:
        settings: The project's.
        standing: The results.
        by: Who decides.
        reason: The last reason given, proposed for the next decision.
    """

    settings: Settings
    standing: MachineStanding
    by: str
    reason: str = ""


def _review_machine(walk: _Walk, done: Counter[str]) -> None:
    evidence = walk.standing.evidence
    waiting = sorted(
        walk.standing.list_states(*UNDECIDED), key=lambda it: UNDECIDED.index(it.state)
    )
    typer.echo(f"{evidence.name} ({evidence.family}, {walk.standing.key}) at {evidence.commit}")
    typer.echo(f"{render_count(len(waiting), 'result')} to decide on; you are `{walk.by}`, a name")
    typer.echo("that is published with each decision (`--by` gives another)\n")
    for position, probe in enumerate(waiting, 1):
        typer.echo(f"{position}/{len(waiting)}  {describe_decision(probe, _measure(probe))}")
        verb = _ask_verb(probe)
        if verb == QUIT:
            raise _Ended
        if verb != SKIP:
            verb = _write_decision(walk, probe, verb)
        done[verb] += 1
        typer.echo("")


def _measure(probe: Standing) -> str:
    """Say how far a result is from what it is held against, or from another key's."""
    result = probe.probe.record.result if probe.probe else None
    other = probe.entry or (probe.elsewhere[1] if probe.elsewhere else None)
    return tell_distance(other.result, result) if result and other else ""


def _ask_verb(probe: Standing) -> str:
    verbs = (REMOVE, SKIP, QUIT) if probe.state is State.GONE else (ACCEPT, PENDING, SKIP, QUIT)
    while True:
        answer = _ask(f"{', '.join(verbs)}?").lower()
        fitting = [verb for verb in verbs if answer and verb.startswith(answer)]
        if len(fitting) == 1:
            return fitting[0]
        typer.echo(f"answer with one of {', '.join(verbs)}, or its first letter", err=True)


def _ask(question: str, default: str | None = None) -> str:
    """Ask the reviewer; what ends the input ends the review."""
    try:
        return str(typer.prompt(question, default=default, prompt_suffix=" ")).strip()
    except typer.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise KeyboardInterrupt from None
        raise UsageError(
            "nobody answers: the input ended; what was decided before is kept",
            where="review",
            hint="run it in a terminal, or use `reprokit accept` in a script",
        ) from None


def _write_decision(walk: _Walk, probe: Standing, verb: str) -> str:
    """Write one decision; where somebody else was faster, say so and go on."""
    evidence, key = walk.standing.evidence, walk.standing.key
    try:
        if verb == REMOVE:
            write_decisions(walk.settings, evidence, lambda it: remove_gone(it, key, [probe]))
            return verb
        walk.reason = _ask_reason(walk.reason)
        entry = make_entry(
            probe,
            evidence,
            status=BaselineStatus.ACCEPTED if verb == ACCEPT else BaselineStatus.PENDING,
            review=Review(by=walk.by, at=tell_time(), reason=walk.reason),
        )
        write_decisions(walk.settings, evidence, lambda it: put_reviewed(it, key, [(probe, entry)]))
    except BaselineError as error:
        typer.echo(f"error: {error}", err=True)
        return SKIP
    return verb


def _ask_reason(last: str) -> str:
    while True:
        try:
            return check_reason(_ask("why?", default=last or None))
        except UsageError as error:
            if error.where != "--reason":
                raise
            typer.echo(error.hint, err=True)
