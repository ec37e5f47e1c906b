"""The packages that are installed: which there are, and where each came from."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from reprokit.model.environment import Package
from reprokit.observe.gaps import GapCollector, UnknownFactError
from reprokit.observe.privacy import scrub
from reprokit.observe.quick_facts import NUMERIC_PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PLAIN_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}")
_TAG = re.compile(
    r"(?:[a-z]{2}[0-9]+\.?)+-(?:none|abi3|[a-z]{2}[0-9]+[a-z]?)"
    r"-(?:any|(?:\.?(?:manylinux|musllinux|macosx|linux)[0-9_]*(?:_(?:x86_64|aarch64|arm64|universal2)))+)"
)
"""What MLX's wheels and most others are tagged with."""

_METADATA = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledPackage:
    """A package as it lies in site-packages.

    Attributes:
        name: Its normalized name.
        version: Its version; None where its metadata does not tell.
        metadata: The folder of its metadata, or the one file that older tools wrote. Not shown.
    """

    name: str
    version: str | None
    metadata: Path

    @property
    def site(self) -> str:
        """The folder that its RECORD's paths begin at. Not shown."""
        return os.path.dirname(self.metadata)  # noqa: PTH120 - asked for each of its files

    def read_metadata(self, name: str) -> str:
        """Read a file of its metadata.

        Raises:
            UnknownFactError: Where it is missing or no text.
            OSError: Where it cannot be read.
        """
        try:
            return (self.metadata / name).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            raise UnknownFactError(f"{name} is missing") from None
        except UnicodeDecodeError:
            raise UnknownFactError(f"{name} is not valid UTF-8") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where an installation came from.

    Attributes:
        tags: The tags of its wheel, one each, as `py3-none-any`; none where they are unknown.
        build: The wheel's build number, which tells apart files of equal tags.
        source: As `Package.source`; None where it is unknown.
        commit: The commit, of a git source.
        built: Whether uv built it here, from a source distribution or a folder.
    """

    tags: tuple[str, ...] = ()
    build: str | None = None
    source: str | None = None
    commit: str | None = None
    built: bool = False

    @property
    def is_for_any(self) -> bool:
        """Whether a wheel that was not built here calls itself one for any platform.

        Makers of wheels that hold a program for each platform, as playwright's, leave it so.
        """
        return not self.built and all(tag.endswith("-any") for tag in self.tags)

    def rank_wheel(self, file_name: str) -> tuple[int, int, bool]:
        """Rank a wheel's file: by the tags it shares, the fewer it has beyond, and the build.

        Tools that mend wheels leave more tags in the name than in the WHEEL file, or fewer.

        Returns:
            What sorts; the first is 0 where the installation cannot be of this file.
        """
        parts = file_name.removesuffix(".whl").split("-")  # name, version, build at times, tags
        installed = {tag for text in self.tags for tag in _expand(text)}
        tags = _expand("-".join(parts[-3:]))
        return len(tags & installed), -len(tags ^ installed), parts[2:-3] == [self.build]


def observe_packages(
    collector: GapCollector,
    names: Iterable[str] = NUMERIC_PACKAGES,
    *,
    folders: Sequence[str] | None = None,
) -> tuple[Package, ...]:
    """Observe which of the packages named are installed, and as which wheels.

    Args:
        collector: Takes the gaps.
        names: The packages' names.
        folders: Where packages lie; `sys.path` by default.
    """
    installed = list_installed(collector, folders)
    found = [installed[name] for name in map(canonicalize_name, names) if name in installed]
    packages = [
        describe_package(collector, item, observe_origin(collector, item)) for item in found
    ]
    return tuple(package for package in packages if package)


def list_installed(
    collector: GapCollector, folders: Sequence[str] | None = None
) -> dict[str, InstalledPackage]:
    """List all installed packages by name: of two with one name, that which Python imports.

    Args:
        collector: Takes a gap for each whose version is unknown.
        folders: Where packages lie; `sys.path` by default.
    """
    installed: dict[str, InstalledPackage] = {}
    for metadata in _find_metadata(sys.path if folders is None else folders):
        name = canonicalize_name(metadata.stem.partition("-")[0])
        if name not in installed:
            version = collector.ask(f"packages.{name}.version", partial(_read_version, metadata))
            installed[name] = InstalledPackage(name=name, version=version, metadata=metadata)
    return installed


def observe_origin(collector: GapCollector, item: InstalledPackage) -> Origin:
    """Observe where a package came from; what is unknown of it becomes a gap."""
    fact = f"packages.{item.name}"
    tags, build = collector.ask(f"{fact}.wheel", partial(_read_wheel, item)) or ((), None)
    source, commit = collector.ask(f"{fact}.source", partial(_read_source, item)) or (None, None)
    # uv writes this file for what it built itself; Path.is_file may raise where os.path does not
    built = os.path.isfile(item.metadata / "uv_build.json")  # noqa: PTH113
    return Origin(tags=tags, build=build, source=source, commit=commit, built=built)


def describe_package(
    collector: GapCollector, item: InstalledPackage, origin: Origin
) -> Package | None:
    """Describe an installed package; None where its version is unknown, which is a gap by then."""
    if item.version is None:
        return None
    return Package(
        name=item.name,
        version=item.version,
        wheel=",".join(it if _TAG.fullmatch(it) else scrub(it) for it in origin.tags) or None,
        source=origin.source,
        installer=collector.ask(f"packages.{item.name}.installer", partial(_read_installer, item)),
    )


def _find_metadata(folders: Iterable[str]) -> Iterator[Path]:
    """Find metadata, that of wheels first: an egg-info may lie in a source folder on the path."""
    paths = [
        path for folder in dict.fromkeys(folders) for path in _list_folder(Path(folder or "."))
    ]
    for suffix in _METADATA:
        yield from (path for path in paths if path.suffix == suffix)


def _list_folder(folder: Path) -> list[Path]:
    try:
        # pip renames what it is about to remove to names with a tilde
        return sorted(path for path in folder.iterdir() if not path.name.startswith("~"))
    except OSError:  # an archive, or a folder that is not there: nothing that uv installs into
        return []


def _read_version(metadata: Path) -> str:
    name = _METADATA[metadata.suffix]
    path = metadata / name if metadata.is_dir() else metadata
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key.lower() == "version" and value.strip():
                    return scrub(value.strip())
                if not line.strip():
                    break
    except FileNotFoundError:
        raise UnknownFactError(f"{name} is missing") from None
    raise UnknownFactError(f"{name} has no version")


def _read_wheel(item: InstalledPackage) -> tuple[tuple[str, ...], str | None]:
    """Read the wheel's tags and its build number."""
    lines = [line.partition(":") for line in item.read_metadata("WHEEL").splitlines()]
    tags = tuple(value.strip() for key, _, value in lines if key == "Tag")
    if not tags:
        raise UnknownFactError("WHEEL names no tag")
    return tags, next((value.strip() for key, _, value in lines if key == "Build"), None)


def _read_source(item: InstalledPackage) -> tuple[str, str | None]:
    """Read kind of source and commit; the addresses and paths beside them are left there."""
    try:
        data = json.loads(item.read_metadata("direct_url.json"))
    except UnknownFactError:
        if (item.metadata / "direct_url.json").exists():
            raise
        return "registry", None
    except ValueError:
        raise UnknownFactError("direct_url.json is not valid JSON") from None
    kind = _tell_kind(data) if isinstance(data, dict) else None
    if kind is None:
        raise UnknownFactError("direct_url.json tells no source")
    commit = data["vcs_info"].get("commit_id") if "vcs_info" in data else None
    return kind, commit if isinstance(commit, str) else None


def _tell_kind(data: dict[str, Any]) -> str | None:
    if isinstance(folder := data.get("dir_info"), dict):
        return "editable" if folder.get("editable") is True else "path"
    if isinstance(repository := data.get("vcs_info"), dict):
        return "git" if repository.get("vcs") == "git" else "url"
    if isinstance(data.get("archive_info"), dict):
        return "path" if str(data.get("url")).startswith("file:") else "url"
    return None


def _expand(tags: str) -> frozenset[str]:
    """Write out a compressed set of tags, as `py2.py3-none-any`."""
    return frozenset("-".join(tag) for tag in product(*(_.split(".") for _ in tags.split("-"))))


def _read_installer(item: InstalledPackage) -> str:
    installer = item.read_metadata("INSTALLER").strip()
    if not installer:
        raise UnknownFactError("INSTALLER is empty")
    if not _PLAIN_WORD.fullmatch(installer):  # whoever wrote it can have put anything there
        raise UnknownFactError("INSTALLER holds no plain word")
    return installer
