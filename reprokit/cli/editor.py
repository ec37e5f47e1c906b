"""Asking the user for a text in an editor of their own."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from reprokit.errors import UsageError


def edit_text(text: str, question: str) -> str:
    """Open the user's editor on a text, and return what was saved.

    Args:
        text: What stands in it at first.
        question: What is asked; a line that begins with `#`, as git has it.

    Raises:
        UsageError: Where neither VISUAL nor EDITOR names one, or it fails.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if not editor.strip():
        raise UsageError(
            "nobody knows which editor to open",
            where="--edit",
            hint='set EDITOR, as `EDITOR="nano"`, or use `--why`',
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "why.md"
        path.write_text(f"{text}\n\n# {question}\n", encoding="utf-8")
        _run_editor(editor, path)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise UsageError("the editor left no text", where="--edit") from None
    return "\n".join(line.rstrip() for line in lines if not line.startswith("#")).strip()


def _run_editor(editor: str, path: Path) -> None:
    try:
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"`{editor}` cannot be started: {error}", where="--edit") from None
    if done.returncode:
        raise UsageError(
            f"`{editor}` ended with {done.returncode}; nothing was written", where="--edit"
        )
