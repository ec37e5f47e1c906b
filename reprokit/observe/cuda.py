"""The driver of an NVIDIA GPU, which compiles kernels of MLX. Not tried on a machine with one."""

from __future__ import annotations

import re
from pathlib import Path

from reprokit.observe.gaps import UnknownFactError

_VERSION = Path("/proc/driver/nvidia/version")


def read_cuda_driver() -> str:
    """Return the version of NVIDIA's driver, as its kernel module tells it.

    Raises:
        UnknownFactError: Where the module tells none.
        OSError: Where there is no such module.
    """
    text = _VERSION.read_text(encoding="utf-8")
    match = re.search(r"Kernel Module\D*([0-9][0-9.]*)", text)
    if match is None:
        msg = "NVIDIA's kernel module tells no version"
        raise UnknownFactError(msg)
    return match[1]
