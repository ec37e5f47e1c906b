"""Observing the environment with a worker's help, as `env` and `snapshot` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.observe.environment import observe_environment

if TYPE_CHECKING:
    from reprokit.model.environment import Device, Environment, Gap
    from reprokit.model.settings import Settings
    from reprokit.run.runner import Runner


def observe_everything(runner: Runner, settings: Settings) -> Environment:
    """Observe the environment; what MLX computes on is asked of a worker."""

    def ask_device() -> tuple[Device, tuple[Gap, ...]]:
        facts = runner.ask_device()
        return facts.device, facts.gaps

    return observe_environment(settings, ask_device)
