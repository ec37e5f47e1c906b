"""Small builders of baselines for tests."""

from __future__ import annotations

from typing import Any

from reprokit.model.baseline import (
    Baseline,
    BaselineEntry,
    BaselineStatus,
    Review,
    put_entries,
)
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.record import ArrayFacts
from tests.builders import make_definition, make_digest

KEY = BaselineKey(mlx="0.32.4", wheel="macosx_15_0_arm64", tf32=True)
"""The key of `builders.make_environment`."""

REVIEW = Review(by="Ada", at="2026-05-20T10:00:00Z", reason="first of its kind")


def make_entry(
    name: str = "normal-8-key0",
    word: str = "a",
    **changes: Any,  # noqa: ANN401 - any field
) -> BaselineEntry:
    """Make the accepted entry that `builders.make_probe` equals."""
    facts: dict[str, Any] = {
        "status": BaselineStatus.ACCEPTED,
        "suite": "core",
        "definition": make_definition().digest,
        "result": ArrayFacts(digest=make_digest(word), dtype="float32", shape=(8,)),
        "review": REVIEW,
    }
    return BaselineEntry(id=name, **(facts | changes))


def make_baseline(*entries: BaselineEntry, family: str = "applegpu_g13s") -> Baseline:
    """Make a baseline of entries under KEY."""
    return put_entries(Baseline(family=family), KEY, entries)
