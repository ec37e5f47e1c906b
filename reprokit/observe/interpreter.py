"""The Python that runs this: what it is, how it was built, and who installed it."""

from __future__ import annotations

import platform
import re
import sys
import sysconfig
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from reprokit.model.environment import Interpreter
from reprokit.observe.gaps import UnknownFactError
from reprokit.observe.privacy import scrub

if TYPE_CHECKING:
    from reprokit.observe.gaps import GapCollector

_UV_FOLDER = re.compile(r"(?:cpython|pypy|graalpy)-\d[\w.+]*-(?:linux|macos)-\w+-\w+")
_HOMEBREW_FOLDERS = ("/opt/homebrew", "/home/linuxbrew/.linuxbrew", "/usr/local/Cellar")
_PYTHON_ORG_FOLDER = "/Library/Frameworks/Python.framework"
_SYSTEM_FOLDERS = (
    "/System/Library",
    "/Library/Developer/CommandLineTools",
    "/Applications/Xcode.app",
)


def observe_interpreter(collector: GapCollector) -> Interpreter:
    """Observe the Python that runs this, which is the one that runs the workers."""
    return Interpreter(
        implementation=platform.python_implementation(),
        version=platform.python_version(),
        build=collector.ask("python.build", read_build),
        compiler=collector.ask("python.compiler", read_compiler),
        manager=collector.ask("python.manager", read_manager),
        free_threaded=runs_without_lock(),
    )


def read_build() -> str:
    """Return the branch and the date of the build, as `main, Oct 16 2024 08:56:36`.

    Raises:
        UnknownFactError: Where the interpreter does not tell.
    """
    try:
        told = [part for part in platform.python_build() if part]
    except ValueError:
        told = []
    if not told:
        raise UnknownFactError("this Python does not tell its build")
    return scrub(", ".join(told))


def read_compiler() -> str:
    """Return what compiled the interpreter, as `Clang 18.1.8`.

    Raises:
        UnknownFactError: Where the interpreter does not tell.
    """
    try:
        told = " ".join(platform.python_compiler().split())
    except ValueError:
        told = ""
    if not told:
        raise UnknownFactError("this Python does not tell its compiler")
    return scrub(told)


def read_manager() -> str:
    """Tell who installed the interpreter, from the folder it lies in.

    Raises:
        UnknownFactError: Where the folder tells nothing.
    """
    prefix = Path(sys.base_prefix)
    return find_manager(sys.base_prefix, is_conda=(prefix / "conda-meta").is_dir())


def find_manager(prefix: str, *, is_conda: bool) -> str:
    """Tell who installed the interpreter: `uv`, `pyenv`, `conda`, `homebrew` and so on.

    Args:
        prefix: The folder of the interpreter itself, not of a virtual environment made with it.
        is_conda: Whether conda keeps its records there.

    Raises:
        UnknownFactError: Where the folder is none of a known installer. It is not named: it may
            have the user's name in it.
    """
    path = PurePosixPath(prefix)
    if is_conda:
        return "conda"
    if ("uv", "python") in pairwise(path.parts) or _UV_FOLDER.fullmatch(path.name):
        return "uv"
    if {(".pyenv", "versions"), ("pyenv", "versions")} & set(pairwise(path.parts)):
        return "pyenv"
    if _is_in(path, *_HOMEBREW_FOLDERS) or {"Cellar", "linuxbrew"} & set(path.parts):
        return "homebrew"
    if _is_in(path, _PYTHON_ORG_FOLDER):
        return "python.org"
    if prefix == "/usr" or _is_in(path, *_SYSTEM_FOLDERS):
        return "system"
    raise UnknownFactError("it lies in a folder that no known installer uses")


def runs_without_lock() -> bool:
    """Tell whether this Python runs without the global interpreter lock.

    A free-threaded build can have the lock switched on again, by a variable or by a module.
    """
    is_enabled = getattr(sys, "_is_gil_enabled", lambda: True)
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED")) and not is_enabled()


def _is_in(path: PurePosixPath, *folders: str) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
