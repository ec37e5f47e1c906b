"""Runs probes in workers and makes records of whatever happens to them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from reprokit.errors import WorkerError
from reprokit.model.definition_wire import encode_definition
from reprokit.model.record import ControlResult, Failure, Record, Run, Status
from reprokit.model.units import format_bytes
from reprokit.probes.operation import SEPARATOR
from reprokit.run.device import NO_GPU, read_device_facts
from reprokit.run.messages import DeviceJob, ProbeJob
from reprokit.run.outcome import Outcome
from reprokit.run.process import WorkerDied, WorkerProcess, WorkerTimeout, ask_outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from reprokit.model.environment import Device, Gap
    from reprokit.model.probe import Probe
    from reprokit.model.record import Relation
    from reprokit.run.messages import ArrayPlace

SHARED_LIMIT_BYTES = 256 * 1024**2
"""Probes that need less share workers; a heavier one has workers of its own."""

MOST_SHARED_WORKERS = 4
_DEVICE_LIMIT_S = 120.0
HEADROOM = 1.1
"""Memory asked for before a probe is started, over its estimate: MLX itself takes some."""


class Runner:
    """Runs probes, each repeat in a process that has not run that probe before.

    Repeat r of every light probe shares worker r; a worker that a probe brought down is replaced
    for the next. Workers begin to start when the runner is made.

    Args:
        repeats: Runs of each probe that names no number of its own.
        folder: The project's, where workers run; None for where this process does.
        arrays: Where the bytes of all arrays are kept; None for nowhere.
    """

    def __init__(
        self, repeats: int, *, folder: Path | None = None, arrays: ArrayPlace | None = None
    ) -> None:
        self._repeats = repeats
        self._folder = folder
        self._arrays = arrays
        self._number = 0
        self._stopped = False
        self._has_gpu: bool | None = None
        self._single: WorkerProcess | None = None
        self._shared: list[WorkerProcess | None] = []
        try:
            for _ in range(min(repeats, MOST_SHARED_WORKERS)):
                self._shared.append(WorkerProcess(folder=folder))
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop all workers, and start no more."""
        self._stopped = True
        if self._single is not None:
            self._single.kill()
        while self._shared:
            worker = self._shared.pop()
            if worker is not None:
                worker.stop()

    def interrupt(self) -> None:
        """End a run that another thread waits for; `stop` follows."""
        self._stopped = True
        for worker in (self._single, *self._shared):
            if worker is not None:
                worker.kill()

    def ask_device(self) -> tuple[Device, tuple[Gap, ...]]:
        """Ask a worker what MLX computes on, and what of that it cannot tell.

        Raises:
            WorkerError: Where MLX cannot even be loaded, with what it printed.
        """
        worker = self._shared_worker(0)
        problem: object = "no answer"
        try:
            answer = worker.ask(DeviceJob(number=self._next_number()), _DEVICE_LIMIT_S)
            if answer.device is not None:
                self._has_gpu = answer.device.gpu
                return read_device_facts(answer.device)
        except WorkerDied as error:
            problem = error
        except WorkerTimeout:
            pass
        tail = worker.read_last_words()
        self._drop(0)
        raise WorkerError(
            f"a worker ended before its first probe ({problem}): {tail}",
            hint='try `uv run python -c "import mlx.core"`',
        )

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def run_probe(self, probe: Probe, available_bytes: int | None) -> Record:
        """Run all repeats of a probe, until one of them fails.

        Args:
            probe: What to run.
            available_bytes: Memory there is; None where it is unknown.
        """
        needed = int(probe.needed_bytes * HEADROOM)
        if available_bytes is not None and needed > available_bytes:
            reason = f"needs {format_bytes(needed)}, {format_bytes(available_bytes)} available"
            return Record(status=Status.SKIPPED, failure=Failure(reason=reason))
        if probe.definition.device == "gpu" and self._has_gpu is False:
            return Record(status=Status.SKIPPED, failure=Failure(reason=NO_GPU))
        first: Outcome | None = None
        runs: list[Run] = []
        for repeat in range(probe.repeats or self._repeats):
            self._refuse_when_stopped()
            outcome = _refuse_reshaped(first, self._run_once(probe, repeat))
            if outcome.run is None:
                return _make_failed_record(outcome, first, runs)
            runs.append(outcome.run)
            first = _keep_first(first, outcome)
        assert first is not None  # noqa: S101 - there is at least one repeat
        return make_record(first, runs, self._run_control(probe))

    def _refuse_when_stopped(self) -> None:
        if self._stopped:
            raise WorkerError("the runner was stopped")

    def _run_once(self, probe: Probe, repeat: int) -> Outcome:
        if _is_light(probe) and repeat < len(self._shared):
            outcome = self._ask_outcome(self._shared_worker(repeat), probe)
            if outcome.status not in {Status.CRASHED, Status.TIMED_OUT}:
                return outcome
            self._drop(repeat)
            if outcome.status is Status.TIMED_OUT:
                return outcome
            # an earlier probe of this worker may have left the crash behind: ask once more
        with self._start_worker() as worker:
            return self._ask_outcome(worker, probe)

    def _run_control(self, probe: Probe) -> ControlResult | None:
        """Run a probe's control, where it has one, in a fresh process."""
        control = probe.definition.control
        if control is None:
            return None
        changed = replace(probe.definition, device=control.device or probe.definition.device)
        with self._start_worker(control.variables) as worker:
            outcome = self._ask_outcome(worker, replace(probe, definition=changed))
        return ControlResult(status=outcome.status, result=outcome.result, failure=outcome.failure)

    @contextmanager
    def _start_worker(self, variables: Mapping[str, str] | None = None) -> Iterator[WorkerProcess]:
        """Start a worker for one run alone; `stop` ends it, from another thread too."""
        self._refuse_when_stopped()
        with WorkerProcess(variables, folder=self._folder) as worker:
            self._single = worker
            try:
                self._refuse_when_stopped()  # it may have been between the first look and now
                yield worker
            finally:
                self._single = None

    def _ask_outcome(self, worker: WorkerProcess, probe: Probe) -> Outcome:
        job = ProbeJob(
            number=self._next_number(),
            definition=encode_definition(probe.definition),
            time_limit_s=probe.time_limit_s,
            memory_limit_bytes=probe.memory_limit_bytes,
            arrays=self._arrays,
        )
        return ask_outcome(worker, job)

    def _shared_worker(self, index: int) -> WorkerProcess:
        worker = self._shared[index]
        if worker is None:
            worker = self._shared[index] = WorkerProcess(folder=self._folder)
            self._refuse_when_stopped()
        return worker

    def _drop(self, index: int) -> None:
        worker = self._shared[index]
        if worker is not None:
            worker.stop()
        self._shared[index] = None


def _is_light(probe: Probe) -> bool:
    """Tell whether a probe may share a worker: small, and of the catalogue's own code."""
    own_worker = probe.memory_limit_bytes is not None or SEPARATOR in probe.definition.op
    return probe.needed_bytes < SHARED_LIMIT_BYTES and not own_worker


def _refuse_reshaped(first: Outcome | None, outcome: Outcome) -> Outcome:
    """Let a repeat fail that gave equal bytes of another dtype or shape: no digest tells them."""
    if first is None or first.result is None or outcome.result is None:
        return outcome
    before, after = (f"{it.dtype}{list(it.shape)}" for it in (first.result, outcome.result))
    if before == after or first.result.digest != outcome.result.digest:
        return outcome
    reason = f"gave {after} in a later repeat and {before} in the first, of equal bytes"
    return Outcome(status=Status.FAILED, failure=Failure(reason=reason))


def _keep_first(first: Outcome | None, outcome: Outcome) -> Outcome:
    """Keep of repeats the first, and the relation that a later one gave and it did not."""
    if first is None:
        return outcome
    if first.relation is None and outcome.relation is not None:
        return replace(first, relation=replace(outcome.relation, holds=False))
    return first


def _even_out(runs: Sequence[Run], relation: Relation | None) -> tuple[Run, ...]:
    """Keep of runs what can be held against each other.

    Resident sizes only where every run has one: a median over some would mislead. A run without
    the relation that another one gave is one in which it does not hold.
    """
    resident = all(run.peak_rss_bytes is not None for run in runs)
    return tuple(
        replace(
            run,
            peak_rss_bytes=run.peak_rss_bytes if resident else None,
            holds=bool(run.holds) if relation else None,
            warm_holds=bool(run.warm_holds) if relation else None,
        )
        for run in runs
    )


def _make_failed_record(outcome: Outcome, first: Outcome | None, runs: Sequence[Run]) -> Record:
    """Make the record of a probe of which one repeat gave no bytes."""
    return Record(
        status=outcome.status,
        result=first.result if first else None,
        relation=first.relation if first else None,
        runs=_even_out(runs, first.relation if first else None),
        failure=outcome.failure,
    )


def make_record(
    first: Outcome, runs: Sequence[Run], control: ControlResult | None = None
) -> Record:
    """Make the record of repeats that all gave bytes.

    Args:
        first: What the first of them gave.
        runs: How each went.
        control: What its control gave, where it has one.
    """
    digests = {digest for run in runs for digest in (run.digest, run.warm_digest)}
    return Record(
        status=Status.OK if len(digests) == 1 else Status.UNSTABLE,
        result=first.result,
        leaves=first.leaves,
        stages=first.stages,
        relation=first.relation,
        control=control,
        runs=_even_out(runs, first.relation),
    )
