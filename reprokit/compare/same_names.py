"""Tells machines apart that bear one name in manifests from different places."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from reprokit.model.names import make_slug, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.model.collection import FoundManifest
    from reprokit.model.manifest import Manifest

_LONGEST_LABEL = 24


def tell_machines_apart(found: Iterable[FoundManifest]) -> dict[str, tuple[Manifest, ...]]:
    """Name the machines that manifests are of, and tell apart what is not one machine's evidence.

    A machine keeps its name where all its manifests came by one argument, and lie in one folder or
    are of different commits. Otherwise each argument's are a machine of their own, and each
    folder's; a file that was named is one by itself. They are called `name@label`, by the folder
    (or file) name that tells all of them apart, else `name@1`, `name@2`. Manifests bear the name.

    Args:
        found: The manifests, and where they were found.

    Returns:
        The manifests of each machine; in the order of the arguments, those of one by name.
    """
    by_name: dict[str, list[FoundManifest]] = {}
    for item in found:
        by_name.setdefault(item.manifest.machine, []).append(item)
    named = {
        label: items
        for name, files in by_name.items()
        for label, items in _label(name, _group_sources(files))
    }
    ordered = sorted(named.items(), key=lambda pair: (pair[1][0].argument, pair[0]))
    return {
        name: tuple(
            it.manifest if it.manifest.machine == name else replace(it.manifest, machine=name)
            for it in items
        )
        for name, items in ordered
    }


def _group_sources(files: Sequence[FoundManifest]) -> list[list[FoundManifest]]:
    """Group the manifests of one name by where they came from, in the order they were found."""
    arguments: dict[int, dict[tuple[str, ...], list[FoundManifest]]] = {}
    for item in files:
        arguments.setdefault(item.argument, {}).setdefault(item.parts, []).append(item)
    groups: list[list[FoundManifest]] = []
    for folders in arguments.values():
        commits = [{short(it.manifest.commit) for it in items} for items in folders.values()]
        if sum(map(len, commits)) == len(set().union(*commits)):
            groups.append(list(chain.from_iterable(folders.values())))
        else:
            groups += folders.values()
    return groups


def _label(
    name: str, groups: Sequence[list[FoundManifest]]
) -> Iterator[tuple[str, list[FoundManifest]]]:
    if len(groups) == 1:
        yield name, groups[0]
        return
    labels = _find_labels([items[0].parts for items in groups])
    for label, items in zip(labels, groups, strict=True):
        yield f"{name}@{label}", items


def _find_labels(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """Find the last place at which all paths have names of their own; numbers where none is."""
    for place in range(1, min(map(len, paths)) + 1):
        labels = [make_slug(path[-place])[:_LONGEST_LABEL].strip("-") for path in paths]
        if all(labels) and len(set(labels)) == len(labels):
            return labels
    width = len(str(len(paths)))
    return [f"{number:0{width}}" for number in range(1, len(paths) + 1)]
