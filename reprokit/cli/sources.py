"""From a command's arguments to the manifests that are meant: a project's, or any on disk."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.compare.same_names import tell_machines_apart
from reprokit.compare.selection import list_commits, resolve_machines
from reprokit.errors import ManifestError, ProjectError, UsageError
from reprokit.model.collection import FoundManifest
from reprokit.observe.project import read_settings
from reprokit.store.collection import read_collection
from reprokit.store.manifest_pieces import Pieces
from reprokit.store.manifests import list_machines, read_machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reprokit.model.manifest import Manifest
    from reprokit.model.settings import Settings

_HEX = re.compile(r"[0-9a-fA-F]{4,64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """The manifests among which a selection chooses.

    Attributes:
        manifests: By machine, in the order in which they are to be compared.
        notes: What a reader must know of how they were found.
        one_each: Whether each machine is a single file that was named: no commit is to be chosen.
    """

    manifests: Mapping[str, Sequence[Manifest]]
    notes: tuple[str, ...] = ()
    one_each: bool = False


def find_settings(start: Path, paths: Sequence[str]) -> Settings | None:
    """Read the project's settings; None where there is no project and paths do without.

    Raises:
        ProjectError: Where it is wrong, or there is none and no path was named.
    """
    try:
        return read_settings(start)
    except ProjectError:
        if not paths:
            raise
        return None


def read_sources(
    settings: Settings | None, paths: Sequence[str], machines: Sequence[str]
) -> Sources:
    """Read the manifests that arguments mean: files, folders, or machines of the project.

    Args:
        settings: The project's; None outside any.
        paths: The arguments; none for all of the project's machines. A word that is neither a
            file nor a folder, nor written like one, is a machine of the project.
        machines: Those among them that are wanted, by name or by words of it; none for all.

    Raises:
        UsageError: Where an argument means nothing, or more than one thing.
        ManifestError: Where a manifest is wrong.
    """
    if not paths and settings is not None:
        return Sources(manifests=_read_project(settings, machines))
    on_disk = [(number, it) for number, it in enumerate(paths) if _is_path(it)]
    named = [(number, it) for number, it in enumerate(paths) if not _is_path(it)]
    collection = read_collection(on_disk)
    found = [*collection.found, *_find_machines(settings, named, on_disk)]
    manifests = tell_machines_apart(sorted(found, key=lambda item: item.argument))
    chosen = resolve_machines(machines, tuple(manifests)) if machines else tuple(manifests)
    return Sources(
        manifests={name: manifests[name] for name in chosen},
        notes=collection.notes,
        one_each=not named and all(Path(it).is_file() for it in paths),
    )


def _is_path(argument: str) -> bool:
    return "/" in argument or argument.endswith(".toml") or Path(argument).exists()


def _read_project(
    settings: Settings,
    machines: Sequence[str],
    *,
    option: str | None = "--machines",
    kind: str = "machine",
) -> dict[str, tuple[Manifest, ...]]:
    """Read the manifests of machines; `option` and `kind` as `resolve_machines` takes them."""
    folder = settings.manifests_path
    known = list_machines(folder)
    asked = resolve_machines(machines, known, option=option, kind=kind)
    chosen = asked if machines else known
    if not chosen:
        raise UsageError(
            f"there are no manifests under {settings.manifests}/",
            hint="take a first one with `reprokit snapshot`",
        )
    pieces = Pieces()
    return {
        name: tuple(read_machine(folder, name, root=settings.root, pieces=pieces))
        for name in chosen
    }


def _find_machines(
    settings: Settings | None,
    named: Sequence[tuple[int, str]],
    on_disk: Sequence[tuple[int, str]],
) -> Iterator[FoundManifest]:
    """Find the manifests of machines of the project, as if their folders had been named."""
    seen: set[str] = set()
    folders = {Path(path).resolve(): path for _, path in on_disk}
    for number, name in named:
        if settings is None:
            raise UsageError(
                f"there is no file or folder `{name}`, and no project that has machines",
                hint="name manifest files, or folders that hold some",
            )
        found = _read_project(settings, [name], option=None, kind="file, folder or machine")
        for machine, manifests in found.items():
            if machine in seen:
                raise UsageError(f"`{machine}` is named twice")
            seen.add(machine)
            own = (settings.manifests_path / machine).resolve()
            for folder in (own, own.parent):
                if folder in folders:
                    raise UsageError(
                        f"`{machine}` is named twice: `{folders[folder]}` holds its manifests too"
                    )
            parts = (settings.manifests, machine)
            for manifest in manifests:
                yield FoundManifest(manifest=manifest, argument=number, parts=parts)


def read_history(settings: Settings | None, sources: Sources) -> tuple[Manifest, ...]:
    """Read all that may tell of a digest that changed: what is at hand, and the project's rest.

    A machine that is not compared and whose manifests are wrong is left out: that is no reason not
    to compare the others.
    """
    found = [manifest for items in sources.manifests.values() for manifest in items]
    if settings is None:
        return tuple(found)
    for machine in list_machines(settings.manifests_path):
        if machine not in sources.manifests:
            with contextlib.suppress(ManifestError):
                found += read_machine(settings.manifests_path, machine, root=settings.root)
    return tuple(found)


def share_no_commit(manifests: Mapping[str, Sequence[Manifest]]) -> bool:
    """Tell whether there is no commit of which all machines have evidence."""
    return not set.intersection(*(set(list_commits(it)) for it in manifests.values()))


def resolve_commit(settings: Settings | None, revision: str) -> str | None:
    """Turn a tag, a branch or `HEAD~1` into a commit; hex digits stand for themselves.

    Raises:
        UsageError: Where there is no project in which to look a name up.
    """
    if not revision or _HEX.fullmatch(revision):
        return revision or None
    if settings is None:
        raise UsageError(
            f"`{revision}` can be looked up in a project only",
            where="--commit",
            hint="give a commit's first hex digits, 4 at least",
        )
    from reprokit.observe.repository import resolve_revision

    return resolve_revision(settings.root, revision, (settings.manifests, settings.milestones))
