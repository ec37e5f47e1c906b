"""Exit codes, and the one place where errors become text."""

from __future__ import annotations

import contextlib
import functools
import shlex
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import typer

from reprokit.errors import ReprokitError, UsageError
from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")


class ExitCode(IntEnum):
    """What a command's exit code says."""

    EXPECTED = 0
    FINDING = 1
    TROUBLE = 2
    INTERRUPTED = 130


def guard(command: Callable[P, ExitCode]) -> Callable[P, None]:
    """Turn a command's result into an exit, and what it raises into text on standard error."""

    @functools.wraps(command)
    def guarded(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            code = command(*arguments, **options)
        except ReprokitError as error:
            complain(f"error: {error}")
            code = ExitCode.TROUBLE
        except KeyboardInterrupt:
            complain("interrupted")
            code = ExitCode.INTERRUPTED
        except BrokenPipeError:
            sys.stdout = None  # nobody reads: nothing left to flush
            code = ExitCode.TROUBLE
        except OSError as error:
            complain(f"error: the system refuses: {error.strerror}")
            code = ExitCode.TROUBLE
        except Exception:  # noqa: BLE001 - a defect of reprokit is `could not tell`, not a finding
            import traceback

            complain(traceback.format_exc())
            complain("error: reprokit itself failed; please report the lines above")
            code = ExitCode.TROUBLE
        if code is not ExitCode.EXPECTED:
            raise typer.Exit(int(code))

    return guarded


def refuse_output(path: str, error: OSError) -> UsageError:
    """Say why a file that the user named cannot be written, and what would mend it."""
    hint = None
    if isinstance(error, FileNotFoundError):
        hint = f"make its folder first: `mkdir -p {shlex.quote(str(Path(path).parent))}`"
    return UsageError(f"cannot be written: {error.strerror}", where=path, hint=hint)


def complain(text: str) -> None:
    """Write to standard error, line by line, whatever a file that we read has put into it."""
    with contextlib.suppress(OSError):
        for line in text.splitlines():
            typer.echo(make_harmless(line), err=True)
