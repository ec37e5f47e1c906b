"""Facts that could not be had: asked for here, they become gaps instead of errors."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, TypeVar

from reprokit.model.environment import Gap
from reprokit.observe.privacy import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

_COMMAND_LIMIT_S = 10


class UnknownFactError(Exception):
    """A fact cannot be had; the message is the reason."""


class GapCollector:
    """Asks for facts and keeps the reasons of those that could not be had."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []

    def ask(self, fact: str, question: Callable[[], T]) -> T | None:
        """Return the answer, or None and keep why.

        Args:
            fact: The fact's dotted place in the environment, as `os.build`.
            question: What finds it out; it raises UnknownFactError or OSError where it cannot.
        """
        try:
            return question()
        except UnknownFactError as error:
            self._gaps.append(Gap(fact=fact, reason=scrub(str(error))))
        except OSError as error:
            self._gaps.append(Gap(fact=fact, reason=error.strerror or type(error).__name__))
        return None

    def add(self, fact: str, reason: str) -> None:
        """Keep a reason that was found without asking."""
        self._gaps.append(Gap(fact=fact, reason=scrub(reason)))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps so far, in the order they were met."""
        return tuple(self._gaps)


def read_command(command: Sequence[str]) -> str:
    """Return what a program prints, in the C locale, without the white space around it.

    Raises:
        UnknownFactError: Where it is not there, fails, hangs or prints nothing.
    """
    name = command[0]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=True,
            timeout=_COMMAND_LIMIT_S,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
        )
    except FileNotFoundError:
        msg = f"`{name}` is not there"
        raise UnknownFactError(msg) from None
    except subprocess.CalledProcessError as error:
        msg = f"`{' '.join(command)}` ended with exit {error.returncode}"
        raise UnknownFactError(msg) from None
    except subprocess.TimeoutExpired:
        msg = f"`{name}` did not answer within {_COMMAND_LIMIT_S} s"
        raise UnknownFactError(msg) from None
    text = done.stdout.decode("utf-8", errors="replace").strip()
    if not text:
        msg = f"`{' '.join(command)}` printed nothing"
        raise UnknownFactError(msg)
    return text
