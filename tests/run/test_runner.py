"""Which probes a runner starts workers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.errors import WorkerError
from reprokit.model.definition import Definition
from reprokit.model.probe import Expectation, Probe
from reprokit.model.record import Status
from reprokit.run.process import WorkerProcess
from reprokit.run.runner import SHARED_LIMIT_BYTES, Runner

if TYPE_CHECKING:
    from collections.abc import Mapping


def declare(*, device: str = "default", needed_bytes: int = SHARED_LIMIT_BYTES) -> Probe:
    """Declare a small draw that has a worker of its own."""
    return Probe(
        id="x",
        suite="small",
        definition=Definition(
            op="random.normal", arguments={"shape": (4,)}, seed=0, dtype="float32", device=device
        ),
        expectation=Expectation.FAMILY,
        needed_bytes=needed_bytes,
    )


def test_no_worker_is_started_for_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a worker has told that there is none, such probes are skipped at once."""
    with Runner(1) as runner:
        before = runner.run_probe(declare(device="gpu"), None)
        if before.status is not Status.SKIPPED:
            pytest.skip("there is a GPU")
        runner.ask_device()
        monkeypatch.setattr("reprokit.run.runner.WorkerProcess", None)
        assert runner.run_probe(declare(device="gpu"), None) == before
        assert before.failure is not None
        assert before.failure.reason == "no GPU on this machine"


def test_interrupt_while_a_worker_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that the interrupt could not see yet is not left to run its probe."""
    with Runner(1) as runner:

        class Late(WorkerProcess):
            """A worker during whose start the interrupt comes."""

            def __init__(self, variables: Mapping[str, str] | None = None) -> None:
                runner.interrupt()
                super().__init__(variables)

        monkeypatch.setattr("reprokit.run.runner.WorkerProcess", Late)
        with pytest.raises(WorkerError, match="was stopped"):
            runner.run_probe(declare(), None)
