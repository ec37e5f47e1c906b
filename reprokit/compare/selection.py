"""Which machines are meant, and which of their evidence stands for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.verify import list_changes
from reprokit.errors import UsageError
from reprokit.model.comparison import MachineEvidence
from reprokit.model.names import SHORT_LENGTH, short, slug_tokens
from reprokit.model.record import MEASURED, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprokit.model.manifest import Manifest, ProbeRecord

SHORTEST_REVISION = 4


def resolve_machines(
    asked: Sequence[str],
    known: Sequence[str],
    *,
    option: str | None = "--machines",
    kind: str = "machine",
) -> tuple[str, ...]:
    """Find the machines that names or parts of names mean.

    Args:
        asked: Whole names, or words of them: `m1`, `m1-max` and `apple-m1-max` mean the same
            where only one machine has these words.
        known: All machines.
        option: The option by which they are asked for, for errors; None for an argument.
        kind: What else a name may be of, for errors, as `file, folder or machine`.

    Returns:
        Their whole names, in the order asked for.

    Raises:
        UsageError: For an unknown, ambiguous or repeated one; it lists the candidates.
    """
    found: list[str] = []
    for name in asked:
        machine = _resolve_one(name, known, option, kind)
        if machine in found:
            raise UsageError(f"`{machine}` is named twice", where=option)
        found.append(machine)
    return tuple(found)


def _resolve_one(name: str, known: Sequence[str], option: str | None, kind: str) -> str:
    if name in known:
        return name
    if not name.strip():
        raise UsageError(
            "one of the names is empty", where=option, hint="is there a comma too many?"
        )
    words = slug_tokens(name.lower())
    matches = [machine for machine in known if _holds_words(slug_tokens(machine), words)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(
            f"`{name}` may mean {_join(matches)}",
            where=option,
            hint="give a word that only one of them has, or a whole name",
        )
    told = f"there {'are' if len(known) > 1 else 'is'} {_join(known)}"
    hint = told if known else "take a first one with `reprokit snapshot`"
    raise UsageError(f"there is no {kind} `{name}`", where=option, hint=hint)


def _holds_words(tokens: Sequence[str], words: Sequence[str]) -> bool:
    """Tell whether `words` stand in `tokens` side by side."""
    width = len(words)
    return any(tuple(tokens[i : i + width]) == tuple(words) for i in range(len(tokens)))


def _join(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def list_commits(manifests: Iterable[Manifest]) -> tuple[str, ...]:
    """List the commits of manifests, as 12 hex digits, the newest first.

    Newest by the date of the commit; by that of the evidence where only that is known.
    """
    newest: dict[str, str] = {}
    for manifest in manifests:
        commit = short(manifest.commit)
        date = manifest.repository.committed or manifest.created
        newest[commit] = max(date, newest.get(commit, ""))
    return tuple(sorted(newest, key=lambda commit: (newest[commit], commit), reverse=True))


def choose_commit(manifests: Mapping[str, Sequence[Manifest]], revision: str | None = None) -> str:
    """Choose the newest commit that all machines have.

    Args:
        manifests: The manifests of each machine.
        revision: The first hex digits, four at least, of the commit that is wanted.

    Returns:
        12 hex digits.

    Raises:
        UsageError: Where there is no common one; it says which commits each machine has.
    """
    commits = {machine: list_commits(items) for machine, items in manifests.items()}
    everything = [commit for items in commits.values() for commit in items]
    if revision is not None:
        wanted = _match_revision(revision, everything)
        lacking = [machine for machine, items in commits.items() if wanted not in items]
        if lacking:
            raise UsageError(
                f"no manifest of {_join(lacking)} at commit {wanted}",
                where="--commit",
                hint=_list_by_machine(commits),
            )
        return wanted
    common = set(everything).intersection(*commits.values())
    if not common:
        raise UsageError(
            "these machines have no commit in common",
            where="--machines",
            hint=f"{_list_by_machine(commits)}; `--across-commits` compares the newest of each",
        )
    return next(commit for commit in list_commits(_flatten(manifests)) if commit in common)


def _match_revision(revision: str, commits: Iterable[str]) -> str:
    start = revision.lower()[:SHORT_LENGTH]
    matches = sorted({commit for commit in commits if commit.startswith(start)})
    if len(start) >= SHORTEST_REVISION and len(matches) == 1:
        return matches[0]
    none = "is no commit of which these machines have a manifest"
    problem = "means several commits" if matches else none
    hint = "there are " + ", ".join(sorted(set(commits))) if commits else None
    raise UsageError(f"`{revision}` {problem}", where="--commit", hint=hint)


def _list_by_machine(commits: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"`{name}` has {', '.join(items)}" for name, items in commits.items())


def _flatten(manifests: Mapping[str, Sequence[Manifest]]) -> list[Manifest]:
    return [manifest for items in manifests.values() for manifest in items]


def gather_evidence(manifests: Sequence[Manifest], commit: str) -> MachineEvidence:
    """Put together what one machine has at one commit.

    Manifests of a clean tree go before those of a dirty one. Of these the newest counts, and all
    of the same environment, origin and changes; the others are counted, not mixed in. Records of
    one probe that contradict each other make it `unstable`.

    Args:
        manifests: All manifests of the machine.
        commit: One of its commits, 12 hex digits.
    """
    there = [item for item in manifests if short(item.commit) == commit]
    clean = [item for item in there if not item.repository.dirty] or there
    newest_first = _sort_newest_first(clean)
    chosen = [item for item in newest_first if _belong_together(item, newest_first[0])]
    return _join_manifests(chosen, left_out=len(there) - len(chosen))


def list_evidence(manifests: Iterable[Manifest]) -> tuple[MachineEvidence, ...]:
    """Put together all that one machine has: for each commit, environment and state of its tree.

    Args:
        manifests: All manifests of the machine.

    Returns:
        Its evidence by the date of the commit, then by its own, the oldest first; the date of a
        commit is that of its oldest evidence where only that is known.
    """
    groups: dict[str, list[list[Manifest]]] = {}
    for manifest in _sort_newest_first(manifests):
        there = groups.setdefault(short(manifest.commit), [])
        group = next((it for it in there if _belong_together(it[0], manifest)), None)
        if group is None:
            there.append([manifest])
        else:
            group.append(manifest)
    dated = [
        (min(it.repository.committed or it.created for group in there for it in group), group)
        for there in groups.values()
        for group in there
    ]
    dated.sort(key=lambda item: (item[0], item[1][0].created, item[1][0].path))
    return tuple(_join_manifests(group) for _, group in dated)


def _sort_newest_first(manifests: Iterable[Manifest]) -> list[Manifest]:
    return sorted(manifests, key=lambda item: (item.created, item.path), reverse=True)


def _join_manifests(manifests: Sequence[Manifest], *, left_out: int = 0) -> MachineEvidence:
    """Join manifests that belong together, the newest first."""
    newest = manifests[0]
    probes: dict[str, ProbeRecord] = {}
    for manifest in manifests:
        for probe in manifest.probes:
            known = probes.get(probe.id)
            probes[probe.id] = _combine(known, probe) if known else probe
    return MachineEvidence(
        name=newest.machine,
        family=newest.family,
        commit=short(newest.commit),
        dirty=newest.repository.dirty,
        created=newest.created,
        origin=newest.origin,
        environment=newest.environment,
        suites=tuple(dict.fromkeys(suite for item in manifests for suite in item.suites)),
        probes=probes,
        manifests=tuple(manifests),
        left_out=left_out,
    )


def _belong_together(one: Manifest, other: Manifest) -> bool:
    return (
        one.origin.kind is other.origin.kind
        and one.repository.diff_sha256 == other.repository.diff_sha256
        and not list_changes(one.environment, other.environment)
    )


def _combine(newer: ProbeRecord, older: ProbeRecord) -> ProbeRecord:
    """Combine two records of a probe: bytes go before none, and two digests are unstable.

    Where a relation held in one and not in the other, the runs of both tell so.
    """
    if newer.definition != older.definition or older.record.status not in MEASURED:
        return newer
    if newer.record.status not in MEASURED:
        return older
    statuses = {newer.record.status, older.record.status}
    runs = (*newer.record.runs, *older.record.runs)
    if statuses == {Status.OK} and newer.record.result == older.record.result:
        flips = len({*newer.record.relation_counts, *older.record.relation_counts}) > 1
        return replace(newer, record=replace(newer.record, runs=runs)) if flips else newer
    return replace(newer, record=replace(newer.record, status=Status.UNSTABLE, runs=runs))
