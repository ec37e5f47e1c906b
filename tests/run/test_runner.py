"""Which probes a runner starts workers for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reprokit.errors import WorkerError
from reprokit.model.definition import Definition
from reprokit.model.probe import Expectation, Probe
from reprokit.model.record import ArrayFacts, Relation, Run, Status
from reprokit.run.outcome import Outcome
from reprokit.run.process import WorkerProcess
from reprokit.run.runner import SHARED_LIMIT_BYTES, Runner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reprokit.model.record import Record


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

            def __init__(
                self, variables: Mapping[str, str] | None = None, *, folder: Path | None = None
            ) -> None:
                runner.interrupt()
                super().__init__(variables, folder=folder)

        monkeypatch.setattr("reprokit.run.runner.WorkerProcess", Late)
        with pytest.raises(WorkerError, match="was stopped"):
            runner.run_probe(declare(), None)


RUN = Run(digest="a", warm_digest="a", cold_s=1.0, warm_s=1.0, peak_bytes=0, peak_rss_bytes=None)
OUTCOME = Outcome(
    status=Status.OK, result=ArrayFacts(digest="a", dtype="float32", shape=(2, 3)), run=RUN
)


def repeat(monkeypatch: pytest.MonkeyPatch, *outcomes: Outcome) -> Record:
    """Run a probe whose repeats come to these outcomes."""
    monkeypatch.setattr(Runner, "_run_once", lambda _runner, _probe, repeat: outcomes[repeat])
    with Runner(len(outcomes)) as runner:
        return runner.run_probe(declare(), None)


@pytest.mark.parametrize(
    ("changes", "array"),
    [({"shape": (3, 2)}, "float32[3, 2]"), ({"dtype": "int32"}, "int32[2, 3]")],
)
def test_equal_bytes_of_another_array_do_not_repeat(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], array: str
) -> None:
    """No digest tells them apart: the record says which repeat gave what."""
    assert OUTCOME.result is not None
    other = replace(OUTCOME, result=replace(OUTCOME.result, **changes))
    record = repeat(monkeypatch, OUTCOME, other)
    assert (record.status, record.result) == (Status.FAILED, OUTCOME.result)
    assert record.failure is not None
    assert record.failure.reason == (
        f"gave {array} in a later repeat and float32[2, 3] in the first, of equal bytes"
    )


def test_other_bytes_of_another_array_are_unstable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests tell those apart, and both are kept."""
    other = Outcome(
        status=Status.OK,
        result=ArrayFacts(digest="b", dtype="int32", shape=(1,)),
        run=replace(RUN, digest="b", warm_digest="b"),
    )
    record = repeat(monkeypatch, OUTCOME, other)
    assert (record.status, record.digest_counts) == (Status.UNSTABLE, {"a": 2, "b": 2})


def test_a_relation_of_a_later_repeat_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first repeat gave none, it did not hold there."""
    relation = Relation(name="x", holds=True)
    later = replace(OUTCOME, relation=relation, run=replace(RUN, holds=True, warm_holds=True))
    record = repeat(monkeypatch, OUTCOME, later)
    assert record.relation == replace(relation, holds=False)
    assert record.relation_counts == {True: 2, False: 2}
    assert repeat(monkeypatch, later, later).relation == relation


def test_workers_run_in_the_projects_folder(tmp_path: Path) -> None:
    """A user's function is found there, wherever this process runs."""
    (tmp_path / "mine.py").write_text("import mlx.core as mx\ndef ones():\n    return mx.ones(2)\n")
    probe = replace(declare(), definition=Definition(op="mine:ones"))
    with Runner(1, folder=tmp_path) as runner:
        assert runner.run_probe(probe, None).status is Status.OK
    with Runner(1) as runner:
        failure = runner.run_probe(probe, None).failure
    assert failure is not None
    assert failure.reason == "ModuleNotFoundError: No module named 'mine'"
