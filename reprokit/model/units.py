"""How amounts are written."""

from __future__ import annotations

_STEP = 1000


def format_bytes(count: int) -> str:
    """Write a number of bytes in decimal units, as `12.9 GB`."""
    if count < _STEP:
        return f"{count} B"
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _STEP:
            return f"{amount:.1f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} TB"


def format_times(count: int) -> str:
    """Write how often something was, as `1 time` or `3 times`."""
    return f"{count} time" + ("" if count == 1 else "s")


def format_seconds(seconds: float) -> str:
    """Write a duration, as `1.64 s` or `0.31 ms`."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * _STEP:.2f} ms"
