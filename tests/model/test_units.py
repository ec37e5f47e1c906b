"""How amounts are written."""

from __future__ import annotations

import pytest

from reprokit.model.units import format_bytes, format_seconds, format_times


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_500_000, "1.5 MB"),
        (12_900_000_000, "12.9 GB"),
        (2_000_000_000_000, "2.0 TB"),
        (5_000_000_000_000_000, "5000.0 TB"),
    ],
)
def test_format_bytes(count: int, text: str) -> None:
    """Bytes are written in decimal units, with one digit from a kilobyte on."""
    assert format_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.00 ms"), (0.00031, "0.31 ms"), (0.5, "500.00 ms"), (1.0, "1.00 s"), (1.64, "1.64 s")],
)
def test_format_seconds(seconds: float, text: str) -> None:
    """Durations are written in milliseconds below one second."""
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 times"), (1, "1 time"), (2, "2 times")])
def test_format_times(count: int, text: str) -> None:
    """Once is no plural."""
    assert format_times(count) == text
