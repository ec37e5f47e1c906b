"""Which probes may have moved on a machine: told without tracing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.record import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import ProbeRecord


def list_moved(
    names: Iterable[str], timelines: Mapping[str, Sequence[MachineEvidence]]
) -> tuple[str, ...]:
    """List the probes of which a machine gave two results, or results of two definitions.

    Of the others a history has neither a move nor a new definition: most probes never move.

    Args:
        names: The probes.
        timelines: For each machine its evidence, as `history.trace_probes` takes it.

    Returns:
        Those among the names, in their order.
    """
    moved: set[str] = set()
    for items in timelines.values():
        first: dict[str, ProbeRecord] = {}
        for evidence in items:
            for name, probe in evidence.probes.items():
                if probe.record.status is Status.OK and probe.record.result is not None:
                    known = first.setdefault(name, probe)
                    if known is not probe and not _gave_the_same(known, probe):
                        moved.add(name)
    return tuple(name for name in names if name in moved)


def _gave_the_same(one: ProbeRecord, other: ProbeRecord) -> bool:
    """Tell whether two probes have one definition and one result, which mostly are one object."""
    if one.definition is not other.definition and one.definition.digest != other.definition.digest:
        return False
    here, there = one.record.result, other.record.result
    if here is there:
        return True
    return (
        here is not None
        and there is not None
        and (here.digest, here.dtype, here.shape) == (there.digest, there.dtype, there.shape)
    )
