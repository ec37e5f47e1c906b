"""Files of golden hashes, in the shape that people keep by hand; all values are invented."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tests.builders import make_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def make_golden(word: str = "a", **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Make an entry."""
    entry = {
        "chip_family": "apple_m5",
        "commit": "0a8ec29f1c21",
        "hash": make_digest(word),
        "mlx_version": "0.31.1",
        "status": "pending_review",
    }
    return {name: value for name, value in (entry | changes).items() if value is not None}


def write_golden(path: Path, **entries: Any) -> Path:  # noqa: ANN401 - whatever is wrong with them
    """Write a file of entries."""
    path.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n")
    return path


def count_calls(work: Callable[[], object]) -> int:
    """Count the calls that work makes, each step of a generator too: it needs no clock."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
