"""`reprokit check --release TAG` and `check --attestation FILE`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit import __version__
from reprokit.cli.check import (
    LOCK,
    choose_exit,
    choose_machines,
    gather_machines,
    show_report,
)
from reprokit.cli.evidence import list_known_suites
from reprokit.cli.exits import ExitCode, complain
from reprokit.compare.check import CheckFacts, judge
from reprokit.compare.release_gate import judge_release
from reprokit.errors import UsageError
from reprokit.model.attestation import Attestation, AttestedFile, FileKind
from reprokit.model.names import ACCEPTED, short
from reprokit.observe.project import read_settings
from reprokit.observe.release import find_tag_commit, observe_release
from reprokit.observe.variables import runs_unattended
from reprokit.store.attestations import (
    choose_place,
    hash_file,
    read_attestation,
    verify_files,
    write_attestation,
)
from reprokit.store.baselines import read_baselines
from reprokit.store.milestones import list_documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reprokit.cli.check import CheckOptions, Presentation
    from reprokit.model.baseline import Baseline
    from reprokit.model.check import CheckReport, ReleaseFacts
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.settings import Settings


def check_release(
    tag: str, options: CheckOptions, presentation: Presentation, *, attest_to: str
) -> ExitCode:
    """Check the evidence of a tag's commit; nothing is measured.

    Returns:
        1 where a gate blocks, 2 where one could not tell. Only else an attestation is written.
    """
    settings = read_settings(Path.cwd())
    release = observe_release(settings.root, tag, (settings.manifests, settings.milestones))
    commit = short(release.code_commit)
    machines = gather_machines(settings, commit, None)
    baselines = read_baselines(settings.manifests_path, root=settings.root)
    facts = CheckFacts(
        code_commit=release.code_commit,
        repository=None,
        commit=commit,
        machines=machines,
        chosen=choose_machines(settings, machines, options.machine),
        lock_sha256=release.digests.get(LOCK),
        baselines=baselines,
        required_families=settings.required_families,
        suites=settings.suites,
        known_suites=list_known_suites(settings),
        tag=tag,
        unattended=runs_unattended(),
    )
    report = judge(facts)
    files = tuple(_list_files(settings, release, machines, baselines.values()))
    gate = judge_release(release, files, _list_missing(settings, release))
    report = replace(report, gates=(*report.gates, gate))
    show_report(report, presentation)
    code = choose_exit(report, strict=options.strict)
    if code is ExitCode.EXPECTED:
        _attest(settings, _make_attestation(settings, release, report, files), attest_to)
    else:
        complain("no attestation was written")
    return code


def _list_files(
    settings: Settings,
    release: ReleaseFacts,
    machines: Iterable[MachineEvidence],
    baselines: Iterable[Baseline],
) -> Iterator[AttestedFile]:
    """List the files that a release rests on, as they are here."""
    families = {machine.family for machine in machines}
    for machine in machines:
        for manifest in machine.manifests:
            yield AttestedFile(kind=FileKind.MANIFEST, path=manifest.path, sha256=manifest.sha256)
    for it in baselines:
        if it.family in families:
            yield AttestedFile(kind=FileKind.BASELINE, path=it.path, sha256=it.sha256)
    for path in list_documents(settings.milestones_path, release.code_commit):
        place = path.relative_to(settings.root).as_posix()
        yield AttestedFile(kind=FileKind.MILESTONE, path=place, sha256=hash_file(path))
    lock = settings.root / LOCK
    if lock.is_file():
        yield AttestedFile(kind=FileKind.LOCK, path=LOCK, sha256=hash_file(lock))


def _list_missing(settings: Settings, release: ReleaseFacts) -> tuple[str, ...]:
    """List the tag's manifests of its commit, and its baselines, that are not here."""
    accepted = f"{settings.manifests}/{ACCEPTED}/"
    return tuple(
        path
        for path in sorted(release.digests)
        if path.startswith(f"{settings.manifests}/")
        and (path.startswith(accepted) or Path(path).name.startswith(short(release.code_commit)))
        and not (settings.root / path).is_file()
    )


def _make_attestation(
    settings: Settings,
    release: ReleaseFacts,
    report: CheckReport,
    files: tuple[AttestedFile, ...],
) -> Attestation:
    return Attestation(
        project=settings.project,
        tag=release.tag,
        tag_commit=release.tag_commit,
        code_commit=release.code_commit,
        version=__version__,
        verdict=report.verdict,
        gates={gate.name: gate.verdict for gate in report.gates},
        machines={machine.name: machine.family for machine in report.machines},
        files=files,
    )


def _attest(settings: Settings, attestation: Attestation, attest_to: str) -> None:
    if not attest_to and runs_unattended():
        complain("in CI an attestation is written only where `--attest-to` says")
        return
    default = choose_place(settings.milestones_path, attestation.tag)
    path = Path(attest_to) if attest_to else default
    write_attestation(attestation, path)
    shown = attest_to or default.relative_to(settings.root).as_posix()
    complain(f"attested {len(attestation.files)} files of {attestation.tag}: {shown}")


def verify_attestation(file: str, *, other: str) -> ExitCode:
    """Hold an attestation against the files as they are.

    Returns:
        1 where one was changed or is missing, or where the tag is on another commit; 2 where all
        is as attested and there is no such tag here.

    Raises:
        UsageError: Where it is none, or leads out of the project.
    """
    if other:
        raise UsageError("`--attestation` verifies one, and goes with no `--release`")
    settings = read_settings(Path.cwd())
    attestation = read_attestation(Path(file))
    problems = [f"{it.path}: {text}" for it, text in verify_files(attestation, settings.root)]
    on_tag = find_tag_commit(settings.root, attestation.tag)
    if on_tag not in {None, attestation.tag_commit}:
        problems.append(
            f"the tag {attestation.tag} is on {short(on_tag or '')}, "
            f"attested on {short(attestation.tag_commit)}"
        )
    for line in problems:
        complain(line)
    said = f"{len(attestation.files)} files attested for {attestation.tag}"
    if problems:
        typer.echo(f"{said}: {len(problems)} not as attested")
        return ExitCode.FINDING
    typer.echo(f"{said}: all as attested; the gates said `{attestation.verdict}`")
    if on_tag is None:
        complain(
            f"cannot tell whether the tag is on {short(attestation.tag_commit)}, as attested: "
            f"there is no tag `{attestation.tag}` here"
        )
        complain("hint: `git fetch --tags` brings it, where it was not removed")
        return ExitCode.TROUBLE
    return ExitCode.EXPECTED
