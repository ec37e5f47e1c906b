"""Holds what is installed against uv.lock, and finds what drifted."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from reprokit.model.environment import Drift, DriftKind, DriftSeverity, Lock
from reprokit.observe.gaps import UnknownFactError
from reprokit.observe.installed_files import verify_files
from reprokit.observe.lock_file_parsing import LOCK_NAME, SourceKind, parse_lock
from reprokit.observe.lockfile import (
    check_lock,
    find_lock,
    group_packages,
    read_default_groups,
    read_lock,
    select_packages,
)
from reprokit.observe.packages import (
    describe_package,
    list_installed,
    observe_origin,
)
from reprokit.observe.quick_facts import NUMERIC_PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from reprokit.model.environment import Package
    from reprokit.observe.gaps import GapCollector
    from reprokit.observe.lock_file_parsing import LockedFile, LockedPackage, LockFile
    from reprokit.observe.packages import InstalledPackage, Origin

_SEEDS = frozenset(("pip", "setuptools", "uv", "wheel"))
"""What `uv sync` also leaves alone: tools that come with an environment."""

_SOURCES = {
    SourceKind.REGISTRY: "registry",
    SourceKind.GIT: "git",
    SourceKind.URL: "url",
    SourceKind.PATH: "path",
    SourceKind.DIRECTORY: "path",
    SourceKind.EDITABLE: "path",
    SourceKind.VIRTUAL: "path",
}
_SHOWN_DIGITS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """What is installed, what was locked, and how the two differ.

    Attributes:
        packages: The numeric packages that are installed.
        lock: The project's lock.
        drift: The differences, those first that can change bytes.
    """

    packages: tuple[Package, ...]
    lock: Lock
    drift: tuple[Drift, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Finding:
    """What one package is held against, and how it differs."""

    file: LockedFile | None = None
    kind: DriftKind | None = None
    detail: str = ""


def observe_installation(
    collector: GapCollector,
    *,
    root: Path,
    project: str,
    numeric: Iterable[str] = (),
    folders: Sequence[str] | None = None,
) -> Installation:
    """Observe the packages that decide bytes, the lock, and every drift between the two.

    Args:
        collector: Takes the gaps.
        root: The project's folder.
        project: The project's name, as in pyproject.toml.
        numeric: Packages beside MLX's own whose files decide bytes.
        folders: Where packages lie; `sys.path` by default.

    Raises:
        ProjectError: Where there is no uv.lock, or it is corrupt or newer than this reprokit.
    """
    content = read_lock(find_lock(root))
    lock_file = parse_lock(content)
    names = tuple(dict.fromkeys(map(canonicalize_name, (*NUMERIC_PACKAGES, *numeric))))
    with ThreadPoolExecutor(max_workers=1) as pool:
        answer = pool.submit(check_lock, root, lock_file)  # uv works while files are hashed
        installed = list_installed(collector, folders)
        observer = _Observer(collector, installed, frozenset(names))
        drift = observer.compare(lock_file, root, project)
        packages = observer.describe(names, drift)
        current = collector.ask("lock.current", answer.result)
    if current is False:
        drift.append(_tell_stale())
    return Installation(
        packages=packages,
        lock=Lock(sha256=hashlib.sha256(content).hexdigest(), current=current),
        drift=tuple(sorted(drift, key=_rank)),
    )


def _rank(drift: Drift) -> tuple[bool, int, str, str]:
    high = drift.severity is DriftSeverity.HIGH
    return not high, list(DriftKind).index(drift.kind), drift.package, drift.detail


def _tell_stale() -> Drift:
    detail = "pyproject.toml asks for something else: `uv lock` would change the lock"
    return Drift(
        kind=DriftKind.STALE_LOCK,
        package=LOCK_NAME,
        detail=detail,
        severity=DriftSeverity.HIGH,
    )


class _Observer:
    """Compares installed packages with locked ones, and asks each for its origin once."""

    def __init__(
        self,
        collector: GapCollector,
        installed: Mapping[str, InstalledPackage],
        numeric: frozenset[str],
    ) -> None:
        self._collector = collector
        self._installed = installed
        self._numeric = numeric
        self._origins: dict[str, Origin] = {}
        self._files: dict[str, LockedFile] = {}

    def compare(self, lock_file: LockFile, root: Path, project: str) -> list[Drift]:
        """Compare all that is installed with the lock; nothing, where it lacks the project."""
        select = partial(
            select_packages, lock_file, project=project, groups=read_default_groups(root)
        )
        required = self._collector.ask("drift", select)
        if required is None:
            return []
        known = group_packages(lock_file)
        found = [
            self._compare_package(name, required.get(name, ()), known.get(name, ()))
            for name in sorted(known.keys() | self._installed.keys() - _SEEDS)
        ]
        return [drift for drift in found if drift]

    def describe(self, names: Sequence[str], drift: list[Drift]) -> tuple[Package, ...]:
        """Describe the numeric packages, and add to the drift what their files say."""
        items = [self._installed[name] for name in names if name in self._installed]
        verified = verify_files(self._collector, items, self._installed.values())
        packages = []
        for item in items:
            verification = verified[item.name]
            drift.extend(verification.drift)
            origin = self._find_origin(item)
            package = describe_package(self._collector, item, origin)
            if package is None:
                continue
            file = self._files.get(item.name)
            record = partial(_check_coverage, origin, verification.record_sha256)
            packages.append(
                replace(
                    package,
                    locked_file=file.name if file else None,
                    locked_sha256=file.sha256 if file else None,
                    record_sha256=self._collector.ask(
                        f"packages.{item.name}.record_sha256", record
                    ),
                    libraries=verification.libraries,
                )
            )
        return tuple(packages)

    def _find_origin(self, item: InstalledPackage) -> Origin:
        if item.name not in self._origins:
            self._origins[item.name] = observe_origin(self._collector, item)
        return self._origins[item.name]

    def _compare_package(
        self, name: str, required: Sequence[LockedPackage], known: Sequence[LockedPackage]
    ) -> Drift | None:
        item = self._installed.get(name)
        if item is None:
            finding = _compare_absent(required)
        elif not known:
            detail = f"{item.version or 'an unknown version'} is installed; {LOCK_NAME} has none"
            finding = _Finding(kind=DriftKind.EXTRA, detail=detail)
        elif item.version is None:
            return None
        else:
            finding = _compare_present(item.version, self._find_origin(item), required or known)
        if finding.file:
            self._files[name] = finding.file
        if finding.kind is None:
            return None
        is_numeric = name in self._numeric
        is_of_lock = finding.kind is not DriftKind.OTHER_FILE
        if item and not is_of_lock and not is_numeric and self._find_origin(item).is_for_any:
            return None
        high = is_numeric and finding.kind is not DriftKind.EXTRA
        severity = DriftSeverity.HIGH if high else DriftSeverity.LOW
        return Drift(kind=finding.kind, package=name, detail=finding.detail, severity=severity)


def _check_coverage(origin: Origin, record_sha256: str | None) -> str | None:
    if origin.source == "editable":
        raise UnknownFactError("it is editable: RECORD does not list its code")
    return record_sha256


def _compare_absent(required: Sequence[LockedPackage]) -> _Finding:
    if not required or required[0].source.kind is SourceKind.VIRTUAL:
        return _Finding()
    detail = f"{LOCK_NAME} has {_list_versions(required)}; it is not installed"
    return _Finding(kind=DriftKind.MISSING, detail=detail)


def _compare_present(version: str, origin: Origin, locked: Sequence[LockedPackage]) -> _Finding:
    """Compare an installed package with those of its name that it may be."""
    equal = [package for package in locked if _is_version(version, package.version)]
    if not equal:
        detail = f"{LOCK_NAME} has {_list_versions(locked)}; {version} is installed"
        return _Finding(kind=DriftKind.OTHER_VERSION, detail=detail)
    if origin.source is None:  # a gap by now
        return _Finding()
    alike = [package for package in equal if _is_source(origin, package)]
    if not alike:
        source = equal[0].source
        detail = f"{LOCK_NAME} takes it from {_word_source(source.kind, source.commit)}; "
        detail += f"it is installed from {_word_source(origin.source, origin.commit)}"
        return _Finding(kind=DriftKind.OTHER_SOURCE, detail=detail)
    findings = [_compare_file(origin, package) for package in alike]
    return next((finding for finding in findings if finding.kind is None), findings[0])


def _is_version(installed: str, locked: str | None) -> bool:
    """Whether versions are equal; one that only building tells is not compared."""
    if locked is None or installed == locked:
        return True
    try:
        return Version(installed) == Version(locked)
    except InvalidVersion:
        return False


def _is_source(origin: Origin, package: LockedPackage) -> bool:
    # an editable install and one of a copy of the same folder are both what uv may be asked for
    source = "path" if origin.source == "editable" else origin.source
    same_commit = origin.commit == package.source.commit or None in {
        origin.commit,
        package.source.commit,
    }
    return source == _SOURCES[package.source.kind] and same_commit


def _word_source(source: str, commit: str | None) -> str:
    return f"`{source}` at commit {commit[:_SHOWN_DIGITS]}" if commit else f"`{source}`"


def _list_versions(packages: Iterable[LockedPackage]) -> str:
    return " or ".join(package.version or "a version told by building" for package in packages)


def _compare_file(origin: Origin, package: LockedPackage) -> _Finding:
    """Find the locked file that a wheel was installed from."""
    if not package.wheels:
        return _Finding(file=package.sdist)  # it could only be built, or is a folder
    if origin.built:
        detail = f"it was built from source here; {LOCK_NAME} has wheels"
        return _Finding(kind=DriftKind.OTHER_FILE, detail=detail)
    if not origin.tags:  # a gap by now
        return _Finding()
    best = max(package.wheels, key=lambda file: origin.rank_wheel(file.name))
    if origin.rank_wheel(best.name)[0]:
        return _Finding(file=best)
    detail = f"{LOCK_NAME} has no file of the installed wheel's tags `{','.join(origin.tags)}`"
    if package.sdist:
        detail += ": it was built from source, or is a wheel from elsewhere"
    return _Finding(kind=DriftKind.OTHER_FILE, detail=detail)
