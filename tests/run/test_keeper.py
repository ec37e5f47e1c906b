"""Whatever a probe does to stay, it ends with its run, and with the runner."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from reprokit.model.definition import Definition
from reprokit.model.definition_wire import encode_definition
from reprokit.run.messages import ProbeJob
from reprokit.run.process import WorkerDied, WorkerProcess, WorkerTimeout
from tests.processes import is_alive, list_descendants, wait_for_number, wait_until_gone
from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.run.outcome import Outcome

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="there is a keeper on Linux only")

CLINGING = '''
"""Functions that leave something behind."""
import ctypes, os, resource, signal, sys, time
import mlx.core as mx

def daemon():
    """Leave a process without its parent, in a session of its own, that ignores what it can."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            with open("daemon.pid", "w") as file:
                print(os.getpid(), file=file)
            time.sleep(600)
        os._exit(0)
    os.wait()
    while not os.path.exists("daemon.pid"):
        time.sleep(0.01)
    return mx.ones((2,))

def daemon_then_crash():
    daemon()
    os.kill(os.getpid(), signal.SIGSEGV)

def daemon_then_hang():
    daemon()
    time.sleep(600)

def hold():
    """Be busy in C, with the interpreter's lock held, so that no Python runs in this process."""
    with open("worker.pid", "w") as file:
        print(os.getpid(), file=file)
    ctypes.PyDLL(None).sleep(600)

def daemon_then_hold():
    daemon()
    hold()

def ones():
    return mx.ones((2,))

def core_limit():
    return mx.array([resource.getrlimit(resource.RLIMIT_CORE)[0] != 0], dtype=mx.int32)

def odd_signal():
    os.kill(os.getpid(), 40)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with such functions, in which workers are started."""
    (tmp_path / "clinging.py").write_text(CLINGING, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ask(
    worker: WorkerProcess, function: str, *, time_limit_s: float = 60, number: int = 1
) -> Outcome:
    """Have a worker run one of the functions."""
    definition = encode_definition(Definition(op=f"clinging:{function}"))
    job = ProbeJob(number=number, definition=definition, time_limit_s=time_limit_s)
    outcome = worker.ask(job, time_limit_s).outcome
    assert outcome is not None
    return outcome


@linux_only
def test_daemon_ends_with_the_run_that_made_it(folder: Path) -> None:
    """It has left its parent, its process group and its session, and is found all the same."""
    with WorkerProcess() as worker:
        assert ask(worker, "daemon").status == "ok"
        daemon = wait_for_number(folder / "daemon.pid")
        assert is_alive(daemon)
    assert not is_alive(daemon)


@linux_only
def test_daemon_ends_with_a_crash(folder: Path) -> None:
    """What a crashed worker leaves behind is gone by the time that the crash is told."""
    with WorkerProcess() as worker:
        with pytest.raises(WorkerDied, match="SIGSEGV"):
            ask(worker, "daemon_then_crash")
        assert not is_alive(wait_for_number(folder / "daemon.pid"))


@linux_only
def test_daemon_ends_at_the_time_limit(folder: Path) -> None:
    """The same where the worker had to be ended."""
    with WorkerProcess() as worker:
        with pytest.raises(WorkerTimeout):
            ask(worker, "daemon_then_hang", time_limit_s=2)
        assert not is_alive(wait_for_number(folder / "daemon.pid"))


def test_time_limit_holds_where_no_python_can_run(folder: Path) -> None:
    """A probe that is busy in C is stopped, and its record says where it was."""
    with WorkerProcess() as worker:
        with pytest.raises(WorkerTimeout):
            ask(worker, "hold", time_limit_s=2)
        assert not is_alive(wait_for_number(folder / "worker.pid"))
        assert "clinging.py" in worker.read_last_words()
        assert "in hold" in worker.read_last_words()


@linux_only
def test_killed_command_line_leaves_nothing_behind(tmp_path: Path) -> None:
    """After `kill -9` both are gone: a worker with the interpreter locked in C, and a daemon."""
    project = make_project(tmp_path / "project")
    project.write("clinging.py", CLINGING)
    project.write(".gitignore", "__pycache__/\n*.pid\n")
    head = 'schema = "reprokit/suite/1"\nname = "small"\n[[probe]]\nid = "x"\n'
    limits = 'expectation = "machine"\ntime_limit_s = 3000\n'
    project.write("suites/small.toml", f'{head}{limits}op = "clinging:daemon_then_hold"\n')
    project.commit()
    process = subprocess.Popen(
        project.command("snapshot", "--machine", "here"),
        cwd=project.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        held = wait_for_number(project.root / "worker.pid")
        daemon = wait_for_number(project.root / "daemon.pid")
        started = list_descendants(process.pid) | {held, daemon}
    finally:
        process.kill()
        process.wait()
    assert not wait_until_gone(started)


@linux_only
def test_worker_ends_with_its_keeper(folder: Path) -> None:
    """Somebody who kills the keeper alone frees nobody."""
    worker = WorkerProcess()
    with ThreadPoolExecutor(1) as pool, worker:
        asked = pool.submit(ask, worker, "hold")
        held = wait_for_number(folder / "worker.pid")
        os.kill(worker._process.pid, signal.SIGKILL)
        with pytest.raises(WorkerDied, match="SIGKILL"):
            asked.result()
        assert not wait_until_gone({held})


@pytest.mark.usefixtures("folder")
def test_worker_outlives_the_thread_that_started_it() -> None:
    """The system tells of the end of that thread as of the runner's."""
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(WorkerProcess).result()
        pool.submit(worker.wait_until_ready).result()
    with worker:
        assert ask(worker, "ones").status == "ok"
        assert ask(worker, "ones", number=2).status == "ok"


@pytest.mark.usefixtures("folder")
def test_signal_without_a_name_is_told_by_its_number() -> None:
    """The keeper ends by whatever signal ended the worker."""
    with WorkerProcess() as worker, pytest.raises(WorkerDied, match="signal 40"):
        ask(worker, "odd_signal")


@linux_only
@pytest.mark.usefixtures("folder")
def test_crash_leaves_no_core_file() -> None:
    """One would lie in the project, and make its tree another."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("core files are forbidden here")
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        with WorkerProcess() as worker:
            result = ask(worker, "core_limit").result
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    assert result is not None
    assert result.bits == "0" * 8
