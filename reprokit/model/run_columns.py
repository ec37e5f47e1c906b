"""Runs by column, as manifests hold them: few of the runs in many manifests are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from reprokit.model.record import Run

if TYPE_CHECKING:
    from collections.abc import Iterator


class RunColumns(Sequence[Run]):
    """The runs of a record whose evaluations all gave the same; each is made when asked for.

    It equals the tuple of these runs.

    Attributes:
        digest: As of each run, cold and warm.
        holds: Likewise.
        cold_s: Seconds, one number a run.
        warm_s: Likewise.
        peak_bytes: Likewise.
        peak_rss_bytes: Likewise.
    """

    __slots__ = ("cold_s", "digest", "holds", "peak_bytes", "peak_rss_bytes", "warm_s")

    def __init__(
        self,
        digest: str,
        holds: bool | None,  # noqa: FBT001 - a fact
        cold_s: tuple[float, ...],
        warm_s: tuple[float, ...],
        peak_bytes: tuple[int, ...],
        peak_rss_bytes: tuple[int, ...],
    ) -> None:
        self.digest = digest
        self.holds = holds
        self.cold_s = cold_s
        self.warm_s = warm_s
        self.peak_bytes = peak_bytes
        self.peak_rss_bytes = peak_rss_bytes

    def __len__(self) -> int:
        return len(self.cold_s)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Run, ...]: ...
    def __getitem__(self, index: int | slice) -> Run | tuple[Run, ...]:
        return tuple(self)[index]

    def __iter__(self) -> Iterator[Run]:
        columns = (self.cold_s, self.warm_s, self.peak_bytes, self.peak_rss_bytes)
        for cold_s, warm_s, peak_bytes, peak_rss_bytes in zip(*columns, strict=True):
            yield Run(
                digest=self.digest,
                warm_digest=self.digest,
                cold_s=cold_s,
                warm_s=warm_s,
                peak_bytes=peak_bytes,
                peak_rss_bytes=peak_rss_bytes,
                holds=self.holds,
                warm_holds=self.holds,
            )

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RunColumns | tuple):
            return tuple(self) == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))
