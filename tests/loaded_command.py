"""The command, loaded once: each run is a process of its own, forked from one that has loaded it.

To load it takes most of a short run, and the tests have hundreds. What a run sees is what
`python -m reprokit` sees: its folder, its variables, its streams, its exit.

    python -m tests.loaded_command

reads lines of JSON (`folder`, `variables`, `arguments`, `output`, `errors`), and writes exit codes.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROOMS = ("cli", "compare", "model", "observe", "render", "store")
"""What a command may load: nothing in them starts a thread, or loads MLX, by being loaded."""

_PATIENCE_S = 120
_OF_TESTS = ("PYTEST_",)


class LoadedCommand:
    """A process that has loaded the command, and forks."""

    def __init__(self) -> None:
        self._variables = _list_variables(os.environ)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def suits(self, variables: Mapping[str, str]) -> bool:
        """Tell whether a run has the variables that there were at loading: some count then."""
        return _list_variables(variables) == self._variables and self._process.poll() is None

    def run(
        self, arguments: Sequence[str], folder: Path, variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run `reprokit` with arguments, in a folder."""
        with TemporaryDirectory() as streams:
            output, errors = Path(streams) / "output", Path(streams) / "errors"
            request = {
                "folder": str(folder),
                "variables": dict(variables),
                "arguments": list(arguments),
                "output": str(output),
                "errors": str(errors),
            }
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            texts = output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        return subprocess.CompletedProcess(list(arguments), code, *texts)


@cache
def load_command() -> LoadedCommand:
    """Load the command, once in a process; it ends with the process, as its input does then."""
    return LoadedCommand()


def _list_variables(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: it for name, it in variables.items() if not name.startswith(_OF_TESTS)}


def _load_rooms() -> None:
    for room in _ROOMS:
        package = import_module(f"reprokit.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(found.name)
    with suppress(ImportError):  # Typer loads them for the first option that it reads
        for name in ("pydantic.fields", "pydantic.type_adapter", "pydantic.types"):
            import_module(name)
    gc.freeze()
    assert "mlx.core" not in sys.modules


def _wait_for_run() -> dict[str, Any] | None:
    """Fork for each request; return it in the fork, and None where there is none any more."""
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            return dict(json.loads(line))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201
    return None


def _become(request: Mapping[str, Any]) -> None:
    """Take on a run's folder, variables, arguments and streams."""
    signal.alarm(_PATIENCE_S)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    sys.argv[1:] = request["arguments"]
    sys.path[0] = request["folder"]
    for number, path in enumerate((os.devnull, request["output"], request["errors"])):
        opened = os.open(path, os.O_RDONLY if not number else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, errors="backslashreplace")  # noqa: SIM115


if __name__ == "__main__":
    _load_rooms()
    with suppress(KeyboardInterrupt):
        found = _wait_for_run()
        if found is not None:
            _become(found)
            runpy.run_module("reprokit", run_name="__main__", alter_sys=True)
