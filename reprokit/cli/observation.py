"""Observing the environment with a worker's help, as `env` and `snapshot` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.observe.environment import observe_environment

if TYPE_CHECKING:
    from reprokit.model.environment import Environment
    from reprokit.model.settings import Settings
    from reprokit.run.runner import Runner


def observe_everything(runner: Runner, settings: Settings) -> Environment:
    """Observe the environment; what MLX computes on is asked of a worker."""
    return observe_environment(settings, runner.ask_device)
