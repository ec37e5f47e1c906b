"""Observing the environment with a worker's help, as `env` and `snapshot` do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.environment import Device
from reprokit.observe.environment import observe_environment

if TYPE_CHECKING:
    from reprokit.model.environment import Environment, Lock
    from reprokit.run.messages import DeviceFacts
    from reprokit.run.runner import Runner


def observe_everything(runner: Runner, lock: Lock) -> tuple[Environment, DeviceFacts]:
    """Observe the environment; what MLX computes on is asked of a worker."""
    facts = runner.ask_device()
    environment = observe_environment(
        device=Device(default=facts.default, name=facts.name),
        device_architecture=facts.architecture,
        device_gaps=facts.gaps,
        lock=lock,
    )
    return environment, facts
