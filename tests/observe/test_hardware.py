"""The computer, from what Linux says of it."""

from __future__ import annotations

import pytest

from reprokit.observe.gaps import GapCollector, UnknownFactError
from reprokit.observe.hardware import observe_hardware
from reprokit.observe.linux import parse_cpuinfo

X86 = """\
processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 143
model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
flags\t\t: fpu vme de pse

processor\t: 1
vendor_id\t: GenuineIntel
model name\t: another that does not count
"""

ARM64 = """\
processor\t: 0
BogoMIPS\t: 50.00
Features\t: fp asimd evtstrm aes
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1

processor\t: 1
CPU implementer\t: 0x61
CPU part\t: 0x022
"""


def test_x86_names_its_model() -> None:
    """On x86, the first processor's model name is the chip."""
    assert parse_cpuinfo(X86) == "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"


def test_arm64_has_numbers_only() -> None:
    """On arm64, implementer and part are given as they stand."""
    assert parse_cpuinfo(ARM64) == "arm64 implementer 0x41 part 0xd0c"


@pytest.mark.parametrize(
    "text", ["", "processor : 0\n", "model name\t:\n", "CPU part : 0xd0c\n", "no colon at all\n"]
)
def test_cpuinfo_without_a_name(text: str) -> None:
    """Where nothing names the processor, it is unknown, not guessed."""
    with pytest.raises(UnknownFactError, match="no `model name`"):
        parse_cpuinfo(text)


def test_observe_hardware_knows_or_says_why() -> None:
    """On any machine, what is unknown has its reason."""
    collector = GapCollector()
    hardware = observe_hardware(collector, gpu_architecture="applegpu_g13s")
    gaps = {gap.fact for gap in collector.gaps}
    assert (hardware.chip is None) == ("hardware.chip" in gaps)
    assert (hardware.memory_bytes is None) == ("hardware.memory_bytes" in gaps)
    assert hardware.gpu_architecture == "applegpu_g13s"
    assert hardware.cpu_architecture not in {None, "", "aarch64", "amd64"}
