"""Facts that could not be had."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from reprokit.model.environment import Gap
from reprokit.observe.gaps import GapCollector, UnknownFactError, read_command


def raise_unknown() -> NoReturn:
    """Fail as a question does that has no answer."""
    msg = f"not in {Path.home() / 'x'}"
    raise UnknownFactError(msg)


def test_an_answer_is_no_gap() -> None:
    """What is found out is returned, and leaves no gap."""
    collector = GapCollector()
    assert collector.ask("os.name", lambda: "Linux") == "Linux"
    assert collector.gaps == ()


def test_what_is_unknown_becomes_a_gap() -> None:
    """What cannot be had is None, and its scrubbed reason is kept in order."""
    collector = GapCollector()
    assert collector.ask("a.b", raise_unknown) is None
    assert collector.ask("c.d", lambda: Path("/nowhere/at/all").read_text("ascii")) is None
    first, second = collector.gaps
    assert (first.fact, second) == ("a.b", Gap(fact="c.d", reason="No such file or directory"))
    assert str(Path.home()) not in first.reason


def test_other_errors_are_defects() -> None:
    """An error that no question announces is not swallowed."""
    with pytest.raises(ZeroDivisionError):
        GapCollector().ask("a.b", lambda: 1 // 0)


def test_read_command() -> None:
    """What a program prints comes back without the white space around it."""
    assert read_command(("sh", "-c", "echo; echo '  one  two '")) == "one  two"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("no-such-program",), "`no-such-program` is not there"),
        (("sh", "-c", "exit 3"), "ended with exit 3"),
        (("true",), "printed nothing"),
    ],
)
def test_read_command_says_why_not(command: tuple[str, ...], reason: str) -> None:
    """A program that is not there, fails or says nothing leaves the fact unknown."""
    with pytest.raises(UnknownFactError, match=reason):
        read_command(command)
