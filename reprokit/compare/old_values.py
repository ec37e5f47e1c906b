"""Digests that changed on one machine, and that another machine, or itself, gave before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
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
        by_definition: For each definition, by its digest, the results that repeat: the place of
            the manifest and the digest, in the order of places.
    """

    manifests: Sequence[Manifest]
    by_machine: Mapping[str, Sequence[int]]
    by_definition: Mapping[str, Sequence[tuple[int, str]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Result:
    """What a machine gave, once.

    Attributes:
        place: That of its manifest in the history.
        manifest: The manifest.
        date: When its code was committed.
        digest: The result's.
    """

    place: int
    manifest: Manifest
    date: str
    digest: str


def index_history(manifests: Iterable[Manifest]) -> History:
    """Index manifests of any machines and commits, measured or published, in one pass.

    Their order is that of their commits' dates; of their own where only these are known.
    """
    ordered = sorted(manifests, key=lambda it: (_date(it), it.created, it.machine, it.path))
    by_machine: dict[str, list[int]] = {}
    by_definition: dict[str, list[tuple[int, str]]] = {}
    for place, manifest in enumerate(ordered):
        by_machine.setdefault(manifest.machine, []).append(place)
        for probe in manifest.probes:
            digest = _read_digest(probe)
            if digest is not None:
                by_definition.setdefault(probe.definition.digest, []).append((place, digest))
    return History(manifests=ordered, by_machine=by_machine, by_definition=by_definition)


def find_old_values(evidence: MachineEvidence, history: History) -> tuple[OldValue, ...]:
    """Find the digests that changed on a machine to one that was seen before.

    A digest changed where the machine gave another one of the same definition when it last gave
    any, at an earlier commit. It was seen before where a manifest of an earlier date and another
    commit holds it. Of several holders another machine goes before the machine itself, and the
    newest before older ones. On another machine it is an old value where that machine has left it
    since, or gave it while this one, by the same code, gave what it gave before. Otherwise both
    have come to it, as machines do when the code changes.

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
    everywhere = _list_results(definition, digest, history, now)
    own = [
        it for it in everywhere.pop(evidence.name, ()) if _is_earlier(it.manifest, evidence, now)
    ]
    found = [it for it in own if it.digest == digest]
    for theirs in everywhere.values():
        held = [
            it
            for it in _list_held(theirs, digest, earlier)
            if _is_earlier(it.manifest, evidence, now)
        ]
        if held and (_has_left(theirs, digest) or _parted(own, earlier, theirs, digest)):
            found += held
    if not found:
        return None
    newest = max(found, key=lambda it: (it.manifest.machine != evidence.name, it.place))
    holder = newest.manifest
    return OldValue(
        probe=probe.id,
        machine=evidence.name,
        digest=digest,
        earlier_commit=commit,
        holder=holder.machine,
        holder_commit=short(holder.commit),
        manifest=holder.path,
    )


def _list_results(
    definition: str, wanted: str, history: History, now: str
) -> dict[str, list[_Result]]:
    """List what each machine gave of a definition up to a date, the oldest first.

    Nothing where none gave what is wanted before: most digests that change are new.
    """
    known = history.by_definition.get(definition, ())
    if not any(other == wanted and _date(history.manifests[it]) < now for it, other in known):
        return {}
    found: dict[str, list[_Result]] = {}
    for place, digest in known:
        manifest = history.manifests[place]
        date = _date(manifest)
        if date <= now:
            result = _Result(place=place, manifest=manifest, date=date, digest=digest)
            found.setdefault(manifest.machine, []).append(result)
    return found


def _list_held(results: Sequence[_Result], digest: str, earlier: str) -> list[_Result]:
    """List the results of a digest; none after the machine gave what the other left for it.

    A machine that gave the one and then the other made the same move.
    """
    left = next((it.place for it in results if it.digest == earlier), None)
    return [it for it in results if it.digest == digest and (left is None or it.place <= left)]


def _has_left(results: Sequence[_Result], digest: str) -> bool:
    """Tell whether a machine gives something else at its newest commit."""
    newest = short(results[-1].manifest.commit)
    return all(it.digest != digest for it in results if short(it.manifest.commit) == newest)


def _parted(own: Sequence[_Result], earlier: str, theirs: Sequence[_Result], digest: str) -> bool:
    """Tell whether a machine gave what it gave last while another gave a digest by the same code.

    That is known of a commit at which both did, and taken for granted where one did between two
    commits at which the other gave nothing else.

    Args:
        own: What the machine gave before it changed, the oldest first.
        earlier: The last of it.
        theirs: What the other one gave.
        digest: What it is to have given.
    """
    *_, last = (run for run in _list_runs(own) if run[0].digest == earlier)
    commits = {short(it.manifest.commit) for it in last}
    return any(
        commits & {short(it.manifest.commit) for it in run}
        or (run[0].date <= last[-1].date and last[0].date <= run[-1].date)
        for run in _list_runs(theirs)
        if run[0].digest == digest
    )


def _list_runs(results: Sequence[_Result]) -> list[list[_Result]]:
    """Cut results where the digest changes."""
    return [list(run) for _, run in groupby(results, key=lambda it: it.digest)]


def _is_earlier(manifest: Manifest, evidence: MachineEvidence, now: str) -> bool:
    return short(manifest.commit) != evidence.commit and _date(manifest) < now


def _date(manifest: Manifest) -> str:
    """Return when the code was committed; of a published manifest, when the digests were taken."""
    return manifest.repository.committed or manifest.created


def _read_digest(probe: ProbeRecord) -> str | None:
    """Return the digest of a result that repeats; None where there is none."""
    record = probe.record
    return record.result.digest if record.status is Status.OK and record.result else None
