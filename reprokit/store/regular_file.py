"""Reading files of strangers: nothing but a regular file, and no more of it than is borne."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from reprokit.errors import ManifestError
from reprokit.model.value_text import keep_on_line

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.errors import ReprokitError


def read_regular(
    path: Path | str,
    *,
    most_bytes: int,
    where: str,
    follow: bool = True,
    error: type[ReprokitError] = ManifestError,
) -> bytes:
    """Read a whole file, and refuse what could block, or never ends.

    A pipe or a device is opened without waiting for its other end, and closed again unread.

    Args:
        path: The file.
        most_bytes: The largest that is read.
        where: How the file is to be named in errors.
        follow: Whether a symbolic link is followed.
        error: What is raised where it is no regular file, is too large, or the system refuses.

    Raises:
        ReprokitError: Of that kind.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise error("is no regular file", where=where)
            content = _read_all(descriptor, most_bytes + 1)
        finally:
            os.close(descriptor)
    except OSError as refusal:
        if refusal.errno == errno.ELOOP and not follow:
            raise error("is a symbolic link, and not followed", where=where) from None
        raise error(f"cannot be read: {refusal.strerror}", where=where) from None
    except ValueError:  # a NUL in the name
        raise error("is no name of a file", where=where) from None
    if len(content) > most_bytes:
        raise error(f"is larger than {most_bytes} bytes", where=where)
    return content


def _read_all(descriptor: int, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    left = min(os.fstat(descriptor).st_size + 1, most_bytes)
    while left > 0 and (part := os.read(descriptor, left)):
        parts.append(part)
        most_bytes -= len(part)
        left = min(max(left - len(part), 1 << 16), most_bytes)
    return b"".join(parts)


def name_path(path: str) -> str:
    """Write a path on one line, as any encoding can: bytes that are no UTF-8 by their numbers."""
    return keep_on_line(os.fsencode(path).decode("utf-8", "backslashreplace"))
