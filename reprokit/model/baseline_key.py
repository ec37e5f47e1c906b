"""What must be equal inside a family for one result to stand for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

TF32_VARIABLE = "MLX_ENABLE_TF32"

_NATIVE = ("mlx-metal", "mlx-cuda", "mlx-cpu", "mlx")
"""Packages that may hold MLX's machine code, the one that does before others."""


class BaselineKey(NamedTuple):
    """What must be equal inside a family for one result to stand for another.

    A None is what is not known, as of results that were taken over from elsewhere; it holds for
    every value, after the keys that know it.

    Attributes:
        mlx: The version of MLX.
        wheel: The platform tag of the wheel that holds MLX's machine code, as
            `macosx_15_0_arm64`: one lock holds several, with other kernels.
        tf32: Whether products of float32 may be cut to TF32, which `MLX_ENABLE_TF32=0` forbids.
            True says nothing of what the device can do: a CPU never cuts them.
    """

    mlx: str | None = None
    wheel: str | None = None
    tf32: bool | None = None

    @property
    def known(self) -> int:
        """How many of its parts are known."""
        return sum(part is not None for part in (self.mlx, self.wheel, self.tf32))

    @property
    def order(self) -> tuple[str, str, str]:
        """By which keys are sorted in a file."""
        return (self.mlx or "", self.wheel or "", "" if self.tf32 is None else str(self.tf32))

    @property
    def rank(self) -> tuple[int, tuple[str, str, str]]:
        """By which of two keys that cover a third one the greater goes before the other."""
        return (self.known, self.order)

    def covers(self, other: BaselineKey) -> bool:
        """Tell whether every part of it that is known is equal in another key."""
        pairs = ((self.mlx, other.mlx), (self.wheel, other.wheel), (self.tf32, other.tf32))
        return all(own is None or own == theirs for own, theirs in pairs)

    def __str__(self) -> str:
        tf32 = {True: "TF32 allowed", False: "TF32 forbidden", None: ""}[self.tf32]
        parts = [f"mlx {self.mlx}" if self.mlx else "", self.wheel or "", tf32]
        return ", ".join(filter(None, parts)) or "anything"


def make_key_of_wheels(
    installed: Mapping[str, tuple[str, str | None]], *, tf32: str | None
) -> BaselineKey:
    """Make the key of wheels.

    Args:
        installed: Version, and tags of the wheel where they are known, by the package's name.
        tf32: The value of the variable TF32_VARIABLE; None where it is not set.
    """
    native = [it for start in _NATIVE for name, it in installed.items() if name.startswith(start)]
    wheel = native[0][1] if native else None
    return BaselineKey(
        mlx=installed["mlx"][0] if "mlx" in installed else None,
        wheel=wheel.rpartition("-")[2] if wheel else None,
        tf32=(tf32 or "1").strip() != "0" if "mlx" in installed else None,
    )
