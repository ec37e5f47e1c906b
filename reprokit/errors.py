"""The errors that reach a user, each with a place and a mend.

ReprokitError
├── UsageError       what was asked for is ambiguous, unknown or contradictory
├── ProjectError     the project cannot be read: no git, no lock, bad settings
├── SuiteError       a suite file is wrong
├── ManifestError    a manifest is wrong
├── BaselineError    a baseline is wrong, or was changed meanwhile
├── WorkerError      a worker could not be started or talked to
└── SeedConsumedError (in `reprokit.seeding`)  random state was drawn from where it must not

A probe that fails is data (a record), not one of these.
"""

from __future__ import annotations


class ReprokitError(Exception):
    """Something that a user can mend.

    Args:
        message: What happened, one sentence or two.
        where: The file and the place in it, as `suites/core.toml: probe[3].op`.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\nhint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class UsageError(ReprokitError):
    """What was asked for is ambiguous, unknown or contradictory."""


class ProjectError(ReprokitError):
    """The project cannot be read: no git repository, no lock, wrong settings."""


class SuiteError(ReprokitError):
    """A suite file is wrong."""


class ManifestError(ReprokitError):
    """A manifest is wrong."""


class BaselineError(ReprokitError):
    """A baseline is wrong, or somebody changed it meanwhile."""


class WorkerError(ReprokitError):
    """A worker process could not be started or talked to."""
