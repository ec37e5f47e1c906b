"""Runs many probes, one at a time or several, as memory allows."""

from __future__ import annotations

from collections import deque
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
    pending = deque(probes)
    free = list(runners)
    running: dict[Future[Record], tuple[Probe, Runner]] = {}
    with ThreadPoolExecutor(max_workers=len(runners)) as pool:

        def start_what_fits() -> None:
            while pending and free:
                room_bytes = available()  # one reading, both to start and to skip by
                if not _may_start(pending[0], [it for it, _ in running.values()], room_bytes):
                    return
                probe, runner = pending.popleft(), free.pop()
                running[pool.submit(runner.run_probe, probe, room_bytes)] = (probe, runner)

        try:
            start_what_fits()
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                finished = [(future, *running.pop(future)) for future in done]
                free += [runner for _, _, runner in finished]
                start_what_fits()  # so that probes run while the caller writes records down
                for future, probe, _ in finished:
                    yield probe, future.result()
        except BaseException:
            for runner in runners:
                runner.interrupt()
            raise


def _may_start(probe: Probe, running: Sequence[Probe], available_bytes: int) -> bool:
    reserved = sum(other.needed_bytes for other in running)
    return not running or HEADROOM * (probe.needed_bytes + reserved) < available_bytes
