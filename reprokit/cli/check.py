"""`reprokit check`: go or stop before a release."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.evidence import list_known_suites
from reprokit.cli.exits import ExitCode
from reprokit.cli.output import write_output
from reprokit.cli.terminal import read_width
from reprokit.compare.check import CheckFacts, judge
from reprokit.compare.check_evidence import CheckEvidence, divide_evidence
from reprokit.compare.selection import list_commits, resolve_machines
from reprokit.errors import ProjectError, UsageError
from reprokit.model.check import GateVerdict
from reprokit.model.manifest import OriginKind
from reprokit.model.names import short
from reprokit.observe.changed_files import observe_changes
from reprokit.observe.lockfile import observe_lock
from reprokit.observe.project import read_settings
from reprokit.observe.repository import observe_repository
from reprokit.observe.variables import runs_unattended
from reprokit.render import check as render
from reprokit.store.baselines import read_baselines
from reprokit.store.manifests import list_machines, read_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.model.check import CheckReport
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.environment import Repository
    from reprokit.model.manifest import Manifest
    from reprokit.model.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckOptions:
    """What the command line says.

    Attributes:
        run: Whether this machine is measured first.
        machine: Whose results; empty for all that measured at the commit.
        strict: Whether a warning exits 1 too.
    """

    run: bool
    machine: str
    strict: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentation:
    """How a report is written: format, file (empty for standard output), and at what length."""

    format_name: str
    output: str
    verbose: bool


def check_project(options: CheckOptions, presentation: Presentation) -> ExitCode:
    """Check the code as it is checked out.

    Returns:
        1 where a gate blocks, 2 where one could not tell.
    """
    settings = read_settings(Path.cwd())
    unattended = runs_unattended()
    folders = (settings.manifests, settings.milestones)
    repository = observe_repository(settings.root, folders)
    taken = _measure(settings, options, repository, unattended=unattended)
    gc.disable()  # what is read stays until the end, and would be searched again and again
    commit, evidence = _gather(settings, repository, taken)
    facts = CheckFacts(
        code_commit=repository.commit,
        repository=repository,
        commit=commit,
        machines=evidence.machines,
        others=evidence.others,
        aside=evidence.aside,
        chosen=choose_machines(settings, evidence.machines, options.machine),
        lock_sha256=_hash_lock(settings),
        baselines=read_baselines(settings.manifests_path, root=settings.root),
        required_families=settings.required_families,
        suites=settings.suites,
        known_suites=list_known_suites(settings),
        unattended=unattended,
        changes=observe_changes(settings.root, folders),
    )
    report = judge(facts)
    show_report(report, presentation)
    return choose_exit(report, strict=options.strict)


def _hash_lock(settings: Settings) -> str | None:
    try:
        return observe_lock(settings.root).sha256
    except ProjectError:
        return None


def _measure(
    settings: Settings, options: CheckOptions, repository: Repository, *, unattended: bool
) -> Manifest | None:
    """Measure this machine where that is asked for and can be; in CI nothing of it is kept."""
    if not options.run:
        return None
    if repository.dirty:
        typer.echo("not measured: there are uncommitted changes", err=True)
        return None
    from reprokit.cli.snapshot import SnapshotOptions, measure_machine  # loads what runs probes

    snapshot = SnapshotOptions(
        machine=_name_known(settings, options.machine),
        suites=(),
        probe_glob="*",
        repeats=0,
        time_limit_s=0.0,
        jobs=1,
        allow_dirty=False,
        verbose=False,
    )
    taken = measure_machine(settings, snapshot, keep=not unattended)
    if taken.written:
        typer.echo(taken.written, err=True)
    return taken.manifest


def _name_known(settings: Settings, asked: str) -> str:
    """Return the machine that a word means; the word itself, as a new name, where none does."""
    try:
        return resolve_machines([asked], list_machines(settings.manifests_path))[0]
    except UsageError:
        return asked


def _gather(
    settings: Settings, repository: Repository, taken: Manifest | None
) -> tuple[str, CheckEvidence]:
    """Gather the evidence of the code as it is; the newest there is, where that has none."""
    commit = short(repository.commit)
    evidence = gather_machines(settings, commit, taken)
    if _list_measured(evidence.machines):
        return commit, evidence
    folder = settings.manifests_path
    everything = [
        item
        for name in list_machines(folder)
        for item in read_machine(folder, name, root=settings.root)
        if item.origin.kind is OriginKind.MEASURED
    ]
    if not everything:
        return "", CheckEvidence(machines=())
    newest = list_commits(everything)[0]
    return newest, gather_machines(settings, newest, None)


def list_manifests(settings: Settings, commit: str) -> Iterator[Manifest]:
    """Read the manifests of all machines at a commit, given by 12 hex digits."""
    folder = settings.manifests_path
    for name in list_machines(folder):
        yield from read_machine(folder, name, root=settings.root, commit=commit)


def gather_machines(settings: Settings, commit: str, taken: Manifest | None) -> CheckEvidence:
    """Gather the evidence of all machines at a commit.

    Args:
        settings: The project's.
        commit: 12 hex digits.
        taken: What was just measured: it counts, wherever it lies.
    """
    manifests: dict[str, list[Manifest]] = {}
    for manifest in list_manifests(settings, commit):
        manifests.setdefault(manifest.machine, []).append(manifest)
    if taken is not None:
        there = manifests.setdefault(taken.machine, [])
        if all(replace(it, path="", sha256="") != taken for it in there):
            there.append(taken)
    return divide_evidence(manifests)


def _list_measured(machines: Iterable[MachineEvidence]) -> list[str]:
    return [it.name for it in machines if it.origin.kind is OriginKind.MEASURED]


def choose_machines(
    settings: Settings, machines: Sequence[MachineEvidence], asked: str
) -> tuple[str, ...]:
    """Choose whose results are held against baselines: the one asked for, else all measured.

    Raises:
        UsageError: Where the one asked for has no manifest at any commit.
    """
    if not asked:
        return tuple(_list_measured(machines))
    known = dict.fromkeys(it.name for it in machines)
    known |= dict.fromkeys(list_machines(settings.manifests_path))
    return resolve_machines([asked], tuple(known), option="--machine")


def show_report(report: CheckReport, presentation: Presentation) -> None:
    """Write a report to standard output or to a file.

    Raises:
        UsageError: Where the file cannot be written.
    """
    width = None if presentation.output else read_width()
    verbose = presentation.verbose
    writers = {
        "json": lambda: render.render_json(report),
        "junit": lambda: render.render_junit(report),
        "github": lambda: render.render_github(report),
        "markdown": lambda: render.render_markdown(report, verbose=verbose),
        "table": lambda: render.render_text(report, width=width, verbose=verbose),
    }
    text = writers[presentation.format_name]()
    if presentation.output:
        write_output(presentation.output, text)
    else:
        typer.echo(text, nl=False)


def choose_exit(report: CheckReport, *, strict: bool) -> ExitCode:
    """Choose 1 for what blocks, 2 for what is unknown, and under `strict` 1 for a warning."""
    if report.verdict is GateVerdict.BLOCK:
        return ExitCode.FINDING
    if report.verdict is GateVerdict.UNKNOWN:
        return ExitCode.TROUBLE
    warned = strict and report.verdict is GateVerdict.WARN
    return ExitCode.FINDING if warned else ExitCode.EXPECTED
