"""What `[tool.reprokit]` in pyproject.toml says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """A project, and how it uses reprokit.

    Attributes:
        root: The folder of its pyproject.toml.
        project: Its name.
        machine: The name this machine goes by; None derives it from the chip.
        suites: The suites that a snapshot runs.
        repeats: Runs of each probe, in fresh processes.
        packages: Packages to observe as closely as MLX itself.
        manifests: Folder of the manifests, below the root.
        milestones: Folder of the milestones, below the root.
        suite_folder: Folder of the project's own suites, below the root.
        required_families: Families that must have evidence before a release.
    """

    root: Path
    project: str
    machine: str | None
    suites: tuple[str, ...]
    repeats: int
    packages: tuple[str, ...]
    manifests: str
    milestones: str
    suite_folder: str
    required_families: tuple[str, ...] = ()

    @property
    def manifests_path(self) -> Path:
        """Where manifests are."""
        return self.root / self.manifests

    @property
    def milestones_path(self) -> Path:
        """Where milestones are."""
        return self.root / self.milestones

    @property
    def suites_path(self) -> Path:
        """Where the project's own suites are."""
        return self.root / self.suite_folder
