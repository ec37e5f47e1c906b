"""Holds the files of installed packages against what their RECORD says."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reprokit.model.environment import Drift, DriftKind, DriftSeverity, NativeLibrary
from reprokit.observe.gaps import UnknownFactError
from reprokit.observe.privacy import scrub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reprokit.observe.gaps import GapCollector
    from reprokit.observe.packages import InstalledPackage

_WRITTEN_BY_INSTALLERS = frozenset(
    ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json", "uv_build.json")
)
_LIBRARY_SUFFIXES = frozenset((".so", ".dylib", ".metallib"))
_MOST_THREADS = 8
_LARGE_BYTES = 1 << 18
_SHOWN_DIGITS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedFile:
    """A file that RECORD lists; hex sha256, where it has one, and size as they stand there."""

    path: str
    sha256: str | None
    size: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What the files of one package are.

    Attributes:
        record_sha256: As `Package.record_sha256`.
        libraries: Its native libraries, as they are now.
        drift: Files that were edited, deleted or added.
    """

    record_sha256: str | None
    libraries: tuple[NativeLibrary, ...]
    drift: tuple[Drift, ...]


def verify_files(
    collector: GapCollector,
    packages: Sequence[InstalledPackage],
    everything: Iterable[InstalledPackage],
) -> dict[str, Verification]:
    """Hash every file of some packages, once, and hold it against their RECORD.

    Files without a hash in RECORD are passed over: RECORD itself and compiled Python.

    Args:
        collector: Takes a gap where a RECORD is missing or a file cannot be read.
        packages: The packages to verify.
        everything: All that is installed: another package may have files in these one's folders.

    Returns:
        What was found, by package.
    """
    records = {
        item.name: collector.ask(f"packages.{item.name}.record_sha256", partial(read_record, item))
        for item in packages
    }
    digests = _hash_files(
        {
            _locate(item, file.path): file.size
            for item in packages
            for file in records[item.name] or ()
            if file.sha256
        }
    )
    added = _find_added(collector, packages, records, everything)
    return {
        item.name: _verify_package(
            collector, item, records[item.name], digests, added.get(item.name, ())
        )
        for item in packages
    }


def read_record(item: InstalledPackage) -> tuple[RecordedFile, ...]:
    """Read a package's RECORD.

    Raises:
        UnknownFactError: Where it is missing, corrupt, or lists no file with a sha256.
        OSError: Where it cannot be read.
    """
    reader = csv.reader(io.StringIO(item.read_metadata("RECORD"), newline=""), strict=True)
    try:
        files = tuple(_read_row(row) for row in reader if row)
    except (ValueError, csv.Error):
        raise UnknownFactError(f"RECORD is corrupt in line {reader.line_num}") from None
    if not any(file.sha256 for file in files):
        raise UnknownFactError("RECORD lists no file with a sha256")
    return files


def digest_record(files: Iterable[RecordedFile]) -> str:
    """Hash a RECORD so that equal wheels give equal digests, whoever installed them, and where.

    What installers write is left out, and so is what lies outside of site-packages: scripts name
    the interpreter's path.
    """
    lines = sorted(
        f"{file.path},{file.sha256},{file.size}\n"
        for file in files
        if file.sha256 and not file.path.startswith(("..", "/")) and not _is_installers(file.path)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _is_installers(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return name.endswith(".pyc") or (
        name in _WRITTEN_BY_INSTALLERS and folder.endswith(".dist-info")
    )


def _read_row(row: Sequence[str]) -> RecordedFile:
    path, hashed, size = row
    if size:
        int(size)  # what is no number is corrupt
    algorithm, _, encoded = hashed.partition("=")
    if not hashed:
        return RecordedFile(path=path, sha256=None, size=size)
    digest = base64.b64decode(encoded + "=", altchars=b"-_", validate=True)
    if algorithm != "sha256" or len(digest) != hashlib.sha256().digest_size or not path:
        raise ValueError
    return RecordedFile(path=path, sha256=digest.hex(), size=size)


def _locate(item: InstalledPackage, path: str) -> str:
    whole = f"{item.site}/{path}" if path[:1] != "/" else path
    return os.path.normpath(whole) if ".." in path else whole  # rarely needed, and slow


def _hash_files(sizes: Mapping[str, str]) -> dict[str, str | OSError]:
    """Hash large files side by side, the largest first, and meanwhile the small ones here.

    For small files a thread costs more than the hashing, which is not done outside of Python's
    lock for them.
    """
    paths = sorted(sizes, key=lambda path: int(sizes[path] or 0), reverse=True)
    large = [path for path in paths if int(sizes[path] or 0) >= _LARGE_BYTES]
    small = paths[len(large) :]
    with ThreadPoolExecutor(max_workers=min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        answers = pool.map(_hash_file, large)
        digests = {path: _hash_file(path) for path in small}
        return digests | dict(zip(large, answers, strict=True))


def _hash_file(path: str) -> str | OSError:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs more than hashing
            if os.fstat(file.fileno()).st_size < _LARGE_BYTES:
                return hashlib.sha256(file.read()).hexdigest()
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return error


def _verify_package(
    collector: GapCollector,
    item: InstalledPackage,
    record: Sequence[RecordedFile] | None,
    digests: Mapping[str, str | OSError],
    added: Iterable[str],
) -> Verification:
    drift: list[Drift] = []
    libraries: list[NativeLibrary] = []
    for file in record or ():
        if file.sha256 is None:
            continue
        digest = digests[_locate(item, file.path)]
        is_inside = not PurePosixPath(file.path).is_absolute() and ".." not in file.path
        if isinstance(digest, str) and is_library(file.path) and is_inside:
            libraries.append(NativeLibrary(path=file.path, sha256=digest))
        change = collector.ask(f"packages.{item.name}.files", partial(_compare_file, file, digest))
        if change:
            drift.append(_make_drift(item, *change))
    for path in added:
        detail = f"`{scrub(path)}` is there, but not in RECORD"  # whoever added it chose the name
        drift.append(_make_drift(item, DriftKind.ADDED, detail))
    return Verification(
        record_sha256=digest_record(record) if record else None,
        libraries=tuple(sorted(libraries, key=lambda library: library.path)),
        drift=tuple(drift),
    )


def is_library(path: str) -> bool:
    """Tell a native library by its name: `.so`, also with a version after it, or Apple's."""
    return not _LIBRARY_SUFFIXES.isdisjoint(PurePosixPath(path).suffixes)


def _compare_file(file: RecordedFile, digest: str | OSError) -> tuple[DriftKind, str] | None:
    """Say how a file differs from RECORD, None where it does not."""
    if digest == file.sha256:
        return None
    # what lies outside of site-packages is shown without the way there
    shown = scrub(file.path if file.path[0] not in "./" else "/".join(file.path.split("/")[-2:]))
    if isinstance(digest, FileNotFoundError):
        return DriftKind.DELETED, f"`{shown}` is in RECORD, but not there"
    if isinstance(digest, OSError):
        raise UnknownFactError(f"`{shown}` cannot be read: {digest.strerror}")
    now, then = digest[:_SHOWN_DIGITS], str(file.sha256)[:_SHOWN_DIGITS]
    return DriftKind.EDITED, f"`{shown}` has sha256 {now}, and {then} in RECORD"


def _make_drift(item: InstalledPackage, kind: DriftKind, detail: str) -> Drift:
    # a script only starts the package: no byte of a result depends on it
    is_script = "`bin/" in detail
    severity = DriftSeverity.LOW if is_script else DriftSeverity.HIGH
    return Drift(kind=kind, package=item.name, detail=detail, severity=severity)


def _find_added(
    collector: GapCollector,
    packages: Sequence[InstalledPackage],
    records: Mapping[str, Sequence[RecordedFile] | None],
    everything: Iterable[InstalledPackage],
) -> dict[str, list[str]]:
    """Find files in the packages' own folders that no RECORD lists, by package.

    Packages share folders, as MLX and its backends do: where the RECORD of one is unknown, none
    of the files there can be called added.
    """
    if None in records.values():
        return {}
    listed: set[str] = set()
    folders: dict[str, InstalledPackage] = {}
    for item in packages:
        for file in records[item.name] or ():
            listed.add(_locate(item, file.path))
            folder, _, inside = file.path.partition("/")
            if inside and folder not in {"", ".", ".."} and not folder.endswith(".dist-info"):
                folders.setdefault(_locate(item, folder), item)
    added = {
        path: item
        for folder, item in folders.items()
        for path in collector.ask(f"packages.{item.name}.files", partial(_list_all_files, folder))
        or ()
        if path not in listed
    }
    return _group_unlisted(added, everything) if added else {}


def _group_unlisted(
    added: Mapping[str, InstalledPackage], everything: Iterable[InstalledPackage]
) -> dict[str, list[str]]:
    """Group by package, as paths below site-packages, what no other package's RECORD lists."""
    others: set[str] = set()
    for item in everything:
        with suppress(UnknownFactError, OSError):
            others.update(_locate(item, file.path) for file in read_record(item))
    grouped: dict[str, list[str]] = {}
    for path in sorted(added.keys() - others):
        item = added[path]
        grouped.setdefault(item.name, []).append(os.path.relpath(path, item.site))
    return grouped


def _list_all_files(folder: str) -> list[str]:
    return list(_list_files(folder))


def _list_files(folder: str) -> Iterator[str]:
    """List the files below a folder, without what Python and macOS put into any folder."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _list_files(entry.path)
            elif not _is_passed_over(folder, entry.name):
                yield entry.path


def _is_passed_over(folder: str, name: str) -> bool:
    compiled = name.endswith(".pyc") and folder.endswith("__pycache__")
    return compiled or name == ".DS_Store"
