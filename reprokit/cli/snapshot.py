"""`reprokit snapshot`: observe, run, write the manifest or verify the one that is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.observation import observe_everything
from reprokit.cli.progress import show_progress
from reprokit.compare.verify import verify_snapshot
from reprokit.errors import ProjectError, UsageError
from reprokit.model.manifest import Manifest, Origin, OriginKind, ProbeRecord, SuiteReference
from reprokit.model.names import is_slug
from reprokit.model.record import MEASURED, Status
from reprokit.observe.environment import derive_machine_name
from reprokit.observe.hardware import read_available_bytes
from reprokit.observe.lockfile import observe_lock
from reprokit.observe.project import read_settings
from reprokit.observe.repository import observe_repository
from reprokit.probes.suite_file import load_suite
from reprokit.render.snapshot import render_snapshot, render_verification
from reprokit.run.runner import Runner
from reprokit.store.journal import Journal, state_folder
from reprokit.store.manifests import encode_text, find_place, write_manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.environment import Repository
    from reprokit.model.probe import Probe, Suite
    from reprokit.model.settings import Settings
    from reprokit.run.messages import DeviceFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotOptions:
    """What the command line says; empty and zero leave it to the project."""

    machine: str
    suites: tuple[str, ...]
    probe_glob: str
    repeats: int
    time_limit_s: float
    allow_dirty: bool


def take_snapshot(options: SnapshotOptions) -> ExitCode:
    """Take a snapshot.

    Returns:
        1 where the machine does not repeat itself: within this snapshot, or against an earlier
        one at the same commit, lock and suites.
    """
    settings = read_settings(Path.cwd())
    suites, probes = _choose_probes(settings, options)
    lock = observe_lock(settings.root)
    with Runner(repeats=options.repeats or settings.repeats) as runner:
        repository = _observe_clean(settings, allow_dirty=options.allow_dirty)
        environment, device = observe_everything(runner, lock)
        blank = Manifest(
            machine=_choose_name(options, settings) or derive_machine_name(environment),
            family=environment.family,
            project=settings.project,
            repository=repository,
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            origin=Origin(kind=OriginKind.MEASURED),
            suites=tuple(
                SuiteReference(name=it.name, sha256=it.sha256, excludes=it.excludes)
                for it in suites
            ),
            environment=environment,
            probes=(),
        )
        path, before = find_place(blank, settings.manifests_path, root=settings.root)
        journal = Journal(settings.root, _list_deciding_facts(blank, options, settings))
        manifest = replace(blank, probes=_run_probes(runner, probes, journal, device))
    code = _keep(manifest, path, before, settings)
    journal.discard()
    return code


def _choose_probes(
    settings: Settings, options: SnapshotOptions
) -> tuple[tuple[Suite, ...], tuple[Probe, ...]]:
    names = options.suites or settings.suites
    suites = tuple(load_suite(name, settings.suites_path) for name in names)
    probes = [probe for suite in suites for probe in suite.probes]
    _refuse_duplicates(probes)
    chosen = tuple(
        replace(probe, time_limit_s=options.time_limit_s or probe.time_limit_s)
        for probe in probes
        if fnmatchcase(probe.id, options.probe_glob)
    )
    if not chosen:
        raise UsageError(
            f"no probe fits `{options.probe_glob}`",
            where="--probe",
            hint="there are " + ", ".join(f"`{probe.id}`" for probe in probes),
        )
    return suites, chosen


def _refuse_duplicates(probes: Sequence[Probe]) -> None:
    suite_of: dict[str, str] = {}
    for probe in probes:
        if probe.id in suite_of:
            raise UsageError(
                f"`{probe.id}` is a probe of the suites `{suite_of[probe.id]}` and "
                f"`{probe.suite}`; an id names one probe of a project"
            )
        suite_of[probe.id] = probe.suite


def _choose_name(options: SnapshotOptions, settings: Settings) -> str | None:
    if options.machine and not is_slug(options.machine):
        raise UsageError(
            f"`{options.machine}` cannot name a machine",
            where="--machine",
            hint="use lower-case words, digits and dashes, as `apple-m1-max`",
        )
    return options.machine or settings.machine


def _observe_clean(settings: Settings, *, allow_dirty: bool) -> Repository:
    repository = observe_repository(settings.root, (settings.manifests, settings.milestones))
    if repository.dirty and not allow_dirty:
        raise ProjectError(
            "the work tree has uncommitted changes, so that no commit says what was measured",
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
        repr(manifest.repository),
        repr(environment),
        repr(manifest.suites),
        str(options.repeats or settings.repeats),
        str(options.time_limit_s),
    )


def _run_probes(
    runner: Runner, probes: Sequence[Probe], journal: Journal, device: DeviceFacts
) -> tuple[ProbeRecord, ...]:
    """Run the probes whose record the journal does not have, in order; tell how far it came."""
    finished = sum(journal.find(it.id, it.definition.digest) is not None for it in probes)
    if finished:
        typer.echo(f"continuing: {finished} of {len(probes)} probes were finished before", err=True)
    records: list[ProbeRecord] = []
    try:
        with show_progress(len(probes)) as progress:
            for probe in probes:
                progress.start(probe.id)
                records.append(_run_probe(runner, probe, journal, device))
                progress.finish(probe.id, records[-1].record)
    except KeyboardInterrupt:
        count = f"{len(records)} of {len(probes)} probes are finished and kept"
        typer.echo(f"{count}; the same command goes on from there", err=True)
        raise
    return tuple(records)


def _run_probe(runner: Runner, probe: Probe, journal: Journal, device: DeviceFacts) -> ProbeRecord:
    digest = probe.definition.digest
    record = journal.find(probe.id, digest)
    if record is None:
        record = runner.run_probe(probe, _available_bytes(device))
        journal.append(probe.id, digest, record)
    return ProbeRecord(
        id=probe.id,
        suite=probe.suite,
        definition=probe.definition,
        expectation=probe.expectation,
        record=record,
    )


def _available_bytes(device: DeviceFacts) -> int:
    """Memory that a probe may take: what is free, and on a GPU its recommended working set."""
    available = read_available_bytes()
    return min(available, device.working_set_bytes or available)


def _keep(manifest: Manifest, path: Path, before: Manifest | None, settings: Settings) -> ExitCode:
    """Write a first manifest, or hold a second against it; say what came of it."""
    place = path.relative_to(settings.root).as_posix()
    typer.echo(render_snapshot(manifest), nl=False)
    if before is None:
        write_manifest(manifest, path)
        typer.echo(f"\nwrote {place}")
        return _choose_exit(manifest)
    verification = verify_snapshot(before, manifest)
    if verification.completed:
        write_manifest(verification.merged, path)
    typer.echo("\n" + render_verification(verification, place), nl=False)
    if not verification.discrepancies:
        return _choose_exit(manifest)
    kept = _keep_aside(manifest, settings)
    typer.echo(f"the new records are in {kept}; the evidence was left as it is")
    return ExitCode.FINDING


def _keep_aside(manifest: Manifest, settings: Settings) -> str:
    """Keep a snapshot that contradicts the evidence where it overwrites nothing."""
    folder = state_folder(settings.root) / "differing"
    folder.mkdir(exist_ok=True)
    stamp = manifest.created.replace(":", "")
    path = folder / f"{manifest.machine}-{manifest.commit[:12]}-{stamp}.toml"
    path.write_text(encode_text(manifest), encoding="utf-8")
    return path.relative_to(settings.root).as_posix()


def _choose_exit(manifest: Manifest) -> ExitCode:
    unstable = [
        probe
        for probe in manifest.probes
        if probe.record.status is Status.UNSTABLE and probe.expectation.value != "never"
    ]
    if unstable:
        return ExitCode.FINDING
    measured = any(probe.record.status in MEASURED for probe in manifest.probes)
    return ExitCode.EXPECTED if measured else ExitCode.FINDING
