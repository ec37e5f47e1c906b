"""The resident size of this process, and its peak since a moment of one's choice."""

from __future__ import annotations

import resource
import sys

_STATUS = "/proc/self/status"
_CLEAR_REFS = "/proc/self/clear_refs"
_RESET_PEAK = "5"
"""What `man 5 proc_pid_clear_refs` names as the word that resets the peak resident size."""


class ResidentPeak:
    """Watches the peak resident size from its making on.

    Linux can reset a process's peak. Elsewhere the peak since the process began is all there is:
    it belongs to the time watched only where it rose in that time.
    """

    def __init__(self) -> None:
        self._was_reset = _reset_peak()
        self._before = _lifetime_peak_bytes()

    def read_bytes(self) -> int | None:
        """Return the peak since this watch began; None where the system cannot tell."""
        if self._was_reset:
            return _read_high_water_mark()
        peak = _lifetime_peak_bytes()
        return peak if peak > self._before else None


def _reset_peak() -> bool:
    try:
        with open(_CLEAR_REFS, "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib loads slowly
            file.write(_RESET_PEAK)
    except OSError:
        return False
    return True


def _read_high_water_mark() -> int | None:
    with open(_STATUS, encoding="ascii") as lines:  # noqa: PTH123 - as above
        for line in lines:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def _lifetime_peak_bytes() -> int:
    """Peak since the process began: `getrusage` counts bytes on macOS, KiB elsewhere."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
