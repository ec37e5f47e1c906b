"""The operating system, asked in its own way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reprokit.observe.linux import observe_linux_system
from reprokit.observe.macos import observe_mac_system

if TYPE_CHECKING:
    from reprokit.model.environment import OperatingSystem
    from reprokit.observe.gaps import GapCollector


def observe_system(collector: GapCollector) -> OperatingSystem:
    """Observe the operating system."""
    observe = observe_mac_system if sys.platform == "darwin" else observe_linux_system
    return observe(collector)
