"""Texts that would else be lost: what a user typed, and what is taken out of a document."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reprokit.store.state import explain_state, state_folder


def keep_text(root: Path, name: str, text: str) -> Path:
    """Write a text to a new file in `.reprokit/`.

    Args:
        root: The project's folder.
        name: What the file's name begins with.
        text: The text; bytes that are no UTF-8 as lone surrogates.

    Returns:
        The file, which nobody else writes to.

    Raises:
        ProjectError: Where the system refuses.
    """
    with explain_state():
        folder = state_folder(root)
        descriptor, path = tempfile.mkstemp(dir=folder, prefix=f"{name}-", suffix=".md")
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
    return Path(path)
