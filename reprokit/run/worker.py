"""A worker process: takes jobs from one pipe, answers on another, until the first is closed.

Started as `python -m reprokit.run.worker JOBS RESULTS`, with the numbers of two open file
descriptors. Standard output and error are left to the probes.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from queue import SimpleQueue

from reprokit.model.definition_wire import decode_definition
from reprokit.numerics.backend import mx
from reprokit.run.device import describe_device
from reprokit.run.execute import run_definition
from reprokit.run.messages import Answer, DeviceJob, Job, decode_job, encode


def serve(jobs_fd: int, results_fd: int) -> None:
    """Answer jobs, one after the other, in the main thread.

    A second thread reads them, so that the end of the first pipe, which is the runner's end, ends
    this process in the middle of a job too, and whatever a probe started.

    Args:
        jobs_fd: Where jobs come from, one JSON value a line.
        results_fd: Where answers go.
    """
    own_pid = os.getpid()
    jobs: SimpleQueue[Job] = SimpleQueue()
    threading.Thread(target=_read_jobs, args=(jobs_fd, jobs), daemon=True).start()
    mx.eval(mx.zeros(()))
    _write_all(results_fd, encode(Answer(number=0)) + b"\n")
    while True:
        answer = encode(_answer(jobs.get()))
        if os.getpid() != own_pid:
            os._exit(0)  # a child that a probe forked and let run on: it has no say
        _write_all(results_fd, answer + b"\n")


def _read_jobs(jobs_fd: int, jobs: SimpleQueue[Job]) -> None:
    with os.fdopen(jobs_fd, "rb") as lines:
        for line in lines:
            jobs.put(decode_job(line))
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _answer(job: Job) -> Answer:
    if isinstance(job, DeviceJob):
        return Answer(number=job.number, device=describe_device())
    outcome = run_definition(
        decode_definition(job.definition), memory_limit_bytes=job.memory_limit_bytes
    )
    return Answer(number=job.number, outcome=outcome)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
