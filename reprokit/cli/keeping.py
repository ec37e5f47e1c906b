"""What becomes of a snapshot: a first manifest, or a verification of those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.verify import complete_manifest, verify_snapshot
from reprokit.model.names import short
from reprokit.render.text import name_probes
from reprokit.store.manifests import (
    choose_place,
    encode_text,
    identify,
    read_machine,
    write_manifest,
)
from reprokit.store.state import explain_state, state_folder

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest
    from reprokit.model.settings import Settings
    from reprokit.model.verification import Verification


def list_evidence(blank: Manifest, settings: Settings) -> tuple[Manifest, ...]:
    """Read what the machine has at the commit of a snapshot.

    Raises:
        ManifestError: Where one of its manifests cannot be read.
    """
    everything = read_machine(settings.manifests_path, blank.machine, root=settings.root)
    return tuple(item for item in everything if short(item.commit) == short(blank.commit))


def keep_snapshot(
    manifest: Manifest, there: tuple[Manifest, ...], settings: Settings
) -> tuple[Verification | None, str]:
    """Write what is new, overwrite nothing.

    A first manifest is written. Later, records that no evidence had are added to the manifest of
    the same lock, suites and environment, or written as a manifest of their own where there is
    none such. What contradicts evidence of the same environment is kept aside.

    Args:
        manifest: The snapshot.
        there: What the machine has at the commit.
        settings: The project's.

    Returns:
        What the snapshot says of the evidence, where there was any; and a sentence on what was
        written, empty where nothing was.
    """
    held = tuple(
        item
        for item in there
        if item.environment.lock.sha256 == manifest.environment.lock.sha256
        and item.environment.variables == manifest.environment.variables
        and item.repository.diff_sha256 == manifest.repository.diff_sha256
    )
    if not held:
        return None, _write(manifest, there, settings)
    verification = verify_snapshot(held, manifest)
    target = next((item for item in held if identify(item) == identify(manifest)), None)
    if target is not None and verification.discrepancies:
        return verification, _keep_aside(manifest, settings)
    if target is not None:
        return verification, _complete(target, manifest, verification, settings)
    known = {suite for item in held for suite in item.suites}
    if (
        verification.completed
        or verification.discrepancies
        or not known.issuperset(manifest.suites)
    ):
        return verification, _write(manifest, there, settings)
    return verification, ""


def _write(manifest: Manifest, there: tuple[Manifest, ...], settings: Settings) -> str:
    path = choose_place(manifest, there, settings.manifests_path)
    write_manifest(manifest, path)
    return f"wrote {path.relative_to(settings.root).as_posix()}"


def _complete(
    target: Manifest, manifest: Manifest, verification: Verification, settings: Settings
) -> str:
    if not verification.completed and all(suite.declared for suite in target.suites):
        return ""
    merged = complete_manifest(target, manifest, verification.completed)
    write_manifest(merged, settings.root / target.path)
    added = name_probes(verification.completed) or "which probes its suites declare"
    return f"added to {target.path}: {added}"


def _keep_aside(manifest: Manifest, settings: Settings) -> str:
    """Keep a snapshot that contradicts the evidence where it overwrites nothing."""
    stamp = manifest.created.replace(":", "")
    with explain_state():
        folder = state_folder(settings.root) / "differing"
        folder.mkdir(exist_ok=True)
        path = folder / f"{manifest.machine}-{short(manifest.commit)}-{stamp}.toml"
        path.write_text(encode_text(manifest), encoding="utf-8")
    place = path.relative_to(settings.root).as_posix()
    return f"the evidence was left as it is; the new records are in {place}"
