"""The bytes behind digests: those that manifests hold, and those that a search finds near them."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from reprokit.compare.normal_probe import find_normal_draw
from reprokit.model.definition import DigestRule
from reprokit.model.record import MEASURED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence

    from reprokit.model.manifest import ProbeRecord
    from reprokit.numerics.digest_search import Budget, Progress
    from reprokit.numerics.normal_steps import NormalDraw
    from reprokit.numerics.witness import Recovery


NOTHING_KEPT: Mapping[str, bytes] = MappingProxyType({})
"""For where no arrays were kept beside the manifests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Arrays of one definition of which only the digests are known.

    Attributes:
        dtype: Their dtype.
        draw: The call that gave them, where it is `mx.random.normal`.
        known: Bytes of arrays of the definition that are at hand, the likeliest neighbours first;
            without any a normal draw is computed.
        digests: Hex sha256 of those that are looked for.
    """

    dtype: str
    draw: NormalDraw | None
    known: tuple[bytes, ...]
    digests: tuple[str, ...]


def collect_bits(probes: Iterable[ProbeRecord]) -> dict[str, bytes]:
    """Collect the bytes that records hold, by their digest.

    Results, leaves and stages count; each digest was held against its bytes when it was read.
    """
    bits: dict[str, bytes] = {}
    for probe in probes:
        if probe.definition.rule is not DigestRule.RAW or probe.record.result is None:
            continue
        record = probe.record
        parts = (it.array for it in (*record.leaves, *record.stages))
        for array in (record.result, *parts):
            if array is not None and array.bits is not None and array.digest not in bits:
                bits[array.digest] = bytes.fromhex(array.bits)
    return bits


def join_bits(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Look bytes up in one place, then in another; neither is read before it is asked."""
    return ChainMap(*(cast("MutableMapping[str, bytes]", it) for it in (first, second)))


def list_wanted(
    probes: Iterable[ProbeRecord],
    bits: Mapping[str, bytes],
    *,
    largest_bytes: int,
    others: Iterable[ProbeRecord] = (),
) -> tuple[Wanted, ...]:
    """List what a search may find: results without bytes, where there is one to begin from.

    Args:
        probes: Records of one probe whose bytes are wanted.
        bits: The bytes at hand, by digest.
        largest_bytes: Larger arrays are left alone.
        others: Records of the same probe, elsewhere and at other commits: their bytes are at hand
            too, and are not wanted.

    Returns:
        One entry for each definition of which bytes are at hand or can be computed.
    """
    groups = _group_searchable(probes, largest_bytes)
    known = _group_searchable(others, largest_bytes)
    found = (_make_wanted(it, known.get(name, ()), bits) for name, it in groups.items())
    return tuple(it for it in found if it is not None)


def _group_searchable(
    probes: Iterable[ProbeRecord], largest_bytes: int
) -> dict[str, list[ProbeRecord]]:
    groups: dict[str, list[ProbeRecord]] = {}
    for probe in probes:
        if _is_searchable(probe, largest_bytes):
            groups.setdefault(probe.definition.digest, []).append(probe)
    return groups


def _is_searchable(probe: ProbeRecord, largest_bytes: int) -> bool:
    from reprokit.numerics.witness import can_recover  # slow to load, and rarely needed

    result = probe.record.result
    return (
        result is not None
        and probe.record.status in MEASURED
        and probe.definition.rule is DigestRule.RAW
        and can_recover(result.dtype)
        and 0 < result.size_bytes <= largest_bytes
    )


def _make_wanted(
    group: Sequence[ProbeRecord], others: Sequence[ProbeRecord], bits: Mapping[str, bytes]
) -> Wanted | None:
    results = [it.record.result for it in group if it.record.result is not None]
    elsewhere = [it.record.result for it in others if it.record.result is not None]
    like = results[0]
    if any((it.dtype, it.shape) != (like.dtype, like.shape) for it in results):
        return None
    digests = dict.fromkeys(it.digest for it in results)
    near = (it.digest for it in elsewhere if (it.dtype, it.shape) == (like.dtype, like.shape))
    known = tuple(bits[digest] for digest in dict.fromkeys((*digests, *near)) if digest in bits)
    unknown = tuple(digest for digest in digests if digest not in bits)
    draw = find_normal_draw(group[0].definition, like)
    if not unknown or not (known or draw):
        return None
    return Wanted(dtype=like.dtype, draw=draw, known=known, digests=unknown)


def search_wanted(
    wanted: Wanted,
    budget: Budget,
    *,
    most_tries: int | None = None,
    processes: int = 1,
    report: Callable[[str, Progress], None] | None = None,
) -> Mapping[str, Recovery]:
    """Search for the arrays that have the digests.

    Args:
        wanted: What is looked for.
        budget: For each digest and each array that it is searched from.
        most_tries: Over all of these together; None for no bound.
        processes: How many search.
        report: Called after each batch, with the digest that is looked for.

    Returns:
        What became of each digest that there were tries left for.
    """
    from reprokit.numerics.normal_steps import draw_with_rounded_log
    from reprokit.numerics.recovery import recover_arrays

    known = wanted.known
    if not known and wanted.draw is not None:
        known = (draw_with_rounded_log(wanted.draw),)
    return recover_arrays(
        known,
        wanted.digests,
        wanted.dtype,
        draw=wanted.draw,
        budget=budget,
        most_tries=most_tries,
        processes=processes,
        report=report,
    )
