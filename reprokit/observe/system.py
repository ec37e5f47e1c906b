"""The operating system and the Python that runs on it."""

from __future__ import annotations

import os
import platform
import sys

from reprokit.model.environment import Interpreter, OperatingSystem
from reprokit.observe.gaps import GapCollector, UnknownFactError, read_command


def observe_system(collector: GapCollector) -> OperatingSystem:
    """Observe the operating system: on macOS by `sw_vers`, on Linux by os-release."""
    if sys.platform == "darwin":
        return OperatingSystem(
            name="macOS",
            version=collector.ask("os.version", lambda: _sw_vers("-productVersion")),
            build=collector.ask("os.build", lambda: _sw_vers("-buildVersion")),
            kernel=platform.release(),
        )
    return OperatingSystem(
        name=collector.ask("os.name", lambda: _os_release("NAME")),
        version=collector.ask("os.version", lambda: _os_release("VERSION_ID")),
        kernel=platform.release(),
        libc=collector.ask("os.libc", read_libc),
    )


def _sw_vers(option: str) -> str:
    return read_command(("sw_vers", option))


def _os_release(field: str) -> str:
    release = platform.freedesktop_os_release()
    if field not in release:
        msg = f"os-release has no `{field}`"
        raise UnknownFactError(msg)
    return release[field]


def read_libc() -> str:
    """Return the C library's name and version, as `glibc 2.36`.

    Raises:
        UnknownFactError: Where the library does not tell, as musl does not.
    """
    try:
        version = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        version = None
    if not version:
        msg = "the C library does not tell its version"
        raise UnknownFactError(msg)
    return version


def observe_interpreter() -> Interpreter:
    """Observe the Python that runs this."""
    return Interpreter(
        implementation=platform.python_implementation(), version=platform.python_version()
    )
