"""The project's uv.lock: where it is, what it asks for here, and whether it still holds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName, default_environment
from packaging.utils import canonicalize_name

from reprokit.errors import ProjectError
from reprokit.model.environment import Lock
from reprokit.model.names import PYPROJECT
from reprokit.model.wire import shorten
from reprokit.observe.gaps import UnknownFactError
from reprokit.observe.lock_file_parsing import LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from reprokit.observe.lock_file_parsing import LockedDependency, LockedPackage, LockFile

    Holds = Callable[[str | None], bool]

_UV_LIMIT_S = 30

_CONFLICT = re.compile(r"""extra\s*(==|!=)\s*['"]((?:extra|group|project)-\d+-[^'"]*)['"]""")
"""How uv writes into a marker that an extra or a group is chosen, where choices conflict."""

_ALWAYS, _NEVER = "python_version >= '0'", "python_version < '0'"


def find_lock(root: Path) -> Path:
    """Find the lock of a project: beside its pyproject.toml, or above, as in a workspace.

    Raises:
        ProjectError: Where there is none.
    """
    for folder in (root, *root.parents):
        path = folder / LOCK_NAME
        if path.is_file():
            return path
        if (folder / ".git").exists():
            break
    raise ProjectError(f"there is no {LOCK_NAME}", hint="make one with `uv lock` and commit it")


def read_lock(path: Path) -> bytes:
    """Read a lock's bytes.

    Raises:
        ProjectError: Where it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", where=LOCK_NAME) from None


def observe_lock(root: Path) -> Lock:
    """Hash the project's lock.

    Raises:
        ProjectError: Where there is none or it cannot be read.
    """
    return Lock(sha256=hashlib.sha256(read_lock(find_lock(root))).hexdigest())


def read_default_groups(root: Path) -> frozenset[str] | None:
    """Read which dependency groups uv installs unasked: `dev`, where the project says nothing.

    Returns:
        Their names; None for all of them.
    """
    tool = _read_pyproject(root).get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    groups = uv.get("default-groups") if isinstance(uv, dict) else None
    if groups == "all":
        return None
    return frozenset(map(str, groups)) if isinstance(groups, list) else frozenset({"dev"})


def select_packages(
    lock_file: LockFile, *, project: str, groups: frozenset[str] | None
) -> dict[str, tuple[LockedPackage, ...]]:
    """Select what `uv sync` installs here: all that the project needs, in this interpreter.

    Args:
        lock_file: The lock.
        project: The project's name.
        groups: The dependency groups that are installed unasked; None for all.

    Returns:
        Packages by name, the project itself among them where it is installed. A name has more
        than one package only where the lock leaves that open.

    Raises:
        UnknownFactError: Where the lock holds neither the project nor a workspace.
        ProjectError: Where a marker in the lock cannot be read.
    """
    by_name = group_packages(lock_file)
    roots = by_name.get(canonicalize_name(project), ())
    start: list[LockedDependency] = []
    if not roots:
        # a workspace whose root is no project is installed with all members
        roots = tuple(item for name in lock_file.members for item in by_name.get(name, ()))
        start = [
            item for name in _choose(lock_file.groups, groups) for item in lock_file.groups[name]
        ]
    if not roots:
        raise UnknownFactError(f"{LOCK_NAME} does not hold the project `{project}`")
    choices = {_choice("project", root.name) for root in roots}
    for root in roots:
        for name in _choose(root.groups, groups):
            choices.add(_choice("group", root.name, name))
            start.extend(root.groups[name])
    return _settle(by_name, roots, start, frozenset(choices))


def group_packages(lock_file: LockFile) -> dict[str, tuple[LockedPackage, ...]]:
    """Return a lock's packages by name."""
    by_name: dict[str, tuple[LockedPackage, ...]] = {}
    for package in lock_file.packages:
        by_name[package.name] = (*by_name.get(package.name, ()), package)
    return by_name


def _choose(names: Iterable[str], chosen: frozenset[str] | None) -> list[str]:
    return [name for name in names if chosen is None or name in chosen]


def _choice(kind: str, package: str, name: str | None = None) -> str:
    """Word a chosen project, extra or group as uv does in markers."""
    return "-".join(filter(None, (kind, str(len(package)), package, name)))


def _settle(
    by_name: Mapping[str, tuple[LockedPackage, ...]],
    roots: Iterable[LockedPackage],
    start: Sequence[LockedDependency],
    choices: frozenset[str],
) -> dict[str, tuple[LockedPackage, ...]]:
    """Walk until the extras met on the way, which markers may ask for, are all known."""
    while True:
        reached, met = _walk(by_name, roots, start, choices)
        if met == choices:
            return reached
        choices = met


def _walk(
    by_name: Mapping[str, tuple[LockedPackage, ...]],
    roots: Iterable[LockedPackage],
    start: Sequence[LockedDependency],
    choices: frozenset[str],
) -> tuple[dict[str, tuple[LockedPackage, ...]], frozenset[str]]:
    holds = _make_marker_test(choices)
    reached: dict[str, tuple[LockedPackage, ...]] = {root.name: (root,) for root in roots}
    wanted = [*start, *(item for root in roots for item in root.dependencies)]
    met = set(choices)
    seen = {(root.name, root.version, root.source, "") for root in roots}
    while wanted:
        dependency = wanted.pop()
        if not holds(dependency.marker):
            continue
        for package in _find_packages(by_name, dependency, holds):
            found = reached.get(package.name, ())
            reached[package.name] = found if package in found else (*found, package)
            met |= {_choice("extra", package.name, extra) for extra in dependency.extras}
            for extra in ("", *dependency.extras):
                key = (package.name, package.version, package.source, extra)
                if key not in seen:
                    seen.add(key)
                    more = package.extras.get(extra, ()) if extra else package.dependencies
                    wanted.extend(more)
    return reached, frozenset(met)


def _find_packages(
    by_name: Mapping[str, tuple[LockedPackage, ...]], dependency: LockedDependency, holds: Holds
) -> tuple[LockedPackage, ...]:
    """Find what a dependency stands for: by version and source where it has them."""
    return tuple(
        package
        for package in by_name.get(dependency.name, ())
        if dependency.version in {None, package.version}
        and dependency.source in {None, package.source}
        and (not package.markers or any(map(holds, package.markers)))
    )


def _make_marker_test(choices: frozenset[str]) -> Holds:
    """Make the test whether a marker holds here, with these projects, extras and groups chosen."""
    environment = cast("dict[str, str]", default_environment()) | {"extra": ""}

    def decide(match: re.Match[str]) -> str:
        return _ALWAYS if (match[2] in choices) == (match[1] == "==") else _NEVER

    @cache
    def holds(text: str | None) -> bool:
        if text is None:
            return True
        try:
            return Marker(_CONFLICT.sub(decide, text)).evaluate(environment)
        except (InvalidMarker, UndefinedEnvironmentName):
            msg = f"the marker `{shorten(text)}` cannot be read"
            raise ProjectError(msg, where=LOCK_NAME) from None

    return holds


def check_lock(root: Path, lock_file: LockFile) -> bool:
    """Ask uv whether the lock still matches pyproject.toml, without network and changes.

    `uv lock --check --offline` answers from the lock and the pyproject.toml files alone while
    they match. It exits with 0 then, with 1 and "needs to be updated" where the lock is stale,
    with 1 or 2 and other words where it cannot tell.

    Args:
        root: The project's folder.
        lock_file: Its lock.

    Raises:
        UnknownFactError: Where uv is not there or cannot tell, with the reason in our own words:
            uv's may name servers and folders.
    """
    _refuse_building(find_lock(root).parent, lock_file)
    program = os.environ.get("UV") or shutil.which("uv")  # `uv run` says in UV where it is
    options = ("--offline", "--no-python-downloads", "--color=never", f"--python={sys.executable}")
    try:
        if not program:
            raise FileNotFoundError
        done = subprocess.run(
            (program, "lock", "--check", *options, "--project", str(root.resolve())),
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_UV_LIMIT_S,
        )
    except OSError:
        raise UnknownFactError("`uv` is not there, or cannot be started") from None
    except subprocess.TimeoutExpired:
        raise UnknownFactError(f"`uv` did not answer within {_UV_LIMIT_S} s") from None
    return _read_answer(done.returncode, done.stderr)


def _read_answer(code: int, said: bytes) -> bool:
    if code == 0:
        return True
    if code == 1 and b"needs to be updated" in said:
        return False
    if b"network was disabled" in said:
        raise UnknownFactError(
            "uv cannot tell without the network; most likely pyproject.toml asks for what the "
            "lock does not hold: see `uv lock --check`"
        )
    raise UnknownFactError(f"`uv lock --check` ended with exit {code}: run it to see why")


def _refuse_building(folder: Path, lock_file: LockFile) -> None:
    """Leave uv alone where it would build a package to learn its dependencies.

    Building writes into the package's folder, and may need the network.
    """
    for package in lock_file.packages:
        if package.source.folder is not None and _must_be_built(folder / package.source.folder):
            raise UnknownFactError(
                f"`{package.name}` tells its dependencies only when it is built, which is not done"
            )


def _must_be_built(folder: Path) -> bool:
    if not (folder / PYPROJECT).exists():
        return folder.is_dir()  # of what is not there, uv itself says so
    data = _read_pyproject(folder)
    project = data.get("project")
    if not isinstance(project, dict):
        return bool(data)
    dynamic = project.get("dynamic")
    asked = ("dependencies", "optional-dependencies")
    return isinstance(dynamic, list) and any(name in dynamic for name in asked)


def _read_pyproject(folder: Path) -> dict[str, Any]:
    """Read a pyproject.toml; what is wrong with it, uv itself says."""
    try:
        return tomllib.loads((folder / PYPROJECT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
