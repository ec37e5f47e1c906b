"""What Linux tells of the computer, the containers around it, and the memory that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.observe import linux
from reprokit.observe.gaps import GapCollector, UnknownFactError
from reprokit.observe.hardware import read_available_bytes

if TYPE_CHECKING:
    from pathlib import Path

X86 = """\
processor\t: 0
model name\t: AMD EPYC
flags\t\t: fpu sme fma avx avx2 hypervisor avx512f

processor\t: 1
model name\t: AMD EPYC
flags\t\t: fpu sme fma avx avx2 hypervisor
"""

ARM64 = """\
processor\t: 0
Features\t: fp asimd evtstrm asimdhp asimddp sve i8mm bf16 sme
CPU implementer\t: 0x41
CPU part\t: 0xd40
"""

DOCKER_MOUNTS = """\
612 480 0:58 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A
613 612 0:61 / /proc rw,nosuid - proc proc rw
"""

HOST_MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
90 27 0:44 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/var/lib/docker/l/A
"""

GIB = 2**30


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files below a folder that stands for the root of a system."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def test_features_that_decide_bytes() -> None:
    """Of the instruction sets, those that every processor has and that decide bytes, sorted."""
    assert linux.parse_features(X86) == ("avx", "avx2", "fma")
    assert linux.parse_features(ARM64) == (
        *("asimd", "asimddp", "asimdhp", "bf16"),
        *("i8mm", "sme", "sve"),
    )


def test_features_can_be_none() -> None:
    """A processor may have none of them; but where nothing is listed, they are unknown."""
    assert linux.parse_features("flags\t: fpu\n") == ()
    with pytest.raises(UnknownFactError, match="neither `flags` nor `Features`"):
        linux.parse_features("processor\t: 0\n")


def test_an_emulator_shows_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under qemu-user, /proc/cpuinfo is the host's: chip and features are gaps that say so."""
    monkeypatch.setattr(linux, "find_emulator", lambda: "qemu-user")
    collector = GapCollector()
    hardware = linux.observe_linux_hardware(
        collector, cpu_architecture="arm64", gpu_architecture=None
    )
    assert (hardware.chip, hardware.cpu_features, hardware.emulator) == (None, (), "qemu-user")
    assert [gap.fact for gap in collector.gaps] == ["hardware.cpu_features", "hardware.chip"]
    assert {gap.reason for gap in collector.gaps} == {
        "under qemu-user, cpuinfo is not the emulated processor's"
    }


@pytest.mark.parametrize(
    ("files", "virtual"),
    [
        ({}, None),
        ({"proc/1/cgroup": "0::/init.scope\n", "proc/self/mountinfo": HOST_MOUNTS}, None),
        ({".dockerenv": ""}, "container"),
        ({"run/.containerenv": "engine=podman"}, "container"),
        ({"proc/1/cgroup": "4:memory:/docker/53c9470d9257\n"}, "container"),
        ({"proc/1/cgroup": "0::/kubepods.slice/cri-containerd-1f.scope\n"}, "container"),
        ({"proc/self/mountinfo": DOCKER_MOUNTS}, "container"),
        ({"proc/cpuinfo": X86}, "virtual machine"),
        ({"proc/cpuinfo": ARM64}, None),
        ({"sys/class/dmi/id/product_name": "KVM Virtual Machine\n"}, "virtual machine"),
        ({"sys/class/dmi/id/product_name": "ThinkPad X1\n"}, None),
        ({"proc/cpuinfo": X86, ".dockerenv": ""}, "container"),
    ],
)
def test_what_the_system_runs_in(
    tmp_path: Path, files: dict[str, str], virtual: str | None
) -> None:
    """Containers and virtual machines are told by what they leave in proc, sys and run."""
    assert linux.find_virtual(write(tmp_path, files)) == virtual


@pytest.mark.parametrize(
    ("files", "room"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/a/b\n"}, None),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/b/memory.current": "5\n",
            },
            None,
        ),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/memory.max": f"{8 * GIB}\n",
                "sys/fs/cgroup/a/b/memory.current": f"{1 * GIB}\n",
                "sys/fs/cgroup/a/memory.max": f"{4 * GIB}\n",
                "sys/fs/cgroup/a/memory.current": f"{3 * GIB}\n",
            },
            1 * GIB,
        ),
        (
            {
                "proc/self/cgroup": "0::/../elsewhere\n",
                "sys/fs/cgroup/memory.max": f"{2 * GIB}\n",
                "sys/fs/cgroup/memory.current": f"{2 * GIB}\n",
                "sys/fs/cgroup/memory.stat": f"anon 7\ninactive_file {GIB // 2}\n",
            },
            GIB // 2,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu:/x\n4:hugetlb,memory:/docker/1f\n0::/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{GIB}\n",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB // 4}\n",
                "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 0\n",
            },
            GIB - GIB // 4,
        ),
        (
            {
                "proc/self/cgroup": "0::/a\n",
                "sys/fs/cgroup/a/memory.max": "5\n",
                "sys/fs/cgroup/a/memory.current": "9\n",
            },
            0,
        ),
    ],
)
def test_room_in_the_cgroup(tmp_path: Path, files: dict[str, str], room: int | None) -> None:
    """The tightest limit along the process's own path counts, less what is used and not cache."""
    assert linux.read_cgroup_room(write(tmp_path, files)) == room


@pytest.mark.parametrize(("room", "expected"), [(1000, 1000), (2**62, 5000), (None, 5000)])
def test_available_memory(monkeypatch: pytest.MonkeyPatch, room: int | None, expected: int) -> None:
    """The memory that can be had is the system's, or the cgroup's where that is less."""

    class Memory:
        available = 5000

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    monkeypatch.setattr("reprokit.observe.hardware.read_cgroup_room", lambda: room)
    monkeypatch.setattr("sys.platform", "linux")
    assert read_available_bytes() == expected


def test_system_knows_or_says_why() -> None:
    """On any Linux, what is unknown of the system has its reason."""
    collector = GapCollector()
    system = linux.observe_linux_system(collector)
    gaps = {gap.fact for gap in collector.gaps}
    assert (system.libc is None) == ("os.libc" in gaps)
    assert (system.version is None) == ("os.version" in gaps)
    assert system.kernel


def test_a_silent_libc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A C library that does not know the question, as musl, leaves its version unknown."""

    def refuse(_: str) -> str:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr("os.confstr", refuse)
    with pytest.raises(UnknownFactError, match="does not tell its version"):
        linux.read_libc()


FIELDS = st.lists(
    st.one_of(
        st.text(),
        st.builds(
            "{}: {}".format,
            st.sampled_from(["flags", "Features", "model name", "CPU part"]),
            st.text(),
        ),
        st.builds("{}:{}:{}".format, st.integers(0, 9), st.sampled_from(["", "memory"]), st.text()),
    )
).map("\n".join)


@given(FIELDS)
def test_any_text_gives_facts_or_reasons(text: str) -> None:
    """No text makes a parser fail in another way than with a reason."""
    collector = GapCollector()
    chip = collector.ask("chip", lambda: linux.parse_cpuinfo(text))
    features = collector.ask("features", lambda: linux.parse_features(text))
    gaps = {gap.fact for gap in collector.gaps}
    assert (chip is None, features is None) == ("chip" in gaps, "features" in gaps)
    assert linux.has_hypervisor(text) in {True, False}
    assert linux.has_container_mounts(text) in {True, False}
    assert all(isinstance(path, str) for _, path in linux.parse_cgroups(text))
    assert linux.parse_bytes(text) is None or text.strip().isdecimal()
