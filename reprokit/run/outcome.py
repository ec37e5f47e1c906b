"""What one run of a probe came to."""

from __future__ import annotations

from dataclasses import dataclass

from reprokit.model.record import (  # noqa: TC001 - msgspec reads them when the program runs
    ArrayFacts,
    Failure,
    NamedArray,
    Relation,
    Run,
    Status,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one run of a probe came to.

    Attributes:
        status: `ok`, `failed` or `skipped` from a worker; the runner adds the others.
        result: What the first evaluation gave.
        leaves: Its leaves, where it is a tree.
        stages: The steps that led to it, where the op tells them.
        relation: What it says of a relation, where it is about one.
        run: How it went.
        failure: Why there is no result.
    """

    status: Status
    result: ArrayFacts | None = None
    leaves: tuple[NamedArray, ...] = ()
    stages: tuple[NamedArray, ...] = ()
    relation: Relation | None = None
    run: Run | None = None
    failure: Failure | None = None
