"""One worker process, seen from the runner: started, asked, watched, stopped."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Self

import msgspec

from reprokit.errors import WorkerError
from reprokit.model.record import Failure, Status
from reprokit.run.last_words import read_last_words
from reprokit.run.messages import Answer, Job, decode_answer, encode
from reprokit.run.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from reprokit.run.messages import ImportJob, ProbeJob

_POLL_S = 0.1
"""How often a silent worker is looked at: its death need not close the pipe, if it forked."""

_START_S = 120.0
_END_S = 2.0
"""Longer than a keeper takes to end what a worker left behind; see `run.keeper`."""

_GRACE_S = 1.0
"""How much later than a worker itself the runner ends it at its time limit."""

_CHUNK_BYTES = 1 << 16
_TAIL_BYTES = 1 << 16


class WorkerDied(Exception):  # noqa: N818 - it says what happened
    """A worker ended without an answer; the message tells how, as `SIGABRT` or `exit 3`."""


class WorkerTimeout(Exception):  # noqa: N818 - as above
    """A worker gave no answer in the time it had; it has been killed."""


class WorkerProcess:
    """A running worker.

    It has a session of its own, so that Ctrl-C reaches the runner alone, and what a probe starts
    ends with it; see `run.keeper`. What it and its probes print goes to a temporary file without a
    name. A crash leaves a traceback there.

    Args:
        variables: Environment variables that it has beside those of this process.
        folder: Where it runs, which is where users' functions are; None for where this process
            does.
    """

    def __init__(
        self, variables: Mapping[str, str] | None = None, *, folder: Path | None = None
    ) -> None:
        job_read, self._jobs = os.pipe()
        self._results, result_write = os.pipe()
        self._buffer = b""
        self._ready = False
        self._job_start = 0
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        module = [sys.executable, "-P", "-X", "faulthandler", "-m", "reprokit.run.start"]
        try:
            self._process = subprocess.Popen(
                [*module, str(job_read), str(result_write), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=self._printed,
                pass_fds=(job_read, result_write),
                start_new_session=True,
                cwd=folder,
                env=os.environ | dict(variables or {}),
            )
        except OSError as error:
            os.close(self._jobs)
            os.close(self._results)
            self._printed.close()
            raise WorkerError(f"a worker could not be started: {error.strerror}") from None
        finally:
            os.close(job_read)
            os.close(result_write)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def wait_until_ready(self) -> None:
        """Wait until the worker has loaded MLX; its first job waits too.

        Raises:
            WorkerDied: It ended instead.
            WorkerTimeout: It took longer than any worker should.
        """
        if not self._ready:
            self._read_answer(0, time.monotonic() + _START_S)
            self._ready = True

    def ask(self, job: Job, time_limit_s: float) -> Answer:
        """Send a job and wait for its answer.

        Args:
            job: What to do; its number must be one that this worker had not yet.
            time_limit_s: Seconds it may take, from when the worker is ready. A worker that ends
                later than this ran out of time, whatever ended it.

        Raises:
            WorkerDied: The process ended, or wrote something else than an answer.
            WorkerTimeout: It took longer. In both cases the process is no more.
        """
        self.wait_until_ready()
        self._job_start = os.fstat(self._printed.fileno()).st_size
        deadline = time.monotonic() + time_limit_s
        try:
            os.write(self._jobs, encode(job) + b"\n")
        except BrokenPipeError:
            raise WorkerDied(self._describe_end()) from None
        return self._read_answer(job.number, deadline)

    def _read_answer(self, number: int, deadline: float) -> Answer:
        while b"\n" not in self._buffer:
            self._receive(deadline)
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            answer = decode_answer(line)
        except msgspec.DecodeError:
            answer = None
        if answer is None or answer.number != number:
            self.kill()
            raise WorkerDied("it wrote on the pipe of its results")
        return answer

    def _receive(self, deadline: float) -> None:
        ended = self._process.poll() is not None
        ready, _, _ = select.select([self._results], [], [], 0 if ended else _POLL_S)
        chunk = os.read(self._results, _CHUNK_BYTES) if ready else b""
        if chunk:
            self._buffer += chunk
        elif ready or ended:
            end = self._describe_end()
            raise WorkerTimeout if time.monotonic() > deadline else WorkerDied(end)
        elif time.monotonic() > deadline + _GRACE_S:
            self.kill()
            raise WorkerTimeout

    def _describe_end(self) -> str:
        """Say how the process ended; one that closed its pipes and lives on is killed."""
        try:
            code = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return "it closed the pipe of its results"
        if code >= 0:
            return f"exit {code}"
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"

    def read_last_words(self) -> str:
        """Return the last of what was printed since the last job, fit to be published."""
        end = self._printed.seek(0, os.SEEK_END)
        self._printed.seek(max(self._job_start, end - _TAIL_BYTES))
        return read_last_words(self._printed.read().decode("utf-8", errors="replace"))

    def kill(self) -> None:
        """End the process and what it started, at once."""
        if sys.platform == "linux":
            self._process.terminate()  # its keeper ends the worker, and all that descends from it
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_S)
                return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the process and what it started; it cannot be asked any more."""
        try:
            self.kill()
        finally:
            os.close(self._jobs)
            os.close(self._results)
            self._printed.close()


def ask_outcome(worker: WorkerProcess, job: ProbeJob | ImportJob) -> Outcome:
    """Have a job done, and make an outcome of whatever happens to the worker."""
    try:
        answer = worker.ask(job, job.time_limit_s)
    except WorkerDied as error:
        failure = Failure(reason=str(error), stderr=worker.read_last_words())
        return Outcome(status=Status.CRASHED, failure=failure)
    except WorkerTimeout:
        failure = Failure(
            reason=f"no result within {job.time_limit_s:g} s", stderr=worker.read_last_words()
        )
        return Outcome(status=Status.TIMED_OUT, failure=failure)
    if answer.outcome is None:
        return Outcome(status=Status.CRASHED, failure=Failure(reason="an answer without one"))
    return answer.outcome
