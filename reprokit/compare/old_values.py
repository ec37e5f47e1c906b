"""Digests that changed on one machine, and that another machine, or itself, gave before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.attribution import OldValue
from reprokit.model.names import short
from reprokit.model.record import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import Manifest, ProbeRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """All that any machine ever gave, to be looked up.

    Attributes:
        manifests: The oldest first.
        by_machine: For each machine the places of its manifests among them.
        by_digest: For each definition and result, by their digests, the places of those that hold
            it.
    """

    manifests: Sequence[Manifest]
    by_machine: Mapping[str, Sequence[int]]
    by_digest: Mapping[tuple[str, str], Sequence[int]]


def index_history(manifests: Iterable[Manifest]) -> History:
    """Index manifests of any machines and commits, measured or published, in one pass.

    Their order is that of their commits' dates; of their own where only these are known.
    """
    ordered = sorted(manifests, key=lambda it: (_date(it), it.created, it.machine, it.path))
    by_machine: dict[str, list[int]] = {}
    by_digest: dict[tuple[str, str], list[int]] = {}
    for place, manifest in enumerate(ordered):
        by_machine.setdefault(manifest.machine, []).append(place)
        for probe in manifest.probes:
            digest = _read_digest(probe)
            if digest is not None:
                by_digest.setdefault((probe.definition.digest, digest), []).append(place)
    return History(manifests=ordered, by_machine=by_machine, by_digest=by_digest)


def find_old_values(evidence: MachineEvidence, history: History) -> tuple[OldValue, ...]:
    """Find the digests that changed on a machine to one that was seen before.

    A digest changed where the machine gave another one of the same definition when it last gave
    any, at an earlier commit. It was seen before where a manifest of an earlier date and another
    commit holds it. Of several holders another machine goes before the machine itself, and the
    newest before older ones. Another machine that gave what this one gave before, and this after
    it, made the same move, as machines do when the code changes: it holds no old value.

    Args:
        evidence: What the machine gives now.
        history: All manifests; those of the evidence may be among them.

    Returns:
        One entry for each such probe, in the evidence's order.
    """
    if not evidence.manifests:
        return ()
    now = _date(evidence.manifests[0])
    own = [
        place
        for place in reversed(history.by_machine.get(evidence.name, ()))
        if _is_earlier(history.manifests[place], evidence, now)
    ]
    before = _collect_previous(history, own)
    found = (_look_up(probe, evidence, now, before, history) for probe in evidence.probes.values())
    return tuple(it for it in found if it is not None)


def _collect_previous(
    history: History, places: Iterable[int]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Collect what a machine last gave, and at which commit, by probe and definition.

    Args:
        history: All manifests.
        places: Those of the machine, the newest first.
    """
    previous: dict[tuple[str, str], tuple[str, str]] = {}
    for place in places:
        manifest = history.manifests[place]
        for probe in manifest.probes:
            digest = _read_digest(probe)
            if digest is not None:
                key = probe.id, probe.definition.digest
                previous.setdefault(key, (digest, short(manifest.commit)))
    return previous


def _look_up(
    probe: ProbeRecord,
    evidence: MachineEvidence,
    now: str,
    before: Mapping[tuple[str, str], tuple[str, str]],
    history: History,
) -> OldValue | None:
    digest, definition = _read_digest(probe), probe.definition.digest
    earlier, commit = before.get((probe.id, definition), (digest, ""))
    if digest is None or earlier is None or digest == earlier:
        return None
    left: dict[str, int] = {}
    for place in history.by_digest.get((definition, earlier), ()):
        left.setdefault(history.manifests[place].machine, place)
    holders = [
        it
        for place in reversed(history.by_digest.get((definition, digest), ()))
        for it in [history.manifests[place]]
        if _is_earlier(it, evidence, now)
        and (it.machine == evidence.name or left.get(it.machine, place) >= place)
    ]
    if not holders:
        return None
    holder = next((it for it in holders if it.machine != evidence.name), holders[0])
    return OldValue(
        probe=probe.id,
        machine=evidence.name,
        digest=digest,
        earlier_commit=commit,
        holder=holder.machine,
        holder_commit=short(holder.commit),
        manifest=holder.path,
    )


def _is_earlier(manifest: Manifest, evidence: MachineEvidence, now: str) -> bool:
    return short(manifest.commit) != evidence.commit and _date(manifest) < now


def _date(manifest: Manifest) -> str:
    """Return when the code was committed; of a published manifest, when the digests were taken."""
    return manifest.repository.committed or manifest.created


def _read_digest(probe: ProbeRecord) -> str | None:
    """Return the digest of a result that repeats; None where there is none."""
    record = probe.record
    return record.result.digest if record.status is Status.OK and record.result else None
