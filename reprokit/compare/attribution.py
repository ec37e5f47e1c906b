"""Why machines part: each line along which they do, held against all that is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reprokit.compare.attribution_strength import describe_strength
from reprokit.compare.fact_columns import FactColumn, list_columns
from reprokit.compare.partition import Line, crosses, find_lines, fit_values, restricts
from reprokit.compare.signatures import find_signatures
from reprokit.model.attribution import Attribution, FactFit, Fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reprokit.compare.partition import Partition
    from reprokit.model.comparison import Comparison

_ORDER = (Fit.INDUCES, Fit.REFINES, Fit.UNKNOWN, Fit.RULED_OUT)
_SHOWN = 3


class _Group(NamedTuple):
    """Facts about one thing whose values lie alike, the likeliest first."""

    fit: Fit
    columns: list[FactColumn]


def attribute(comparison: Comparison) -> tuple[Attribution, ...]:
    """Say of each line along which machines part what may have caused it.

    Args:
        comparison: With its divergences, where the marks of known causes are to be found.

    Returns:
        One attribution for each partition that occurs, that of the most probes first.
    """
    lines = find_lines(comparison)
    if not lines:
        return ()
    columns = list_columns(comparison.machines)
    return tuple(_attribute_line(comparison, lines, place, columns) for place in range(len(lines)))


def _attribute_line(
    comparison: Comparison, lines: Sequence[Line], place: int, columns: Sequence[FactColumn]
) -> Attribution:
    line = lines[place]
    facts = hold_facts(columns, line.partition)
    signatures = find_signatures(comparison, line, facts)
    crossing = [at for at, it in enumerate(lines) if crosses(line.partition, it.partition)]
    whole = next((it for it in lines if restricts(line.partition, it.partition)), None)
    return Attribution(
        partition=line.partition,
        probes=line.probes,
        facts=facts,
        signatures=signatures,
        crossing=tuple(crossing),
        strength=describe_strength(
            comparison.machines,
            line,
            facts,
            signatures=signatures,
            crossing=[lines[at] for at in crossing],
            whole=whole,
        ),
    )


def hold_facts(columns: Sequence[FactColumn], partition: Partition) -> tuple[FactFit, ...]:
    """Hold facts against a partition.

    Facts about one thing whose values lie alike over its machines are told as one.

    Args:
        columns: The facts over all machines, the likeliest to change bytes first.
        partition: The clusters.

    Returns:
        Those that differ among the partition's machines, or may: in the order of `_ORDER`, in each
        as the columns are.
    """
    names = [name for cluster in partition for name in cluster]
    groups: dict[tuple[str, tuple[int, ...]], _Group] = {}
    for column in columns:
        shape = _find_shape(column.values, names)
        if set(shape) == {0}:  # known of all, and the same everywhere
            continue
        fit = fit_values(column.values, partition)
        groups.setdefault((column.topic, shape), _Group(fit, [])).columns.append(column)
    found = [
        _describe_group(group, partition)
        for fit in _ORDER
        for group in groups.values()
        if group.fit is fit
    ]
    return tuple(found)


def _find_shape(values: Mapping[str, str], names: Sequence[str]) -> tuple[int, ...]:
    """Number a fact's values in the order in which they come; -1 where unknown."""
    numbers: dict[str, int] = {}
    return tuple(
        numbers.setdefault(values[name], len(numbers)) if name in values else -1 for name in names
    )


def _describe_group(group: _Group, partition: Partition) -> FactFit:
    lead, *others = group.columns
    values = {
        name: lead.values[name] for cluster in partition for name in cluster if name in lead.values
    }
    return FactFit(
        fact=lead.name,
        fit=group.fit,
        values=values,
        impact=lead.impact,
        reason=_explain(group.fit, values, partition) or lead.reason,
        also=tuple(it.name for it in others),
    )


def _explain(fit: Fit, values: Mapping[str, str], partition: Partition) -> str:
    if fit is Fit.RULED_OUT:
        one, other = _find_contradiction(values, partition)
        return f"{one} and {other} have {values[one]}, and part"
    if fit is Fit.UNKNOWN:
        unknown = [name for cluster in partition for name in cluster if name not in values]
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        return f"not known of {', '.join(unknown[:_SHOWN])}{more}"
    return ""


def _find_contradiction(values: Mapping[str, str], partition: Partition) -> tuple[str, str]:
    """Find two machines of one value in two clusters."""
    holders: dict[str, tuple[str, int]] = {}
    for name, cluster in _list_members(partition):
        if name in values:
            holder, place = holders.setdefault(values[name], (name, cluster))
            if place != cluster:
                return holder, name
    msg = "no value is in two clusters"
    raise ValueError(msg)


def _list_members(partition: Partition) -> Iterator[tuple[str, int]]:
    return ((name, at) for at, cluster in enumerate(partition) for name in cluster)
