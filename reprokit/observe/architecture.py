"""The processor's architecture, of this process."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CPU_ARCHITECTURES: Mapping[str, str] = {"aarch64": "arm64", "amd64": "x86_64"}


def cpu_architecture() -> str:
    """Return `arm64` or `x86_64`, whatever the system calls it."""
    machine = platform.machine().lower()
    return _CPU_ARCHITECTURES.get(machine, machine)
