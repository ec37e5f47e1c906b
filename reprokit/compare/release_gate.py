"""The gate on a release, and on what attests it: what a tag holds, and what was checked."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reprokit.model.attestation import FileKind
from reprokit.model.check import Gate, GateFinding, GateVerdict
from reprokit.model.names import ACCEPTED, PYPROJECT, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.attestation import Attestation, AttestedFile
    from reprokit.model.check import ReleaseFacts
    from reprokit.model.settings import Settings


def judge_release(
    facts: ReleaseFacts,
    files: Sequence[AttestedFile],
    missing: Sequence[str],
    doubts: Sequence[str] = (),
) -> Gate:
    """Judge whether files are in a tag as they are here, and none of the tag's is left out.

    Args:
        facts: What git holds at the tag.
        files: What the check rests on, as it is here.
        missing: The tag's own manifests of its commit, and its baselines, that were not read.
        doubts: What is wrong with milestones, in clauses.
    """
    return Gate(
        name="release",
        summary=f"{len(files)} files are in {facts.tag} as they are here",
        findings=tuple(_find_faults(facts, files, missing, doubts)),
        step="commit manifests/ and milestones/, and set the tag on that commit",
    )


def _find_faults(
    facts: ReleaseFacts,
    files: Sequence[AttestedFile],
    missing: Sequence[str],
    doubts: Sequence[str],
) -> Iterator[GateFinding]:
    for said in _list_differences(facts, files):
        yield _find(GateVerdict.BLOCK, said)
    for path in missing:
        yield _find(GateVerdict.BLOCK, f"{path} is in {facts.tag} and was not read here")
    for said in doubts:
        yield _find(GateVerdict.WARN, said)
    if not any(file.kind is FileKind.MILESTONE for file in files):
        said = "there is no milestone at its commit: `reprokit milestone NAME` makes one"
        yield _find(GateVerdict.WARN, said)


def _list_differences(facts: ReleaseFacts, files: Sequence[AttestedFile]) -> Iterator[str]:
    for file in files:
        if file.path not in facts.digests:
            yield f"{file.path} is not in {facts.tag}"
        elif facts.digests[file.path] != file.sha256:
            yield f"{file.path} is another one in {facts.tag}"


def _find(verdict: GateVerdict, text: str) -> GateFinding:
    return GateFinding(verdict=verdict, text=text)


def list_tagged(facts: ReleaseFacts, settings: Settings) -> dict[str, FileKind]:
    """List what a tag holds that a release may rest on.

    Args:
        facts: What git holds at the tag.
        settings: The project's, as they are at the tag.

    Returns:
        The kind of each file, by its path from the top of the repository: the manifests of the
        tag's code, all baselines and milestones, the lock and pyproject.toml.
    """
    kinds = ((path, _choose_kind(path, facts, settings)) for path in sorted(facts.digests))
    return {path: kind for path, kind in kinds if kind}


def _choose_kind(path: str, facts: ReleaseFacts, settings: Settings) -> FileKind | None:
    manifests = f"{facts.prefix}{settings.manifests}/"
    if path == facts.lock:
        return FileKind.LOCK
    if path == f"{facts.prefix}{PYPROJECT}":
        return FileKind.PROJECT
    if path.startswith(f"{manifests}{ACCEPTED}/"):
        return FileKind.BASELINE
    if path.startswith(manifests):
        own = PurePosixPath(path).name.startswith(short(facts.code_commit))
        return FileKind.MANIFEST if own else None
    return FileKind.MILESTONE


def hold_attestation(
    attestation: Attestation, facts: ReleaseFacts, settings: Settings
) -> Iterator[str]:
    """Hold an attestation against the tag that it is of.

    Args:
        attestation: As read.
        facts: What git holds at the tag.
        settings: The project's, as they are at the tag.

    Yields:
        What is not as attested, in a clause each.
    """
    if attestation.project != settings.project:
        yield f"is of the project `{attestation.project}`, and this is `{settings.project}`"
    if attestation.code_commit != facts.code_commit:
        yield (
            f"the code of {facts.tag} is at {short(facts.code_commit)}, "
            f"attested at {short(attestation.code_commit)}"
        )
    yield from _list_differences(facts, attestation.files)
    yield from _hold_kinds(attestation, facts, settings)
    yield from _hold_families(attestation, facts, settings)


def _hold_kinds(attestation: Attestation, facts: ReleaseFacts, settings: Settings) -> Iterator[str]:
    """Say which files are not what they are called, and which of the tag's are left out."""
    tagged = list_tagged(facts, settings)
    attested = {file.path: file.kind for file in attestation.files}
    for path, kind in attested.items():
        if path in facts.digests and tagged.get(path) is not kind:
            yield f"{path} is no {kind} of {facts.tag}"
    needed = {FileKind.MANIFEST, FileKind.LOCK, FileKind.PROJECT}
    for path, kind in tagged.items():
        if kind in needed and path not in attested:
            yield f"{path} is in {facts.tag} and not attested"


def _hold_families(
    attestation: Attestation, facts: ReleaseFacts, settings: Settings
) -> Iterator[str]:
    """Say which family lacks its baseline, and which machine its manifest."""
    folder = f"{facts.prefix}{settings.manifests}"
    attested = [file.path for file in attestation.files]
    families = dict.fromkeys(attestation.machines.values())
    for family in families:
        path = f"{folder}/{ACCEPTED}/{family}.toml"
        if path not in attested:
            yield f"{path} is not attested, the baseline of a family that was checked"
    for machine in attestation.machines:
        if not any(path.startswith(f"{folder}/{machine}/") for path in attested):
            yield f"no manifest of `{machine}` is attested, which was checked"
    for family in settings.required_families:
        if family not in families:
            yield f"no machine of `{family}` was checked, which {facts.tag} requires"
