"""The gate on a release: whether the tag holds the very evidence that was checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.attestation import FileKind
from reprokit.model.check import Gate, GateFinding, GateVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.attestation import AttestedFile
    from reprokit.model.check import ReleaseFacts


def judge_release(
    facts: ReleaseFacts, files: Sequence[AttestedFile], missing: Sequence[str]
) -> Gate:
    """Judge whether files are in a tag as they are here, and none of the tag's is left out.

    Args:
        facts: What git holds at the tag.
        files: What the check rests on, as it is here.
        missing: The tag's own manifests of its commit, and its baselines, that are not here.
    """
    return Gate(
        name="release",
        summary=f"{len(files)} files are in {facts.tag} as they are here",
        findings=tuple(_find_faults(facts, files, missing)),
        step="commit manifests/ and milestones/, and set the tag on that commit",
    )


def _find_faults(
    facts: ReleaseFacts, files: Sequence[AttestedFile], missing: Sequence[str]
) -> Iterator[GateFinding]:
    for file in files:
        if file.path not in facts.digests:
            yield _block(f"{file.path} is not in {facts.tag}")
        elif facts.digests[file.path] != file.sha256:
            yield _block(f"{file.path} is another one in {facts.tag}")
    for path in missing:
        yield _block(f"{path} is in {facts.tag} and not here")
    if not any(file.kind is FileKind.MILESTONE for file in files):
        said = "there is no milestone at its commit: `reprokit milestone NAME` makes one"
        yield GateFinding(verdict=GateVerdict.WARN, text=said)


def _block(text: str) -> GateFinding:
    return GateFinding(verdict=GateVerdict.BLOCK, text=text)
