"""Runs many probes, one after the other or several at once, as memory allows."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from reprokit.run.runner import HEADROOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reprokit.model.probe import Probe
    from reprokit.model.record import Record
    from reprokit.run.runner import Runner


def run_probes(
    runners: Sequence[Runner], probes: Sequence[Probe], available: Callable[[], int]
) -> Iterator[tuple[Probe, Record]]:
    """Run probes and give each with its record as it is finished.

    A probe is started when a runner is free and there is memory for its estimate beside those of
    the probes under way; until then it waits for them to end. It is skipped only where it does
    not fit when none is under way. What those under way have taken already counts twice, in
    their estimates and as memory that is not there: a probe may wait longer than it must.

    Args:
        runners: One for each probe that may be under way at the same time.
        probes: What to run; they are started in this order.
        available: Tells the memory there is now, in bytes.
    """
    if len(runners) == 1:
        yield from ((probe, runners[0].run_probe(probe, available())) for probe in probes)
        return
    pending = list(probes)
    free = list(runners)
    running: dict[Future[Record], tuple[Probe, Runner]] = {}
    with ThreadPoolExecutor(max_workers=len(runners)) as pool:
        try:
            while pending or running:
                while pending and free:
                    room_bytes = available()  # one reading, both to start and to skip by
                    if not _may_start(pending[0], [it for it, _ in running.values()], room_bytes):
                        break
                    probe, runner = pending.pop(0), free.pop()
                    future = pool.submit(runner.run_probe, probe, room_bytes)
                    running[future] = (probe, runner)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    probe, runner = running.pop(future)
                    free.append(runner)
                    yield probe, future.result()
        except BaseException:
            for runner in runners:
                runner.interrupt()
            raise


def _may_start(probe: Probe, running: Sequence[Probe], available_bytes: int) -> bool:
    reserved = sum(other.needed_bytes for other in running)
    return not running or HEADROOM * (probe.needed_bytes + reserved) < available_bytes
