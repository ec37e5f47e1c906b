"""What a later run of a milestone states otherwise than was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.milestone import (
    Change,
    ChangeKind,
    MachineFacts,
    MachineStatement,
    ProbeStatement,
    Statement,
    state_digests,
)
from reprokit.model.names import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison


def make_statement(comparison: Comparison) -> Statement:
    """Reduce a comparison to what a later one is held against."""
    causes = (match.name for it in comparison.attributions for match in it.signatures)
    return Statement(
        commit=comparison.commit or "",
        machines={machine.name: _state_machine(machine) for machine in comparison.machines},
        probes={probe.id: _state_probe(probe) for probe in comparison.probes},
        causes=tuple(dict.fromkeys(causes)),
    )


def _state_machine(machine: MachineEvidence) -> MachineStatement:
    environment = machine.environment
    facts = MachineFacts(
        family=machine.family,
        chip=environment.hardware.chip,
        os=environment.os.name,
        os_version=environment.os.version,
        os_build=environment.os.build,
        python=environment.python.version,
        mlx=environment.package_version("mlx"),
        lock_sha256=environment.lock.sha256,
        commit=machine.commit,
        dirty=machine.dirty,
        origin=machine.origin.kind.value,
    )
    return MachineStatement(
        facts=facts.tell(),
        manifests={it.path: it.sha256 for it in machine.manifests},
    )


def _state_probe(probe: ProbeComparison) -> ProbeStatement:
    return ProbeStatement(
        verdict=probe.verdict.value,
        severity=probe.severity.value,
        digests=state_digests(probe.digests, probe.states),
        definitions=dict(probe.definitions),
        stage=(probe.divergences[0].first_stage or "") if probe.divergences else "",
    )


def list_changes(before: Statement, after: Statement) -> tuple[Change, ...]:
    """List what a later statement says otherwise, the weightier kinds first.

    Args:
        before: What was stated.
        after: What is stated now.

    Returns:
        Nothing where both say the same. Of a machine or a probe that only one of them has, that
        alone is told. A verdict is one of several machines.
    """
    found = [
        *_list_commit(before, after),
        *_list_presence(ChangeKind.MACHINE, before.machines, after.machines),
        *_list_machines(before, after),
        *_list_presence(ChangeKind.PROBE, before.probes, after.probes),
        *_list_probes(before, after),
        *_list_causes(before, after),
    ]
    order = list(ChangeKind)
    return tuple(sorted(found, key=lambda change: order.index(change.kind)))


def _list_commit(before: Statement, after: Statement) -> Iterator[Change]:
    if before.commit != after.commit:
        words = [it.commit or "across commits" for it in (before, after)]
        yield Change(kind=ChangeKind.COMMIT, subject="", before=words[0], after=words[1])


def _list_presence(
    kind: ChangeKind, before: Mapping[str, object], after: Mapping[str, object]
) -> Iterator[Change]:
    for name in before:
        if name not in after:
            yield Change(kind=kind, subject=name, before="compared", after="")
    for name in after:
        if name not in before:
            yield Change(kind=kind, subject=name, before="", after="compared")


def _list_machines(before: Statement, after: Statement) -> Iterator[Change]:
    for name, new in after.machines.items():
        old = before.machines.get(name)
        if old is None:
            continue
        for fact in {**old.facts, **new.facts}:
            values = [it.facts.get(fact, "") for it in (old, new)]
            if values[0] != values[1] and not (fact == "commit" and before.commit != after.commit):
                words = [_shorten(value) or "unknown" for value in values]
                subject = f"{name}: {fact}"
                yield Change(
                    kind=ChangeKind.MACHINE, subject=subject, before=words[0], after=words[1]
                )
        yield from _list_digests(ChangeKind.MANIFEST, name, old.manifests, new.manifests)


def _list_probes(before: Statement, after: Statement) -> Iterator[Change]:
    for name, new in after.probes.items():
        old = before.probes.get(name)
        if old is None:
            continue
        both = before.machines.keys() & after.machines.keys()
        compares = all(len(it.machines) > 1 for it in (before, after))
        pairs = (
            *([(ChangeKind.VERDICT, old.verdict, new.verdict)] if compares else []),
            (ChangeKind.SEVERITY, old.severity, new.severity),
            (ChangeKind.STEP, old.stage, new.stage),
        )
        for kind, one, other in pairs:
            if one != other:
                yield Change(kind=kind, subject=name, before=one, after=other)
        for kind, one_of, other_of in (
            (ChangeKind.DEFINITION, old.definitions, new.definitions),
            (ChangeKind.DIGEST, old.digests, new.digests),
        ):
            known = [
                {it: values[it] for it in values if it in both} for values in (one_of, other_of)
            ]
            yield from _list_digests(kind, name, *known)


def _list_digests(
    kind: ChangeKind, subject: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    """List values by machine, or by path, that are other, new or gone."""
    word = ": " if kind is ChangeKind.MANIFEST else " on "
    for key in {**before, **after}:
        values = [short(it.get(key, "")) for it in (before, after)]
        if before.get(key) != after.get(key):
            yield Change(
                kind=kind, subject=f"{subject}{word}{key}", before=values[0], after=values[1]
            )


def _list_causes(before: Statement, after: Statement) -> Iterator[Change]:
    for cause in before.causes:
        if cause not in after.causes:
            yield Change(kind=ChangeKind.CAUSE, subject=cause, before="borne out", after="")
    for cause in after.causes:
        if cause not in before.causes:
            yield Change(kind=ChangeKind.CAUSE, subject=cause, before="", after="borne out")


def _shorten(value: str) -> str:
    """Write 12 digits of a sha256."""
    is_digest = len(value) == 64 and not value.strip("0123456789abcdef")  # noqa: PLR2004
    return short(value) if is_digest else value
