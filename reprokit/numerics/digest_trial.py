"""Trying arrays against a digest, a batch of subsets at a time.

A batch is tried by one call of a function that depends on its arguments alone: in this process or
in another, before or after other batches.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from reprokit.numerics.neighbourhood import Neighbourhood
    from reprokit.numerics.subsets import Batch, Layout, Places

_BLOCK_BYTES = 64
"""SHA-256 takes so many bytes at a time: up to there states can be shared."""

_SHARED_FROM_BYTES = 512
"""Below, to copy a state costs more than to hash anew what it holds."""


class Hit(NamedTuple):
    """The subset that has the digest.

    Attributes:
        rank: How many subsets of the batch were tried before it.
        places: Its places.
    """

    rank: int
    places: Places


class _Prepared(NamedTuple):
    """What all batches of a neighbourhood need; replacements by place."""

    layout: Layout
    replacements: list[tuple[int, bytes]]
    tails: list[tuple[int, bytes]]
    item_bytes: int


def try_batch(neighbourhood: Neighbourhood, target: bytes, batch: Batch) -> Hit | None:
    """Try the subsets of a batch in their order.

    Args:
        neighbourhood: The array and its alternatives.
        target: The digest that is looked for, 32 bytes.
        batch: Which subsets.

    Returns:
        The first that gives the digest; None where none of the first `batch.count` does.
    """
    trial = _Trial(_prepare(neighbourhood), target, batch.count)
    for head in batch.heads:
        data = change_places(neighbourhood, head)
        element = trial.prepared.layout.elements[head[-1]] + 1 if head else 0
        tail = trial.try_from(data, element, batch.changes - len(head))
        if tail is not None:
            return Hit(trial.tried - 1, head + tail)
        if not trial.left:
            return None
    return None


def change_places(neighbourhood: Neighbourhood, places: Places) -> bytes:
    """Return the array's bytes with these places' alternatives in them."""
    data = bytearray(neighbourhood.base)
    replacements = _prepare(neighbourhood).replacements
    for place in places:
        offset, value = replacements[place]
        data[offset : offset + len(value)] = value
    return bytes(data)


@lru_cache(maxsize=2)
def _prepare(neighbourhood: Neighbourhood) -> _Prepared:
    base, size = neighbourhood.base, neighbourhood.item_bytes
    replacements = neighbourhood.list_replacements()
    short = len(base) < _SHARED_FROM_BYTES
    tails = [(at, value + base[at + size :]) for at, value in replacements] if short else []
    return _Prepared(neighbourhood.layout, replacements, tails, size)


class _Trial:
    """One batch under way: what it looks for, and how many subsets it has tried."""

    def __init__(self, prepared: _Prepared, target: bytes, count: int) -> None:
        self.prepared = prepared
        self.tried = 0
        self._target = target
        self._count = count
        self._digest_last = _digest_tails if prepared.tails else _digest_from_states

    @property
    def left(self) -> int:
        """How many subsets may still be tried."""
        return self._count - self.tried

    def try_from(self, data: bytes, element: int, rest: int) -> Places | None:
        """Try all ways to change `rest` elements from one on; return the places that hit."""
        layout = self.prepared.layout
        if rest == 1:
            return self._try_last(data, layout.starts[element])
        for place in layout.list_places(element, rest - 1):
            offset, value = self.prepared.replacements[place]
            changed = data[:offset] + value + data[offset + len(value) :]
            found = self.try_from(changed, layout.elements[place] + 1, rest - 1)
            if found is not None:
                return (place, *found)
            if not self.left:
                return None
        return None

    def _try_last(self, data: bytes, start: int) -> Places | None:
        digests = self._digest_last(self.prepared, data, start, self.left)
        if self._target not in digests:
            self.tried += len(digests)
            return None
        rank = digests.index(self._target)
        self.tried += rank + 1
        return (start + rank,)


def _digest_tails(prepared: _Prepared, data: bytes, start: int, most: int) -> list[bytes]:
    """Digest a short array with one change more, at each of so many places."""
    return [
        sha256(data[:offset] + tail).digest()
        for offset, tail in prepared.tails[start : start + most]
    ]


def _digest_from_states(prepared: _Prepared, data: bytes, start: int, most: int) -> list[bytes]:
    """Digest a longer array likewise; blocks before the change are hashed once for all places."""
    view, size = memoryview(data), prepared.item_bytes
    state, done, digests = sha256(), 0, []
    for offset, value in prepared.replacements[start : start + most]:
        block = offset - offset % _BLOCK_BYTES
        if block > done:
            state.update(view[done:block])
            done = block
        candidate = state.copy()
        candidate.update(data[block:offset] + value)
        candidate.update(view[offset + size :])
        digests.append(candidate.digest())
    return digests
