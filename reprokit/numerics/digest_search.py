"""The search for the array that has a digest: few changed elements first, within a budget.

What is found does not depend on how many processes search, since batches are looked at in their
order, whichever ends first. A hit has the digest that was asked for: it cannot be wrong.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from reprokit.numerics.digest_trial import Hit, change_places, try_batch
from reprokit.numerics.subsets import cut_batches, divide_subsets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future

    from reprokit.numerics.neighbourhood import Neighbourhood
    from reprokit.numerics.subsets import Batch

_BATCH_CANDIDATES = 2**16
_BATCH_BYTES = 2**25
"""A batch takes about a tenth of a second, of whatever size the arrays are."""

_ALONE_S = 0.3
"""So long one process searches before others are started, which costs as long."""

_WAITING = 2
"""Batches that wait for each process, so that none waits for a batch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """How far a search may go.

    Attributes:
        candidates: At most so many arrays are tried, the one at hand in any case.
        wall_s: No batch is waited for after so many seconds; None for any time. Where it ends a
            search before `candidates` do, how far the search gets depends on the machine.
    """

    candidates: int = 5_000_000
    wall_s: float | None = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a search is.

    Attributes:
        changes: How many elements are changed at a time.
        searched: Arrays tried.
        wall_s: Seconds since the beginning.
    """

    changes: int
    searched: int
    wall_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """What a search found, or how far it got.

    Attributes:
        candidate: Bytes that have the digest; None where none were found.
        searched: Arrays tried, in their order, up to the one that was found.
        complete_changes: All subsets of up to so many changed elements were tried, where 0 is the
            array at hand alone.
        exhausted: Whether the whole neighbourhood was tried, in vain.
        wall_s: Seconds.
    """

    candidate: bytes | None
    searched: int
    complete_changes: int
    exhausted: bool
    wall_s: float


def search_digest(
    neighbourhood: Neighbourhood,
    digest: str,
    *,
    budget: Budget,
    processes: int = 1,
    report: Callable[[Progress], None] | None = None,
) -> SearchResult:
    """Search a neighbourhood for the array that has a digest.

    Args:
        neighbourhood: The array at hand and the alternatives of its elements.
        digest: Hex sha256 of the little-endian C-order bytes of the array that is looked for.
        budget: How far to go.
        processes: How many search; others than this one are started once it takes long.
        report: Called after each batch.

    Returns:
        The array, proven by its digest taken anew, or how far the search got.

    Raises:
        ValueError: Where the digest is no hex sha256.
    """
    search = _Search(neighbourhood, _read_digest(digest), report)
    if sha256(neighbourhood.base).digest() == search.target:
        return search.end(neighbourhood.base)
    size = max(1, min(_BATCH_CANDIDATES, _BATCH_BYTES // (len(neighbourhood.base) + 1)))
    batches = cut_batches(divide_subsets(neighbourhood.layout, size), budget.candidates - 1)
    with ExitStack() as stack:
        for batch, hit in _try_in_order(search, batches, processes, stack):
            if hit is not None:
                return search.prove(hit)
            search.pass_batch(batch)
            if budget.wall_s is not None and search.wall_s >= budget.wall_s:
                break
    return search.end(None)


def _read_digest(digest: str) -> bytes:
    target = bytes.fromhex(digest)
    if len(target) != sha256().digest_size:
        msg = f"a sha256 has 64 hex digits, not {len(digest)}"
        raise ValueError(msg)
    return target


class _Search:
    """A search under way."""

    def __init__(
        self,
        neighbourhood: Neighbourhood,
        target: bytes,
        report: Callable[[Progress], None] | None,
    ) -> None:
        self.neighbourhood = neighbourhood
        self.target = target
        self.searched = 1
        self._complete = 0
        self._report = report
        self._start = monotonic()

    @property
    def wall_s(self) -> float:
        """Seconds since the beginning."""
        return monotonic() - self._start

    def pass_batch(self, batch: Batch) -> None:
        """Note that nothing of a batch has the digest."""
        self.searched += batch.count
        self._complete = batch.changes - (not batch.ends_level)
        if self._report is not None:
            progress = Progress(changes=batch.changes, searched=self.searched, wall_s=self.wall_s)
            self._report(progress)

    def prove(self, hit: Hit) -> SearchResult:
        """Make the array of a hit, and take its digest anew."""
        candidate = change_places(self.neighbourhood, hit.places)
        if sha256(candidate).digest() != self.target:
            msg = "the search told of an array that does not have the digest"
            raise AssertionError(msg)
        self.searched += hit.rank + 1
        self._complete = len(hit.places) - 1
        return self.end(candidate)

    def end(self, candidate: bytes | None) -> SearchResult:
        """Tell what was found, or how far the search got."""
        whole = self._complete == len(self.neighbourhood.choices)
        return SearchResult(
            candidate=candidate,
            searched=self.searched,
            complete_changes=self._complete,
            exhausted=candidate is None and whole,
            wall_s=self.wall_s,
        )


def _try_in_order(
    search: _Search, batches: Iterator[Batch], processes: int, stack: ExitStack
) -> Iterator[tuple[Batch, Hit | None]]:
    """Try batches, the first ones here, and yield what each gave, in their order."""
    for batch in batches:
        yield batch, try_batch(search.neighbourhood, search.target, batch)
        if processes > 1 and search.wall_s >= _ALONE_S:
            break
    executor: Executor | None = None
    waiting: deque[tuple[Batch, Future[Hit | None]]] = deque()
    for batch in batches:
        executor = executor or _start_processes(processes, stack)
        task = executor.submit(try_batch, search.neighbourhood, search.target, batch)
        waiting.append((batch, task))
        if len(waiting) > processes * _WAITING:
            yield _await_first(waiting)
    while waiting:
        yield _await_first(waiting)


def _await_first(
    waiting: deque[tuple[Batch, Future[Hit | None]]],
) -> tuple[Batch, Hit | None]:
    batch, task = waiting.popleft()
    return batch, task.result()


def _start_processes(processes: int, stack: ExitStack) -> Executor:
    from concurrent.futures import ProcessPoolExecutor  # slow to load, and needed for few searches
    from multiprocessing import get_context

    executor = ProcessPoolExecutor(processes, get_context("spawn"), _follow_parent)
    stack.callback(executor.shutdown, cancel_futures=True)
    return executor


def _follow_parent() -> None:
    """Leave interrupts to the process that started this one, and end when it does."""
    from multiprocessing import parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()
