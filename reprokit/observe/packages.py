"""The packages whose code decides bytes: MLX and its backends."""

from __future__ import annotations

from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING

from reprokit.model.environment import Package
from reprokit.observe.gaps import GapCollector, UnknownFactError

if TYPE_CHECKING:
    from collections.abc import Iterable

NUMERIC_PACKAGES = ("mlx", "mlx-metal", "mlx-cpu", "mlx-cuda", "mlx-cuda-12", "mlx-cuda-13")
"""MLX, and the packages that its native library comes in."""


def observe_packages(
    collector: GapCollector, names: Iterable[str] = NUMERIC_PACKAGES
) -> tuple[Package, ...]:
    """Observe which of the packages named are installed, and as which wheels."""
    found = []
    for name in names:
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        wheel = collector.ask(f"packages.{name}.wheel", partial(_read_tag, distribution))
        found.append(Package(name=name, version=distribution.version, wheel=wheel))
    return tuple(found)


def _read_tag(distribution: metadata.Distribution) -> str:
    """Read the wheel's tags, as `cp311-cp311-macosx_15_0_arm64`; several stand with commas."""
    text = distribution.read_text("WHEEL") or ""
    tags = [line.partition(":")[2].strip() for line in text.splitlines() if line[:4] == "Tag:"]
    if not tags:
        msg = "its WHEEL file names no tag"
        raise UnknownFactError(msg)
    return ",".join(tags)
