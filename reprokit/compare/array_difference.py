"""How two arrays of one definition part, from what is known of each; and what is lacking, if not.

Strangers' manifests may claim anything, so bytes count only where they have the digest that is told
of them and are as many as dtype and shape say.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reprokit.model.definition import DigestRule
from reprokit.model.divergence import BlockDifference
from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.model.divergence import Distance
    from reprokit.model.record import ArrayFacts

_MEANINGS = {
    DigestRule.CAST_FLOAT32: "The digests were taken after a cast to float32",
    DigestRule.OPAQUE: "The digests are their publisher's own",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownArray:
    """An array of one side.

    Attributes:
        machines: Who gave it.
        facts: What their records keep of it.
        bits: The bytes at hand that are said to be its own; None where there are none.
    """

    machines: tuple[str, ...]
    facts: ArrayFacts
    bits: bytes | None

    @property
    def holder(self) -> str:
        """Its machines in words."""
        return ", ".join(self.machines)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayPair:
    """An array of a baseline, and of a candidate.

    Attributes:
        baseline: The one.
        candidate: The other.
        rule: What both digests were taken of.
        searched: For digests whose bytes were searched for, how many arrays were tried.
    """

    baseline: KnownArray
    candidate: KnownArray
    rule: DigestRule
    searched: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayDifference:
    """How a candidate's array is another one than the baseline's.

    Attributes:
        distance: How far they are apart, where the bytes of both are at hand.
        blocks: Which runs of bytes differ, where both have digests of equally long ones.
        gap: Why there is no distance, and what would give one, in a sentence: the first reason;
            empty where there is one, and for equal bytes.
    """

    distance: Distance | None
    blocks: BlockDifference | None
    gap: str


def describe_pair(pair: ArrayPair) -> ArrayDifference:
    """Describe how two arrays differ, as far as can be told."""
    gap = next(_list_gaps(pair), "")
    return ArrayDifference(
        distance=None if gap else _measure_pair(pair), blocks=_compare_blocks(pair), gap=gap
    )


def _list_gaps(pair: ArrayPair) -> Iterator[str]:
    from reprokit.numerics.distance import can_measure

    sides = (pair.baseline, pair.candidate)
    if pair.rule is not DigestRule.RAW:
        meaning = _MEANINGS[pair.rule]
        yield f"{meaning}, and tell nothing of elements; a snapshot on each machine would."
    for side in sides:
        if not side.facts.dtype:
            yield (
                f"Of {side.holder} only a digest is known, without dtype and shape; a snapshot "
                "there would tell more."
            )
    if not _are_alike(pair):
        named = (f"{_name(side.facts)} on {side.holder}" for side in sides)
        yield f"They are other arrays: {', '.join(named)}."
    dtype = pair.baseline.facts.dtype
    if not can_measure(dtype):
        yield f"No distance is known of dtype `{dtype}`."
    for side in sides:
        yield from _find_fault(side)
    yield from _list_unknown(pair)


def _are_alike(pair: ArrayPair) -> bool:
    """Tell whether two arrays have one dtype and one shape."""
    one, other = pair.baseline.facts, pair.candidate.facts
    return (one.dtype, one.shape) == (other.dtype, other.shape)


def _name(facts: ArrayFacts) -> str:
    return f"{facts.dtype}{list(facts.shape)}"


def _find_fault(side: KnownArray) -> Iterator[str]:
    """Say what is wrong with bytes that are said to be an array's."""
    if side.bits is None:
        return
    if hashlib.sha256(side.bits).hexdigest() != side.facts.digest:
        yield f"The bytes at hand for {side.holder} do not have its digest, and are not used."
    elif len(side.bits) != side.facts.size_bytes:
        yield (
            f"The {len(side.bits)} bytes at hand for {side.holder} are no {_name(side.facts)}, "
            "and are not used."
        )


def _list_unknown(pair: ArrayPair) -> Iterator[str]:
    """Say whose bytes are not at hand, and why."""
    unknown = [side for side in (pair.baseline, pair.candidate) if side.bits is None]
    if not unknown:
        return
    from reprokit.numerics.digest import BITS_LIMIT_BYTES

    holders = " and ".join(side.holder for side in unknown)
    size_bytes = unknown[0].facts.size_bytes
    if size_bytes > BITS_LIMIT_BYTES:
        yield (
            f"Manifests keep arrays of at most {BITS_LIMIT_BYTES} bytes, and this one has "
            f"{format_bytes(size_bytes)}; `snapshot --keep-arrays` on {holders} would let "
            "`explain` tell which elements differ."
        )
        return
    tried = sum(pair.searched.get(side.facts.digest, 0) for side in unknown)
    vain = f", and none of {tried} arrays near those at hand is theirs" if tried else ""
    yield f"The bytes of {holders} are not at hand{vain}; a snapshot there would keep them."


def _measure_pair(pair: ArrayPair) -> Distance | None:
    from reprokit.numerics.distance import measure_distance

    one, other = pair.baseline, pair.candidate
    return measure_distance(one.bits or b"", other.bits or b"", one.facts.dtype)


def _compare_blocks(pair: ArrayPair) -> BlockDifference | None:
    one, other = pair.baseline.facts, pair.candidate.facts
    item_bytes = ITEM_BYTES.get(one.dtype)
    if pair.rule is not DigestRule.RAW or item_bytes is None or not _are_alike(pair):
        return None
    if not one.block_bytes or one.block_bytes != other.block_bytes:
        return None
    if len(one.blocks) != len(other.blocks):
        return None
    runs = enumerate(zip(one.blocks, other.blocks, strict=True))
    differing = [index for index, (digest, another) in runs if digest != another]
    if not differing:
        return None
    return BlockDifference(
        block_bytes=one.block_bytes,
        blocks=len(one.blocks),
        differing=len(differing),
        first=differing[0],
        first_element=differing[0] * one.block_bytes // item_bytes,
    )
