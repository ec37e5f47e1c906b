"""`reprokit check --release TAG`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit import __version__
from reprokit.cli.check import (
    choose_exit,
    choose_machines,
    gather_machines,
    list_manifests,
    show_report,
)
from reprokit.cli.exits import ExitCode, complain
from reprokit.compare.check import CheckFacts, judge, list_families
from reprokit.compare.release_gate import judge_release, list_tagged
from reprokit.errors import ProjectError, UsageError
from reprokit.model.attestation import Attestation, AttestedFile, FileKind
from reprokit.model.names import PYPROJECT, short
from reprokit.observe.project import parse_settings, read_settings
from reprokit.observe.release import list_tagged_files, observe_release, read_tagged_file
from reprokit.observe.variables import runs_unattended
from reprokit.probes.suite_file import shipped_suites
from reprokit.store.attestations import choose_place, hash_file, write_attestation
from reprokit.store.baselines import read_baselines
from reprokit.store.milestones import list_documents, list_spoiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reprokit.cli.check import CheckOptions, Presentation
    from reprokit.model.check import CheckReport, ReleaseFacts
    from reprokit.model.settings import Settings


def check_release(
    tag: str, options: CheckOptions, presentation: Presentation, *, attest_to: str
) -> ExitCode:
    """Check the evidence of a tag's commit; nothing is measured.

    Returns:
        1 where a gate blocks, 2 where one could not tell. Only else an attestation is written.

    Raises:
        UsageError: Where a machine is chosen: a release rests on all of its evidence.
    """
    if options.machine:
        raise UsageError("a release is checked on all machines, and goes with no `--machine`")
    settings = read_tagged_settings(read_settings(Path.cwd()).root, tag)
    release = observe_release(settings.root, tag, (settings.manifests, settings.milestones))
    facts = _gather_facts(settings, release)
    report = judge(facts)
    files = tuple(_list_files(settings, release, facts))
    gate = judge_release(
        release,
        files,
        missing=_list_missing(settings, release, files),
        doubts=[
            f"{error.where}: {error.message}"
            for error in list_spoiled(settings.milestones_path, release.code_commit)
        ],
    )
    report = replace(report, gates=(*report.gates, gate))
    show_report(report, presentation)
    code = choose_exit(report, strict=options.strict)
    if code is ExitCode.EXPECTED:
        _attest(settings, _make_attestation(settings, release, report, files), attest_to)
    else:
        complain("no attestation was written")
    return code


def read_tagged_settings(root: Path, tag: str) -> Settings:
    """Read the settings of a project as they are at a tag: they say what it needs.

    Raises:
        ProjectError: Where there is no such tag, or its pyproject.toml is wrong.
    """
    content = read_tagged_file(root, tag, PYPROJECT)
    try:
        return parse_settings(content.decode(), root)
    except UnicodeDecodeError as error:
        said = f"is not UTF-8 at byte {error.start}"
        raise ProjectError(said, where=f"{PYPROJECT} at {tag}") from None


def _gather_facts(settings: Settings, release: ReleaseFacts) -> CheckFacts:
    commit = short(release.code_commit)
    evidence = gather_machines(settings, commit, None)
    return CheckFacts(
        code_commit=release.code_commit,
        repository=None,
        commit=commit,
        machines=evidence.machines,
        others=evidence.others,
        aside=evidence.aside,
        chosen=choose_machines(settings, evidence.machines, ""),
        lock_sha256=release.digests.get(release.lock),
        baselines=read_baselines(settings.manifests_path, root=settings.root),
        required_families=settings.required_families,
        suites=settings.suites,
        known_suites=tuple(_list_known_suites(settings, release.tag)),
        tag=release.tag,
        unattended=runs_unattended(),
    )


def _list_known_suites(settings: Settings, tag: str) -> Iterator[str]:
    """Name the suites that a tag has, those that its settings name, and ours."""
    yield from (*settings.suites, *shipped_suites())
    for name in list_tagged_files(settings.root, tag, settings.suite_folder):
        yield name.removesuffix(".toml")


def _list_files(
    settings: Settings, release: ReleaseFacts, facts: CheckFacts
) -> Iterator[AttestedFile]:
    """List the files that a release rests on, as they are here; settings and lock as at the tag."""
    start = release.prefix
    for manifest in list_manifests(settings, facts.commit):
        path = f"{start}{manifest.path}"
        yield AttestedFile(kind=FileKind.MANIFEST, path=path, sha256=manifest.sha256)
    families = list_families(facts)
    for it in facts.baselines.values():
        if it.family in families:
            path = f"{start}{it.path}"
            yield AttestedFile(kind=FileKind.BASELINE, path=path, sha256=it.sha256)
    for document in list_documents(settings.milestones_path, release.code_commit):
        path = f"{start}{document.relative_to(settings.root).as_posix()}"
        yield AttestedFile(kind=FileKind.MILESTONE, path=path, sha256=hash_file(document))
    for path, kind in list_tagged(release, settings).items():
        if kind in {FileKind.LOCK, FileKind.PROJECT}:
            yield AttestedFile(kind=kind, path=path, sha256=release.digests[path])


def _list_missing(
    settings: Settings, release: ReleaseFacts, files: Iterable[AttestedFile]
) -> tuple[str, ...]:
    """List the tag's manifests of its commit that were not read, and its baselines not here."""
    read = {file.path for file in files}
    return tuple(
        path
        for path, kind in list_tagged(release, settings).items()
        if (kind is FileKind.MANIFEST and path not in read)
        or (
            kind is FileKind.BASELINE
            and not (settings.root / path.removeprefix(release.prefix)).is_file()
        )
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
