"""What one probe gave on one machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - msgspec reads it when the program runs
from dataclasses import dataclass, field
from enum import StrEnum
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from reprokit.model.dtypes import ITEM_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence


class Status(StrEnum):
    """How a probe ended."""

    OK = "ok"
    """Every repeat gave the same bytes."""

    UNSTABLE = "unstable"
    """Repeats on this one machine gave different bytes."""

    FAILED = "failed"
    """The op raised an exception, or gave something that has no bytes."""

    CRASHED = "crashed"
    """The worker died: a signal, an exit, an out-of-memory kill."""

    TIMED_OUT = "timed-out"
    """The probe ran longer than its limit."""

    SKIPPED = "skipped"
    """Not started, with the reason: no memory for it, no such device."""


MEASURED = frozenset({Status.OK, Status.UNSTABLE})
"""The statuses that come with bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayFacts:
    """What is kept of an array.

    Attributes:
        digest: Hex sha256 of its little-endian C-order bytes.
        dtype: Name of its dtype, as `bfloat16`; empty where only an opaque digest is known.
        shape: Its shape.
        bits: The bytes themselves in hex, for small arrays.
        block_bytes: Length of the runs that `blocks` are digests of; 0 where there are none.
        blocks: First 16 hex digits of the sha256 of each run, in order.
        statistics: `mean`, `deviation`, `smallest` and `largest` of one that was streamed, to six
            digits; they describe it, and are never compared.
    """

    digest: str
    dtype: str = ""
    shape: tuple[int, ...] = ()
    bits: str | None = None
    block_bytes: int = 0
    blocks: tuple[str, ...] = ()
    statistics: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def size_bytes(self) -> int:
        """Size of the whole array; 0 where its dtype is unknown, as in an opaque digest."""
        return prod(self.shape) * ITEM_BYTES.get(self.dtype, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedArray:
    """A leaf of a tree, by its path, or a stage of a computation, by its name."""

    name: str
    array: ArrayFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """Whether something that should hold between results does.

    Attributes:
        name: What should hold, in a clause.
        holds: Whether it does.
        facts: Numbers and words that tell how far it does not.
    """

    name: str
    holds: bool
    facts: Mapping[str, bool | int | float | str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlResult:
    """What a probe's control gave; its definition says what was changed for it.

    Attributes:
        status: How its one run ended.
        result: Its array, to be held against the probe's own; None where it gave none.
        failure: Why it gave none.
    """

    status: Status
    result: ArrayFacts | None = None
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of a probe, in a process that had not run it before.

    Attributes:
        digest: Hex sha256 of the first evaluation's bytes.
        warm_digest: The same of a second evaluation in the same process.
        cold_s: Seconds of the first evaluation, kernel compilation included.
        warm_s: Seconds of the second.
        peak_bytes: Peak of MLX's allocator above what it held before.
        peak_rss_bytes: Peak resident size of the process while the probe ran; None where the
            system cannot tell it for this probe alone.
        holds: Whether the relation held in the first evaluation; None where the op is about none.
        warm_holds: The same of the second.
    """

    digest: str
    warm_digest: str
    cold_s: float
    warm_s: float
    peak_bytes: int
    peak_rss_bytes: int | None
    holds: bool | None = None
    warm_holds: bool | None = None


if TYPE_CHECKING:
    Runs: TypeAlias = Sequence[Run]
else:
    Runs = tuple[Run, ...]  # as what msgspec decodes; a manifest's are `RunColumns`


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why there are no bytes.

    Attributes:
        reason: One line, as `SIGABRT` or `needs 12.9 GB, 8.1 GB available`.
        stderr: Last lines the worker wrote to its standard error, shortened.
    """

    reason: str
    stderr: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What all repeats of one probe gave.

    Attributes:
        status: How it ended.
        result: The array of the first run; None where no run gave one. Of a tree it is the dtype
            `tree` and the digest of its leaves' names, dtypes, shapes and digests.
        leaves: The arrays of a tree; none where the result is an array.
        stages: The steps that led to the result, in order, where the op tells them.
        relation: What the first run found of a relation, where the op is about one.
        control: What its control gave, where the probe has one.
        runs: One entry for each finished repeat (none in a published record).
        failure: Why it did not end well, for every status but `ok` and `unstable`.
    """

    status: Status
    result: ArrayFacts | None = None
    leaves: tuple[NamedArray, ...] = ()
    stages: tuple[NamedArray, ...] = ()
    relation: Relation | None = None
    control: ControlResult | None = None
    runs: Runs = ()
    failure: Failure | None = None

    @property
    def size_bytes(self) -> int:
        """Size of the result, of a tree all leaves; 0 where the dtype of any array is unknown."""
        arrays = [it.array for it in self.leaves] or ([self.result] if self.result else [])
        return sum(it.size_bytes for it in arrays) if all(it.dtype for it in arrays) else 0

    @property
    def digests(self) -> tuple[str, ...]:
        """Each digest that came, in the order of the runs; then the result's, if none had it."""
        told = [digest for run in self.runs for digest in (run.digest, run.warm_digest)]
        own = [self.result.digest] if self.result else []
        return tuple(dict.fromkeys([*told, *own]))

    @property
    def digest_counts(self) -> dict[str, int]:
        """How often each digest came, over all evaluations, the most frequent first."""
        seen = Counter(digest for run in self.runs for digest in (run.digest, run.warm_digest))
        return dict(sorted(seen.items(), key=lambda item: (-item[1], item[0])))

    @property
    def relation_counts(self) -> dict[bool, int]:
        """How often the relation held and how often not, over all evaluations; empty without one.

        What the first run found stands for a record without runs, as a published one.
        """
        if self.relation is None:
            return {}
        verdicts = (holds for run in self.runs for holds in (run.holds, run.warm_holds))
        seen = Counter(holds for holds in verdicts if holds is not None)
        return dict(sorted(seen.items(), reverse=True)) or {self.relation.holds: 1}

    @property
    def equals_control(self) -> bool | None:
        """Whether the control gave the array of any run; None where one of the two gave none."""
        if self.control is None or self.control.result is None or self.result is None:
            return None
        own, other = self.result, self.control.result
        same_kind = (own.dtype, own.shape) == (other.dtype, other.shape)
        return own == other or (same_kind and other.digest in self.digest_counts)
