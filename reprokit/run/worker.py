"""A worker process: takes jobs from one pipe, answers on another, until the first is closed.

Standard output and error are left to the probes.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import threading
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.run.execute import import_function, run_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_LIMIT_S = 1e6
"""About twelve days; the system's clocks take no time without end."""


def serve(jobs_fd: int, results_fd: int) -> None:
    """Answer jobs, one after the other, in the main thread.

    A second thread reads them, so that the end of the first pipe, which is the runner's end, ends
    this process in the middle of a job too, and whatever a probe started.

    Args:
        jobs_fd: Where jobs come from, one JSON value a line.
        results_fd: Where answers go.
    """
    own_pid = os.getpid()
    jobs: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_read_jobs, args=(jobs_fd, jobs), daemon=True).start()
    mx.eval(mx.zeros(()))
    gc.enable()
    _write_all(results_fd, b'{"number": 0}\n')
    while True:
        answer = _answer(jobs.get())
        if os.getpid() != own_pid:
            os._exit(0)  # a child that a probe forked and let run on: it has no say
        _write_all(results_fd, answer + b"\n")


def _read_jobs(jobs_fd: int, jobs: SimpleQueue[dict[str, Any]]) -> None:
    with os.fdopen(jobs_fd, "rb") as lines:
        for line in lines:
            jobs.put(json.loads(line))
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _answer(job: dict[str, Any]) -> bytes:
    """Do a job, and write its `Answer`; the standard library's JSON loads faster than msgspec."""
    if job["type"] == "device":
        from reprokit.run.device import describe_device

        return _encode({"number": job["number"], "device": describe_device()})
    with _limit_time(job["time_limit_s"]):
        outcome = _find_outcome(job)
    mx.clear_cache()  # while this worker waits, other probes may need the memory
    return _encode({"number": job["number"], "outcome": outcome})


def _find_outcome(job: dict[str, Any]) -> dict[str, Any]:
    if job["type"] == "import":
        return import_function(job["op"])
    return run_definition(
        job["definition"], memory_limit_bytes=job["memory_limit_bytes"], arrays=job["arrays"]
    )


@contextmanager
def _limit_time(limit_s: float) -> Iterator[None]:
    """After so many seconds write where this process is, and end it, whatever holds it up."""
    faulthandler.dump_traceback_later(min(limit_s, _LONGEST_LIMIT_S), exit=True, file=2)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def _encode(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, allow_nan=False).encode("ascii")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
