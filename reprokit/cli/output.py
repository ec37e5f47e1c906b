"""Files that a user names for what a command has to say."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import typer

from reprokit.cli.exits import refuse_output
from reprokit.errors import ProjectError, UsageError
from reprokit.observe.project import read_settings
from reprokit.store.atomic import write_atomically
from reprokit.store.manifests import is_manifest


def write_output(name: str, text: str) -> None:
    """Write a file that the user named: whole, or not at all.

    Args:
        name: Its path, as it was given. A terminal, a pipe or another device is written to as it
            is; a symbolic link stays, and what it leads to is written.
        text: All of it.

    Raises:
        UsageError: Where it cannot be written, or evidence lies there or belongs there.
    """
    try:
        if _is_device(Path(name)):
            _write_device(Path(name), text)
            return
        path = Path(name).resolve()
        _refuse_evidence(path, name)
        path.parent.stat()  # a folder that is missing is the user's to make
        write_atomically(path, text.encode(), mode=_choose_mode(path))
    except OSError as error:
        raise refuse_output(name, error) from None


def _is_device(path: Path) -> bool:
    """Tell whether a path is no file of its own; `/dev/stdout` may lead to one."""
    return path.parts[:2] == ("/", "dev") or (path.exists() and not path.is_file())


def _write_device(path: Path, text: str) -> None:
    """Write to a device; to a stream of ours in its turn, for it may lead to a file."""
    for number, is_error in ((1, False), (2, True)):
        if _is_stream(path, number):
            typer.echo(text.encode(), nl=False, err=is_error)
            return
    path.write_text(text, encoding="utf-8")


def _is_stream(path: Path, number: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(number))
    except OSError:  # the stream is closed, or the path is nothing
        return False


def _refuse_evidence(path: Path, name: str) -> None:
    """Refuse what lies in a project's folders of evidence, and any manifest."""
    try:
        settings = read_settings(path.parent)
    except ProjectError:
        folders = []
    else:
        folders = [settings.manifests_path, settings.milestones_path]
    if any(path.is_relative_to(folder.resolve()) for folder in folders):
        problem = "lies among the project's evidence, which only `snapshot`, `accept` and "
        problem += "`milestone` write"
    elif is_manifest(path):
        problem = "is a manifest, which is evidence"
    else:
        return
    raise UsageError(problem, where=name, hint="name a file somewhere else, as `report.html`")


def _choose_mode(path: Path) -> int:
    """Return the mode of the file that is there; else that which the process gives new ones."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
