"""Which GPU a chip has, as both were published together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GPU_ARCHITECTURES: Mapping[str, str] = {
    "Apple M1": "applegpu_g13g",
    "Apple M1 Max": "applegpu_g13s",
    "Apple M1 Ultra": "applegpu_g13d",
    "Apple M2": "applegpu_g14g",
    "Apple M2 Ultra": "applegpu_g14d",
    "Apple M3 Pro": "applegpu_g15s",
    "Apple M3 Max": "applegpu_g15s",
    "Apple M3 Ultra": "applegpu_g15d",
    "Apple M4": "applegpu_g16g",
    "Apple M4 Pro": "applegpu_g16s",
    "Apple M4 Max": "applegpu_g16s",
    "Apple M5": "applegpu_g17g",
    "Apple M5 Pro": "applegpu_g17s",
    "Apple M5 Max": "applegpu_g17s",
    "Apple A18 Pro": "applegpu_g17p",
}
"""GPU architectures by chip; the last letter does not tell a Pro from a Max."""

_FAMILY = re.compile(r"applegpu_g[0-9]{2}[a-z]|linux-(?:x86_64|arm64)|macos-arm64")
_NO_WORD = re.compile(r"[^a-z0-9]+")
_SYSTEMS: Mapping[str, str] = {
    "linux_x86_64": "linux-x86_64",
    "linux_amd64": "linux-x86_64",
    "linux_aarch64": "linux-arm64",
    "linux_arm64": "linux-arm64",
}
"""Families without a GPU, by how others call system and processor."""


def find_family(words: str) -> str | None:
    """Find the family that somebody means by a chip's name: `apple_m1_max`, `Apple M1 Max`.

    Returns:
        The family; None for what names none, as a chip whose GPU was not published.
    """
    if _FAMILY.fullmatch(words):
        return words
    plain = _NO_WORD.sub("_", words.lower()).strip("_")
    chips = {_NO_WORD.sub("_", chip.lower()): family for chip, family in GPU_ARCHITECTURES.items()}
    return chips.get(plain) or _SYSTEMS.get(plain)
