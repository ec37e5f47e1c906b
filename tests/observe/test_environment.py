"""The environment as a whole, and the name that it gives a machine."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest

from reprokit.model.environment import Device, Environment, Gap, Hardware, OperatingSystem
from reprokit.observe.environment import derive_machine_name, observe_environment
from reprokit.observe.gaps import GapCollector
from reprokit.observe.packages import observe_packages
from reprokit.observe.project import read_settings


def make(
    system: str, chip: str | None, architecture: str, emulator: str | None = None
) -> Environment:
    """Make the environment of a chip under a system."""
    return Environment(
        hardware=Hardware(chip=chip, cpu_architecture=architecture, emulator=emulator),
        os=OperatingSystem(name=system),
    )


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        (make("macOS", "Apple M1 Max", "arm64"), "apple-m1-max"),
        (make("Debian GNU/Linux", "Intel(R) Xeon(R)", "x86_64"), "linux-x86-64"),
        (make("Ubuntu", None, "arm64", "qemu-user"), "linux-arm64-qemu"),
    ],
)
def test_derive_machine_name(environment: Environment, name: str) -> None:
    """A Mac goes by its chip, another machine by system and architecture."""
    assert derive_machine_name(environment) == name


@pytest.mark.parametrize(
    ("hardware", "system", "family"),
    [
        (Hardware(gpu_architecture="applegpu_g13s"), "macOS", "applegpu_g13s"),
        (Hardware(cpu_architecture="arm64"), "macOS", "macos-arm64"),
        (Hardware(cpu_architecture="x86_64"), "Debian GNU/Linux", "linux-x86_64"),
        (Hardware(), None, "linux-unknown"),
    ],
)
def test_family(hardware: Hardware, system: str | None, family: str) -> None:
    """A family is the GPU's architecture, else system and CPU."""
    assert Environment(hardware=hardware, os=OperatingSystem(name=system)).family == family


def test_observe_environment() -> None:
    """What is observed of this very project holds together, and every unknown has its reason."""
    environment = observe_environment(
        read_settings(Path(__file__).parent),
        lambda: (Device(default="cpu"), (Gap(fact="device.name", reason="for a test"),)),
    )
    assert environment.hardware.gpu_architecture is None
    assert environment.package_version("nonesuch") is None
    assert environment.python.version is not None
    assert environment.gaps[-1].fact == "device.name"
    mlx = environment.find_package("mlx")
    assert mlx is not None
    assert mlx.locked_file is not None
    assert mlx.locked_sha256 is not None
    assert any(library.path.startswith("mlx/core") for library in mlx.libraries)


def test_tags_of_wheels_are_kept() -> None:
    """The tag of MLX's wheel, as long as a token, is told as it is."""
    metadata = distribution("mlx").read_text("WHEEL") or ""
    tags = [line.removeprefix("Tag: ") for line in metadata.splitlines() if line.startswith("Tag")]
    (package,) = observe_packages(GapCollector(), ["mlx"])
    assert package.wheel == ",".join(tags)
    assert tags
