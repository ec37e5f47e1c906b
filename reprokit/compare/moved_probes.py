"""Which probes may have moved on a machine: told without tracing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.record import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence


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
        first: dict[str, tuple[object, ...]] = {}
        for evidence in items:
            for name, probe in evidence.probes.items():
                result = probe.record.result
                if probe.record.status is not Status.OK or result is None:
                    continue
                seen = (probe.definition.digest, result.digest, result.dtype, result.shape)
                if first.setdefault(name, seen) != seen:
                    moved.add(name)
    return tuple(name for name in names if name in moved)
