"""What a worker says of its device becomes facts outside of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from reprokit.model.environment import Device, Gap
from reprokit.run.device import describe_device, read_device_facts
from reprokit.run.messages import DeviceAnswer

RECORDED = sorted((Path(__file__).parents[1] / "observe" / "recorded").glob("*.toml"))
DEVICES = {
    path.stem: tables["device"]
    for path in RECORDED
    if "device" in (tables := tomllib.loads(path.read_text(encoding="utf-8")))
}


def test_devices_are_recorded() -> None:
    """The machines whose results are published are among the recorded ones."""
    assert {"m1-max", "m3-ultra", "m5"} <= DEVICES.keys()


@pytest.mark.parametrize("name", DEVICES)
def test_recorded_device(name: str) -> None:
    """Name and architecture of recorded devices are taken as MLX gave them; the rest is absent."""
    recorded = DEVICES[name]
    info: dict[str, str | int] = {
        "device_name": recorded["name"],
        "architecture": recorded["architecture"],
    }
    device, gaps = read_device_facts(DeviceAnswer(default="gpu", gpu=True, info=info))
    expected = Device(default="gpu", name=recorded["name"], architecture=recorded["architecture"])
    assert (device, gaps) == (expected, ())


def test_device_that_cannot_be_asked() -> None:
    """Where MLX gives no information of its device, the reason is a gap, without paths."""
    answer = DeviceAnswer(
        default="gpu", gpu=True, problem="MLX does not tell: no /home/ann/metallib"
    )
    device, gaps = read_device_facts(answer)
    assert device == Device(default="gpu")
    assert gaps == (Gap(fact="device.name", reason="MLX does not tell: no <path>/metallib"),)


def test_this_device() -> None:
    """What MLX says here fits what the other side reads."""
    answer = DeviceAnswer(**describe_device())
    device, gaps = read_device_facts(answer)
    assert device.default == answer.default
    assert device.name
    assert not gaps


def test_overridden_architecture() -> None:
    """An architecture that is no word, which a variable can set, is not taken."""
    info: dict[str, str | int] = {"device_name": "Apple M1", "architecture": "/Users/ann: secret"}
    device, _ = read_device_facts(DeviceAnswer(default="gpu", gpu=True, info=info))
    assert device.architecture is None
