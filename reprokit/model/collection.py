"""Manifests that were gathered from files and folders anywhere, not from a project's own place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundManifest:
    """A manifest, and where it was found.

    Attributes:
        manifest: What the file holds.
        argument: Which of the arguments led to it, from 0.
        parts: The names on the way to it, as they were asked for and found: folders, and for a
            file that was named itself its own name without `.toml`. Files of one machine whose
            argument and parts are equal belong together, as in `manifests/<machine>/`.
    """

    manifest: Manifest
    argument: int
    parts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """What the files and folders hold that were asked for.

    Attributes:
        found: The manifests, in the order of the arguments, those of a folder by path.
        notes: Sentences on what was left alone.
    """

    found: tuple[FoundManifest, ...]
    notes: tuple[str, ...] = ()
