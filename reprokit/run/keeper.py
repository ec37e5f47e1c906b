"""Keeps a worker on Linux: ends it with its runner, and with it all that its probes started.

A worker's process forks as soon as it is started. The child is the worker. The parent, its keeper,
runs nobody else's code; it waits until the worker ends, or the runner ends or asks for the end, and
then kills the worker and whatever descends from it, before it ends itself as the worker did.

- The system tells of the runner's end by a signal (`PR_SET_PDEATHSIG` of prctl(2)). The end of
  the one thread that started the worker gives the same signal, so the keeper looks at its parent.
- A probe may hold the interpreter lock in C, so that no Python in the worker can act. The keeper
  acts from outside.
- A daemon, which has left its parent and its session, becomes the keeper's child
  (`PR_SET_CHILD_SUBREAPER`), and so is found.
- The worker in turn is killed by the system should its keeper end first.

Other systems have no keeper: macOS has no prctl, and a process that will load Metal must not be
forked without exec. There a thread of the worker sees the runner's end, and ends its process group.
What this does not reach on macOS: a child that became a daemon (`setsid`) lives on after its
worker; and after `kill -9` of the runner a worker whose probe holds the interpreter lock lives on
until the probe's time limit.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import time
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable

STOP = signal.SIGTERM
"""What a runner sends a keeper, for the end of all."""

_RUNNER_MAY_HAVE_ENDED = signal.SIGHUP
_AWAITED = frozenset({STOP, _RUNNER_MAY_HAVE_ENDED, signal.SIGCHLD})

_LONGEST_END_S = 1.0
_PAUSE_S = 0.001

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
"""From `linux/prctl.h`, part of the system's stable interface."""


def fork_worker(runner_pid: int, descriptors: Iterable[int]) -> None:
    """Fork, and return in the child, which is the worker; the parent keeps it and never returns.

    Neither leaves a core file, which would lie in the project.

    Args:
        runner_pid: The process that must be the parent; where it is not, it has ended already.
        descriptors: The worker's pipes, which the keeper closes on its side.
    """
    keeper_pid = os.getpid()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    _control_process(_PR_SET_CHILD_SUBREAPER, 1)
    worker_pid = os.fork()
    if worker_pid:
        for descriptor in descriptors:
            os.close(descriptor)
        _keep(worker_pid, runner_pid)
    os.setpgid(0, 0)
    _control_process(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper_pid:
        os._exit(1)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _control_process(option: int, value: int) -> None:
    """Call prctl(2). Where the system refuses, a worker is only as safe as elsewhere."""
    unused = ctypes.c_ulong(0)
    ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), unused, unused, unused)


def _keep(worker_pid: int, runner_pid: int) -> NoReturn:
    _control_process(_PR_SET_PDEATHSIG, _RUNNER_MAY_HAVE_ENDED)
    while os.getppid() == runner_pid and not _has_ended(worker_pid):
        if signal.sigwait(_AWAITED) == STOP:
            break
    # until it is waited for, no other process can have its number, nor a group its group's
    for kill in (os.kill, os.killpg):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(worker_pid, signal.SIGKILL)
    _, status = os.waitpid(worker_pid, 0)
    _end_children()
    _end_as(os.waitstatus_to_exitcode(status))


def _has_ended(worker_pid: int) -> bool:
    """Tell whether the worker has ended; wait for adopted children that have."""
    while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if ended.si_pid == worker_pid:
            return True
        os.waitpid(ended.si_pid, 0)
    return False


def _end_children() -> None:
    """Kill all children, and theirs, which become ours when they lose their parent."""
    deadline = time.monotonic() + _LONGEST_END_S
    with contextlib.suppress(ChildProcessError):  # there is none left
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                for child in _list_children():
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(child, signal.SIGKILL)
                time.sleep(_PAUSE_S)


def _list_children() -> list[int]:
    """List this process's children; none where the system does not tell."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123 - pathlib loads slowly
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _end_as(code: int) -> NoReturn:
    """End by an exit code, or by a signal where it is negative."""
    if code < 0:
        _control_process(_PR_SET_DUMPABLE, 0)
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.kill(os.getpid(), -code)
    os._exit(abs(code))
