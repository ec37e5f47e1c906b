"""What tests hold results against, and what a run keeps of it for the next, which reads it fast.

A baseline of a thousand arrays has 8 MB, nearly all of them bytes that are needed only where a
result differs. So what it holds for the key of this environment is kept in `.reprokit/held/`, one
line for each result, beside that key and what the system says of the file: size, times and inode,
as git knows a file that nobody has touched. Where any of it is otherwise, or was too young to tell,
the file itself is read.
"""

from __future__ import annotations

import stat
import time
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from reprokit.model.names import STATE_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.model.baseline_key import BaselineKey

_FOLDER = "held"
_SCHEMA = "reprokit/held/3"

YOUNGEST_NS = 2 * 10**9
"""A file that changed less than this ago can change again and show the same time."""

Stamp: TypeAlias = "tuple[int, int, int, int, int]"
"""Size in bytes, times of the last change of content and of anything (ns), inode, device."""

PENDING_MARK = "pending "
"""What stands before a result that nobody has accepted yet."""

_DIGEST_LENGTH = 64


def write_array(dtype: str, shape: tuple[int, ...], digest: str) -> str:
    """Write an array on one line, as `float32 (2, 3) 9f86d0…`.

    Args:
        dtype: Its dtype; empty where only a digest is known.
        shape: Its shape.
        digest: Hex sha256 of its bytes.
    """
    return f"{dtype} {shape} {digest}"


def equals_held(held: str, dtype: str, shape: tuple[int, ...], digest: str) -> bool:
    """Tell whether an array is the one of a line, as far as is known of both.

    Args:
        held: A line, of a result that is accepted or pending.
        dtype: The dtype of the array; empty where only a digest is known.
        shape: Its shape.
        digest: Hex sha256 of its bytes.
    """
    known = held.removeprefix(PENDING_MARK)
    if not dtype or known.startswith(" "):
        return known[-_DIGEST_LENGTH:] == digest
    return known == write_array(dtype, shape, digest)


def stamp_file(path: Path) -> Stamp | None:
    """Ask the system what tells a file from what it was; None where there is none.

    Raises:
        OSError: Where it may not be asked.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def read_kept(root: Path, family: str, stamp: Stamp, key: BaselineKey) -> dict[str, str] | None:
    """Read what was kept of a family's baseline.

    Args:
        root: The project's folder.
        family: The family.
        stamp: What the system says of the baseline's file now.
        key: Of this environment.

    Returns:
        A line for each id; None where none were kept, or of another file or key.
    """
    path = _name_file(root, family)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        head, _, body = path.read_bytes().partition(b"\n")
        if head != _write_head(family, stamp, key, body):
            return None
        lines = body.decode("ascii").split("\n")
        return dict(zip(lines[:-1:2], lines[1::2], strict=True))
    except (OSError, ValueError):
        return None


def keep_held(
    root: Path, family: str, stamp: Stamp, key: BaselineKey, held: dict[str, str]
) -> None:
    """Keep what a baseline holds for the next run, where that is safe and the folder allows it.

    Args:
        root: The project's folder.
        family: The family.
        stamp: What the system said of the baseline's file before it was read and says since.
        key: Of this environment.
        held: A line for each id.
    """
    if time.time_ns() - max(stamp[1], stamp[2]) < YOUNGEST_NS:
        return
    from reprokit.store.atomic import write_atomically
    from reprokit.store.state import state_folder

    lines = [line for pair in held.items() for line in pair]
    body = "\n".join([*lines, ""]).encode("ascii")
    with suppress(OSError):
        state_folder(root)
        head = _write_head(family, stamp, key, body)
        write_atomically(_name_file(root, family), head + b"\n" + body)


def _write_head(family: str, stamp: Stamp, key: BaselineKey, body: bytes) -> bytes:
    """Write what all has to be as it was, for the lines that follow to count."""
    return ascii((_SCHEMA, family, stamp, tuple(key), sha256(body).hexdigest())).encode("ascii")


def _name_file(root: Path, family: str) -> Path:
    return root / STATE_FOLDER / _FOLDER / f"{family}.txt"
