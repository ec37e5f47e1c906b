"""Starts a worker's process, as `python -m reprokit.run.start JOBS RESULTS RUNNER`.

The arguments are the numbers of two open file descriptors, and the runner's process id. Modules
are loaded as late as can be: every worker passes here.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def defer_inspect() -> None:
    """Have `inspect` loaded when something of it is used, not when it is imported.

    `dataclasses` imports it, which takes as long as loading MLX, and uses next to nothing of it.
    """
    sys.modules.setdefault("inspect", _DeferredModule("inspect"))


class _DeferredModule(ModuleType):
    """Stands for a module until something of it is used."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = find_spec(name)
        if sys.version_info < (3, 14):
            self.get_annotations = self._read_annotations

    def __getattr__(self, attribute: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = import_module(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, attribute)

    def _read_annotations(self, owner: object, **options: bool) -> object:
        """Do for a class what `inspect.get_annotations` does, and `dataclasses` needs from 3.12."""
        if isinstance(owner, type) and not options:
            return dict(vars(owner).get("__annotations__", {}))
        del self.get_annotations
        return self.get_annotations(owner, **options)


def start(jobs_fd: int, results_fd: int, runner_pid: int) -> None:
    """Become a worker; on Linux in a child, which this process keeps."""
    gc.disable()  # until the worker is ready: while modules load there is nothing to collect
    if sys.platform == "linux":
        from reprokit.run.keeper import fork_worker

        fork_worker(runner_pid, (jobs_fd, results_fd))
    defer_inspect()
    from reprokit.run.worker import serve

    serve(jobs_fd, results_fd)


if __name__ == "__main__":
    start(*map(int, sys.argv[1:4]))
