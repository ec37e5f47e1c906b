"""What processes there are, and whether they end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PATIENCE_S = 30


def list_descendants(pid: int) -> set[int]:
    """List a process's children, and theirs; none where it has ended."""
    try:
        return {child.pid for child in psutil.Process(pid).children(recursive=True)}
    except psutil.NoSuchProcess:
        return set()


def wait_until_gone(pids: Iterable[int]) -> set[int]:
    """Wait for processes to end; return those that did not."""
    deadline = time.monotonic() + _PATIENCE_S
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return {pid for pid in pids if is_alive(pid)}


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_number(path: Path) -> int:
    """Wait until a file holds a line, and read the number in it."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if path.is_file() and (text := path.read_text(encoding="ascii")).endswith("\n"):
            return int(text)
        time.sleep(0.05)
    raise TimeoutError(path.name)
