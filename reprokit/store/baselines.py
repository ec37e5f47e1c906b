"""Baseline files: `manifests/accepted/<family>.toml`, each changed by one process at a time."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.errors import BaselineError
from reprokit.model.baseline import Baseline
from reprokit.model.names import ACCEPTED
from reprokit.model.place import Place
from reprokit.model.wire import decode_text, parse_toml, shorten
from reprokit.store.atomic import write_atomically
from reprokit.store.baseline_decoding import decode_baseline
from reprokit.store.baseline_index import LARGEST_BYTES
from reprokit.store.regular_file import read_regular
from reprokit.store.state import wait_for_lock
from reprokit.store.toml_text import write_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_S = 10.0
"""How long one waits for another process that changes a baseline of the project."""

_HEADING = (
    "Written by reprokit. What was reviewed: change it with `reprokit review` or `reprokit accept`."
)


def find_place(folder: Path, family: str) -> Path:
    """Name the file of a family's baseline.

    Args:
        folder: The folder of manifests.
        family: The family.
    """
    return folder / ACCEPTED / f"{family}.toml"


def list_families(folder: Path) -> tuple[str, ...]:
    """Name the families that have a baseline."""
    return tuple(sorted(path.stem for path in (folder / ACCEPTED).glob("*.toml")))


def read_baseline(folder: Path, family: str, *, root: Path) -> Baseline:
    """Read the baseline of a family; an empty one where it has none.

    Args:
        folder: The folder of manifests.
        family: The family.
        root: The project's folder; the file's path is kept relative to it.

    Raises:
        BaselineError: Where it cannot be read, or is wrong, with the place in the file.
    """
    path = find_place(folder, family)
    place = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    where = place.removesuffix(path.name) + shorten(path.name)
    with contextlib.suppress(OSError):  # what else is wrong, reading tells
        if not path.exists():
            return Baseline(family=family)
    content = read_regular(path, most_bytes=LARGEST_BYTES, where=where, error=BaselineError)
    baseline = _decode(content, where=where, path=place)
    if baseline.family != family:
        raise BaselineError(
            f"is the baseline of `{baseline.family}`",
            where=where,
            hint=f"a baseline is named by its family: {baseline.family}.toml",
        )
    return baseline


def read_baselines(folder: Path, *, root: Path) -> dict[str, Baseline]:
    """Read all baselines, by family.

    Raises:
        BaselineError: Where one cannot be read, or is wrong.
    """
    return {name: read_baseline(folder, name, root=root) for name in list_families(folder)}


def _decode(content: bytes, *, where: str, path: str) -> Baseline:
    text = decode_text(content, where=Place(where), error=BaselineError)
    place = Place(where, text=text)
    data = parse_toml(text, where=place, error=BaselineError)
    sha256 = hashlib.sha256(content).hexdigest()
    return decode_baseline(data, where=place, path=path, sha256=sha256)


def update_baseline(
    folder: Path, family: str, change: Callable[[Baseline], Baseline], *, root: Path
) -> bool:
    """Change the baseline of a family, as it is once nobody else changes it.

    It is read anew under a lock, so that what another process has written meanwhile is there to
    be changed, and stays. A change that changes nothing leaves the file as it is, to the byte.

    Args:
        folder: The folder of manifests.
        family: The family.
        change: Makes the new baseline of the one there; what it raises leaves the file alone.
        root: The project's folder.

    Returns:
        Whether the file was written.

    Raises:
        BaselineError: Where the file is wrong, cannot be written, or stays locked.
    """
    refusal = BaselineError(
        "another process is changing the baselines of this project",
        hint="wait for it to end, and try again: nothing was written",
    )
    with wait_for_lock(root, "baselines.lock", patience_s=PATIENCE_S, refusal=refusal):
        before = read_baseline(folder, family, root=root)
        after = change(before)
        if after.tables == before.tables:
            return False
        _write(after, find_place(folder, family))
    return True


def encode_text(baseline: Baseline) -> str:
    """Write a baseline's canonical text."""
    from reprokit.store.baseline_encoding import encode_baseline

    return write_toml(encode_baseline(baseline), heading=_HEADING)


def check_text(baseline: Baseline, *, where: str) -> bytes:
    """Write a baseline's text and read it again, so that nothing unreadable is ever written.

    Args:
        baseline: The baseline.
        where: How its file is to be named in errors.

    Raises:
        BaselineError: With the place in it, where it would be refused or read otherwise.
    """
    content = encode_text(baseline).encode("utf-8")
    if len(content) > LARGEST_BYTES:
        raise _refuse_size(baseline, len(content), where)
    reread = _decode(content, where=where, path=baseline.path)
    if replace(reread, sha256=baseline.sha256) != baseline:
        raise BaselineError("would not be read as it was reviewed; this is a defect", where=where)
    return content


def _refuse_size(baseline: Baseline, size_bytes: int, where: str) -> BaselineError:
    """Say that a file would be too large, and whose results have most of its bytes."""
    digits: Counter[str] = Counter()
    for table in baseline.tables:
        for entry in table.entries:
            arrays = (entry.result, *(it.array for it in entry.leaves))
            owner = re.split(r"[#\[]", entry.id, maxsplit=1)[0]
            digits[owner] += sum(len(it.bits or "") for it in arrays)
    largest = ", ".join(f"`{owner}` {count}" for owner, count in digits.most_common(3) if count)
    return BaselineError(
        f"would have {size_bytes} bytes, and no more than {LARGEST_BYTES} are read",
        where=where,
        hint=f"most are the bytes of small arrays ({largest}): check fewer results there, or one "
        "array of many, of which only digests are kept above 4096 bytes",
    )


def _write(baseline: Baseline, path: Path) -> None:
    """Write a baseline; what could not be read again is refused, and the file stays."""
    where = f"{path.parents[1].name}/{ACCEPTED}/{path.name}"
    content = check_text(baseline, where=where)
    try:
        write_atomically(path, content)
    except OSError as error:
        raise BaselineError(f"cannot be written: {error.strerror}", where=where) from None
