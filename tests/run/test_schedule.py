"""Several probes at a time, as memory allows; the readings of memory are the tests' own."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from reprokit.model.definition import Definition
from reprokit.model.probe import Expectation, Probe
from reprokit.model.record import Status
from reprokit.run.runner import Runner
from reprokit.run.schedule import run_probes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reprokit.model.record import Record

GIGABYTE = 10**9
BUSY = """
import pathlib, time
import mlx.core as mx

def work(*, name: str):
    mark = pathlib.Path(name + ".busy")
    mark.touch()
    time.sleep(0.3)
    others = [path for path in pathlib.Path().glob("*.busy") if path != mark]
    mark.unlink()
    return mx.array([len(others)])

def meet(*, name: str):
    pathlib.Path(name + ".here").touch()
    until = time.monotonic() + 20
    while len(list(pathlib.Path().glob("*.here"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    return mx.array([len(list(pathlib.Path().glob("*.here")))])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with functions that count how many run beside them, or wait for another."""
    (tmp_path / "busy.py").write_text(BUSY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def need(name: str, needed_bytes: int, function: str = "work") -> Probe:
    """Declare a probe of one of the functions."""
    return Probe(
        id=name,
        suite="busy",
        definition=Definition(op=f"busy:{function}", arguments={"name": name}),
        expectation=Expectation.MACHINE,
        needed_bytes=needed_bytes,
    )


def run(probes: list[Probe], available: Callable[[], int]) -> dict[str, Record]:
    """Run probes, two at a time, once each."""
    with ExitStack() as stack:
        runners = [stack.enter_context(Runner(1)) for _ in range(2)]
        return {probe.id: record for probe, record in run_probes(runners, probes, available)}


def read_count(record: Record) -> int:
    """Read what one of the functions counted."""
    assert record.result is not None
    assert record.result.bits is not None
    return int.from_bytes(bytes.fromhex(record.result.bits), "little")


def test_probe_waits_for_the_memory_of_others(folder: Path) -> None:
    """While another runs it would be short of memory; afterwards it is not, and runs."""

    def available() -> int:
        return GIGABYTE if list(folder.glob("*.busy")) else 9 * GIGABYTE

    records = run([need("first", 6 * GIGABYTE), need("second", 6 * GIGABYTE)], available)
    assert [record.status for record in records.values()] == [Status.OK] * 2
    assert [read_count(record) for record in records.values()] == [0, 0]


@pytest.mark.usefixtures("folder")
def test_small_probes_run_side_by_side() -> None:
    """Where both fit, nobody waits."""
    probes = [need(name, GIGABYTE, "meet") for name in ("first", "second")]
    records = run(probes, lambda: 9 * GIGABYTE)
    assert [read_count(record) for record in records.values()] == [2, 2]


@pytest.mark.usefixtures("folder")
def test_memory_that_goes_between_readings_skips_nothing() -> None:
    """A probe that was found to fit beside another is not measured against a later reading."""
    readings = iter([9 * GIGABYTE, 9 * GIGABYTE])
    records = run(
        [need("first", GIGABYTE), need("second", GIGABYTE)], lambda: next(readings, 10**6)
    )
    assert Status.SKIPPED not in {record.status for record in records.values()}


@pytest.mark.usefixtures("folder")
def test_probe_that_never_fits_is_skipped_when_it_is_alone() -> None:
    """It waits for the other, and is then skipped, with the numbers; what comes after it runs."""
    probes = [need("small", GIGABYTE), need("large", 20 * GIGABYTE), need("last", GIGABYTE)]
    records = run(probes, lambda: 9 * GIGABYTE)
    assert list(records) == ["small", "large", "last"]
    assert records["large"].status is Status.SKIPPED
    assert records["large"].failure is not None
    assert records["large"].failure.reason == "needs 22.0 GB, 9.0 GB available"
    assert records["last"].status is Status.OK
