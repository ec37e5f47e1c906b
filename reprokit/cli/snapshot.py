"""`reprokit snapshot`: observe, run, write the manifest or verify the one that is there."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from reprokit.cli.choice import refuse_duplicates, refuse_glob
from reprokit.cli.exits import ExitCode
from reprokit.cli.keeping import keep_snapshot, list_evidence
from reprokit.cli.kept_arrays import place_arrays, tell_arrays
from reprokit.cli.observation import observe_everything
from reprokit.cli.probe_runs import find_finished, finish_probes
from reprokit.cli.terminal import read_width
from reprokit.compare.breach import find_breaches
from reprokit.compare.tree_gate import name_files
from reprokit.errors import ProjectError, UsageError
from reprokit.model.environment import DriftSeverity
from reprokit.model.manifest import Manifest, Origin, OriginKind, SuiteReference
from reprokit.model.names import is_slug
from reprokit.observe.changed_files import observe_changes
from reprokit.observe.environment import derive_machine_name
from reprokit.observe.lockfile import observe_lock
from reprokit.observe.project import read_settings
from reprokit.observe.repository import observe_repository
from reprokit.probes.suite_file import load_suite
from reprokit.render.snapshot import render_snapshot, render_verification
from reprokit.render.text import render_list
from reprokit.run.runner import Runner
from reprokit.store.journal import Journal
from reprokit.store.state import hold_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.environment import Environment, Repository
    from reprokit.model.probe import Probe, Suite
    from reprokit.model.settings import Settings
    from reprokit.model.verification import Verification


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotOptions:
    """What the command line says; empty and zero leave it to the project."""

    machine: str
    suites: tuple[str, ...]
    probe_glob: str
    repeats: int
    time_limit_s: float
    jobs: int
    allow_dirty: bool
    verbose: bool
    keep_arrays: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A snapshot that was taken.

    Attributes:
        manifest: What was measured.
        verification: What it says of the evidence there was; None where there was none.
        written: A sentence on what was written; empty where nothing was.
        arrays: Lines on the arrays that were kept; empty where none were to be.
    """

    manifest: Manifest
    verification: Verification | None
    written: str
    arrays: str = ""


def take_snapshot(options: SnapshotOptions) -> ExitCode:
    """Take a snapshot, and show it.

    Returns:
        1 where the machine does not repeat itself, within this snapshot or against evidence at
        the same commit and lock, and where a probe failed.
    """
    taken = measure_machine(read_settings(Path.cwd()), options)
    breaches = {probe.id: find_breaches(probe) for probe in taken.manifest.probes}
    width, verbose = read_width(), options.verbose
    typer.echo(render_snapshot(taken.manifest, breaches, width=width, verbose=verbose), nl=False)
    if taken.verification is not None:
        verified = render_verification(taken.verification, width=width, verbose=verbose)
        typer.echo(f"\n{verified}", nl=False)
    told = "\n".join(filter(None, (taken.written, taken.arrays)))
    if told:
        typer.echo(f"\n{told}")
    contradicts = taken.verification is not None and taken.verification.discrepancies
    return ExitCode.FINDING if contradicts or any(breaches.values()) else ExitCode.EXPECTED


def measure_machine(settings: Settings, options: SnapshotOptions, *, keep: bool = True) -> Taken:
    """Observe and run, and write what is new.

    Args:
        settings: The project's.
        options: What to run, and how.
        keep: Whether anything is written to the project, the journal of the snapshot included.
    """
    suites, probes = _choose_probes(settings, options)
    observe_lock(settings.root)
    with ExitStack() as stack:
        state = settings.root if keep else Path(stack.enter_context(TemporaryDirectory()))
        stack.enter_context(hold_lock(state))
        repeats = options.repeats or settings.repeats
        place = place_arrays(settings) if options.keep_arrays else None
        runners = [
            stack.enter_context(Runner(repeats, folder=settings.root, arrays=place))
            for _ in range(options.jobs)
        ]
        repository = _observe_clean(settings, allow_dirty=options.allow_dirty)
        blank = _observe_machine(runners[0], settings, options, (repository, suites))
        there = list_evidence(blank, settings)
        journal = Journal(state, _list_deciding_facts(blank, options, settings))
        device = blank.environment.device
        finished = find_finished(probes, journal, place)
        records = finish_probes(runners, probes, (journal, finished), device)
        manifest = replace(blank, probes=records)
        _refuse_changed_tree(repository, settings)
        verification, written = keep_snapshot(manifest, there, settings) if keep else (None, "")
        journal.discard()
    arrays = tell_arrays(manifest.probes, settings, place)
    return Taken(manifest=manifest, verification=verification, written=written, arrays=arrays)


def _observe_machine(
    runner: Runner,
    settings: Settings,
    options: SnapshotOptions,
    code: tuple[Repository, Sequence[Suite]],
) -> Manifest:
    """Make the manifest of a machine, without records as yet."""
    repository, suites = code
    environment = observe_everything(runner, settings)
    _warn_of_drift(environment)
    return Manifest(
        machine=_choose_name(options, settings) or derive_machine_name(environment),
        family=environment.family,
        project=settings.project,
        repository=repository,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        origin=Origin(kind=OriginKind.MEASURED),
        suites=tuple(
            SuiteReference(
                name=it.name,
                sha256=it.sha256,
                excludes=it.excludes,
                declared=tuple(probe.id for probe in it.probes),
            )
            for it in suites
        ),
        environment=environment,
        probes=(),
    )


def _warn_of_drift(environment: Environment) -> None:
    for drift in environment.drift:
        if drift.severity is DriftSeverity.HIGH:
            typer.echo(f"warning: drift: {drift.package}: {drift.detail}", err=True)


def _refuse_changed_tree(before: Repository, settings: Settings) -> None:
    """Refuse to file under a commit what was measured while the tree changed."""
    now = observe_repository(settings.root, (settings.manifests, settings.milestones))
    if replace(now, branch=None) != replace(before, branch=None):
        raise ProjectError(
            "the work tree changed while it was measured; nothing was written",
            hint="leave it alone during a snapshot, and take it again",
        )


def _choose_probes(
    settings: Settings, options: SnapshotOptions
) -> tuple[tuple[Suite, ...], tuple[Probe, ...]]:
    """Choose the probes to run, and the suites that they are of."""
    names = tuple(dict.fromkeys(options.suites or settings.suites))
    suites = tuple(load_suite(name, settings.suites_path, root=settings.root) for name in names)
    probes = [probe for suite in suites for probe in suite.probes]
    refuse_duplicates(suites, settings)
    chosen = tuple(
        replace(
            probe,
            time_limit_s=options.time_limit_s or probe.time_limit_s,
            repeats=options.repeats or probe.repeats,
        )
        for probe in probes
        if fnmatchcase(probe.id, options.probe_glob)
    )
    if not chosen:
        raise refuse_glob(
            options.probe_glob,
            settings,
            asked=f"of {'the suite' if len(names) == 1 else 'the suites'} "
            + render_list([f"`{name}`" for name in names]),
            known=[probe.id for probe in probes],
            command="reprokit snapshot --suite {suite} --probe {glob}",
        )
    run = {probe.suite for probe in chosen}
    return tuple(suite for suite in suites if suite.name in run), chosen


def _choose_name(options: SnapshotOptions, settings: Settings) -> str | None:
    if options.machine and not is_slug(options.machine):
        raise UsageError(
            f"`{options.machine}` cannot name a machine",
            where="--machine",
            hint="use lower-case words, digits and dashes, as `apple-m1-max`",
        )
    return options.machine or settings.machine


def _observe_clean(settings: Settings, *, allow_dirty: bool) -> Repository:
    folders = (settings.manifests, settings.milestones)
    repository = observe_repository(settings.root, folders)
    if repository.dirty and not allow_dirty:
        changed = observe_changes(settings.root, folders).code
        raise ProjectError(
            "the work tree has uncommitted changes, so that no commit says what was measured: "
            f"{name_files(changed)}",
            hint="commit or stash them, or use `--allow-dirty`, which marks the manifest",
        )
    return repository


def _list_deciding_facts(
    manifest: Manifest, options: SnapshotOptions, settings: Settings
) -> tuple[str, ...]:
    """List all that decides what a snapshot gives, so that only the same one is continued."""
    environment = replace(manifest.environment, gaps=())
    return (
        manifest.machine,
        repr(replace(manifest.repository, branch=None)),
        repr(environment),
        repr(sorted(item for item in os.environ.items() if item[0].startswith("MLX_"))),
        repr(manifest.suites),
        str(options.repeats or settings.repeats),
        str(options.time_limit_s),
    )
