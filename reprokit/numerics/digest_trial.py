"""Trying arrays against a digest, a batch of subsets at a time.

A batch is tried by one call of a function that depends on its arguments alone: in this process or
in another, before or after other batches.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from hashlib import _Hash

    from reprokit.numerics.neighbourhood import Neighbourhood
    from reprokit.numerics.subsets import Batch, Layout, Places

_BLOCK_BYTES = 64
"""SHA-256 takes so many bytes at a time: up to there states can be shared."""

_SHARED_FROM_BYTES = 512
"""Below, to copy a state costs more than to hash anew what it holds."""

_ONE_BLOCK_BYTES = 55
"""The longest message that is one block with its padding."""

_MOST_PLACES = 512
"""For so many, tails of short arrays with two changes in them are kept: at most 40 MB."""


class Hit(NamedTuple):
    """The subset that has the digest.

    Attributes:
        rank: How many subsets of the batch were tried before it.
        places: Its places.
    """

    rank: int
    places: Places


class _Prepared(NamedTuple):
    """What all batches of a neighbourhood need.

    Attributes:
        base: The array.
        layout: Of the places.
        replacements: By place, its offset and what stands there instead.
        tails: By place, the array from there on with all ways to change one later element; made
            when they are first asked for.
    """

    base: bytes
    layout: Layout
    replacements: list[tuple[int, bytes]]
    tails: dict[int, list[bytes]]

    @property
    def keeps_tails(self) -> bool:
        """Whether tails are few and short enough to be kept."""
        return len(self.base) < _SHARED_FROM_BYTES and len(self.replacements) <= _MOST_PLACES

    def find_later(self, place: int | None) -> int:
        """Return the first place of the elements after a place's; of all, after None."""
        if place is None:
            return 0
        return self.layout.starts[self.layout.elements[place] + 1]

    def change(self, data: bytes, place: int | None) -> bytes:
        """Return an array with a place's alternative in it."""
        if place is None:
            return data
        offset, value = self.replacements[place]
        return data[:offset] + value + data[offset + len(value) :]

    def list_tails(self, place: int) -> list[bytes]:
        """List the array from a place on with all ways to change one later element."""
        if place not in self.tails:
            offset, _ = self.replacements[place]
            data = self.change(self.base, place)
            self.tails[place] = [
                self.change(data, later)[offset:]
                for later in range(self.find_later(place), len(self.replacements))
            ]
        return self.tails[place]


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
        data = change_places(neighbourhood, head[:-1])
        tail = trial.try_from(data, head[-1] if head else None, batch.changes - len(head))
        if tail is not None:
            return Hit(trial.tried - 1, head + tail)
        if not trial.left:
            return None
    return None


def change_places(neighbourhood: Neighbourhood, places: Places) -> bytes:
    """Return the array's bytes with these places' alternatives in them."""
    prepared, data = _prepare(neighbourhood), neighbourhood.base
    for place in places:
        data = prepared.change(data, place)
    return data


@lru_cache(maxsize=1)
def _prepare(neighbourhood: Neighbourhood) -> _Prepared:
    replacements = neighbourhood.list_replacements()
    return _Prepared(neighbourhood.base, neighbourhood.layout, replacements, {})


class _Trial:
    """One batch under way: what it looks for, and how many subsets it has tried."""

    def __init__(self, prepared: _Prepared, target: bytes, count: int) -> None:
        self.tried = 0
        self._prepared = prepared
        self._target = target
        self._count = count
        self._digest_last = _digest_tails if prepared.keeps_tails else _digest_from_states

    @property
    def left(self) -> int:
        """How many subsets may still be tried."""
        return self._count - self.tried

    def try_from(self, data: bytes, place: int | None, rest: int) -> Places | None:
        """Change a place and, in all ways, `rest` later elements; return the places that hit."""
        if rest == 1:
            return self._try_last(data, place)
        changed = self._prepared.change(data, place)
        layout = self._prepared.layout
        element = 0 if place is None else layout.elements[place] + 1
        for later in layout.list_places(element, rest - 1):
            found = self.try_from(changed, later, rest - 1)
            if found is not None:
                return (later, *found)
            if not self.left:
                return None
        return None

    def _try_last(self, data: bytes, place: int | None) -> Places | None:
        digests = self._digest_last(self._prepared, data, place, self.left)
        if self._target not in digests:
            self.tried += len(digests)
            return None
        rank = digests.index(self._target)
        self.tried += rank + 1
        return (self._prepared.find_later(place) + rank,)


def _digest_tails(prepared: _Prepared, data: bytes, place: int | None, most: int) -> list[bytes]:
    """Digest an array with a place changed and, in each of so many ways, one later element."""
    if place is None:
        return _digest_from_states(prepared, data, place, most)
    tails = prepared.list_tails(place)
    if len(tails) > most:
        tails = tails[:most]
    start = data[: prepared.replacements[place][0]]
    function = _find_short_sha256() if len(data) <= _ONE_BLOCK_BYTES else sha256
    return [function(start + tail).digest() for tail in tails]


@lru_cache(maxsize=1)
def _find_short_sha256() -> Callable[[bytes], _Hash]:
    """Find Python's own sha256, which for one block takes half the time of OpenSSL's."""
    for name in ("_sha2", "_sha256"):
        try:
            function: Callable[[bytes], _Hash] = import_module(name).sha256
        except ImportError:
            continue
        return function
    return sha256


def _digest_from_states(
    prepared: _Prepared, data: bytes, place: int | None, most: int
) -> list[bytes]:
    """Do the same, and hash the blocks before the last change once for all its places."""
    first = prepared.find_later(place)
    view = memoryview(prepared.change(data, place))
    state, done, digests = sha256(), 0, []
    for offset, value in prepared.replacements[first : first + most]:
        block = offset - offset % _BLOCK_BYTES
        if block > done:
            state.update(view[done:block])
            done = block
        candidate = state.copy()
        candidate.update(view[block:offset])
        candidate.update(value)
        candidate.update(view[offset + len(value) :])
        digests.append(candidate.digest())
    return digests
