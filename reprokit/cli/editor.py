"""Asking the user for a text in an editor of their own."""

from __future__ import annotations

import os
import shlex
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reprokit.cli.exits import complain
from reprokit.errors import UsageError
from reprokit.store.kept_texts import keep_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def edit_text(root: Path, name: str, text: str, question: str) -> Iterator[str]:
    """Open the user's editor on a text, and lend what was saved.

    It is written in `.reprokit/`, and stays there where what is done with it fails, or the editor
    does; the file is told then.

    Args:
        root: The project's folder.
        name: What the file's name begins with.
        text: What stands in it at first.
        question: What is asked; a line that begins with `#`, as git has it.

    Raises:
        UsageError: Where neither VISUAL nor EDITOR names an editor, or it fails.
        ProjectError: Where `.reprokit/` cannot be written.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if not editor.strip():
        raise UsageError(
            "nobody knows which editor to open",
            where="--edit",
            hint='set EDITOR, as `EDITOR="nano"`, or use `--why`',
        )
    asked = f"{text}\n\n# {question}\n"
    path = keep_text(root, name, asked)
    try:
        _run_editor(editor, path)
        yield _read_answer(path)
    except BaseException:
        _tell_kept(root, path, asked)
        raise
    path.unlink(missing_ok=True)


def _run_editor(editor: str, path: Path) -> None:
    try:
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"`{editor}` cannot be started: {getattr(error, 'strerror', None) or error}",
            where="--edit",
            hint='set EDITOR to an editor\'s name, as `EDITOR="nano"`, or use `--why`',
        ) from None
    if done.returncode:
        raise UsageError(
            f"`{editor}` ended with {done.returncode}; nothing was written", where="--edit"
        )


def _read_answer(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise UsageError("the editor left no text", where="--edit") from None
    except UnicodeDecodeError:
        raise UsageError("the editor left a text that is not UTF-8", where="--edit") from None
    return "\n".join(line.rstrip() for line in lines if not line.startswith("#")).strip()


def _tell_kept(root: Path, path: Path, asked: str) -> None:
    """Say where a text is; one that nobody changed is not kept."""
    try:
        content = path.read_bytes()
    except OSError:
        return
    if content == asked.encode():
        path.unlink(missing_ok=True)
    else:
        complain(f"what you wrote is kept in {path.relative_to(root).as_posix()}")
