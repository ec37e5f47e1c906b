"""`reprokit check --attestation FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode, complain
from reprokit.cli.release import read_tagged_settings
from reprokit.compare.release_gate import hold_attestation
from reprokit.errors import UsageError
from reprokit.model.names import short
from reprokit.observe.project import read_settings
from reprokit.observe.release import find_tag_commit, find_top, observe_release
from reprokit.store.attestations import read_attestation, verify_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.model.attestation import Attestation
    from reprokit.model.settings import Settings


def verify_attestation(file: str, *, other: str) -> ExitCode:
    """Hold an attestation against its tag; against the files here where there is no such tag.

    Returns:
        1 where something is not as attested, or where the tag is on another commit; 2 where there
        is no such tag here, and all else is as attested.

    Raises:
        UsageError: Where it is none, contradicts itself, or names a file outside the project.
    """
    if other:
        said = "`--attestation` verifies one, and goes with no `--release` and no `--machine`"
        raise UsageError(said)
    settings = read_settings(Path.cwd())
    attestation = read_attestation(Path(file))
    on_tag = find_tag_commit(settings.root, attestation.tag)
    if on_tag is None:
        problems = list(_hold_against_files(attestation, settings))
    else:
        problems = list(_hold_against_tag(attestation, settings.root, on_tag))
    for line in problems:
        complain(line)
    said = f"{len(attestation.files)} files attested for {attestation.tag}"
    if problems:
        typer.echo(f"{said}: {len(problems)} not as attested")
        return ExitCode.FINDING
    place = attestation.tag if on_tag else "the files here"
    typer.echo(f"{said}: all as attested in {place}; the gates said `{attestation.verdict}`")
    if on_tag is None:
        complain(
            f"cannot tell whether the tag is on {short(attestation.tag_commit)}, as attested: "
            f"there is no tag `{attestation.tag}` here, and the files were held against those of "
            "the work tree (`git fetch --tags`)"
        )
        return ExitCode.TROUBLE
    return ExitCode.EXPECTED


def _hold_against_tag(attestation: Attestation, root: Path, on_tag: str) -> Iterator[str]:
    if on_tag != attestation.tag_commit:
        yield (
            f"the tag {attestation.tag} is on {short(on_tag)}, "
            f"attested on {short(attestation.tag_commit)}"
        )
        return
    settings = read_tagged_settings(root, attestation.tag)
    folders = (settings.manifests, settings.milestones)
    release = observe_release(root, attestation.tag, folders)
    yield from hold_attestation(attestation, release, settings)


def _hold_against_files(attestation: Attestation, settings: Settings) -> Iterator[str]:
    if attestation.project != settings.project:
        yield f"is of the project `{attestation.project}`, and this is `{settings.project}`"
    for file, text in verify_files(attestation, find_top(settings.root)):
        yield f"{file.path}: {text}"
