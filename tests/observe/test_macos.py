"""What Macs were recorded to say, read by the parsers.

Each file of `recorded/` has the lines that a parser reads, as published at the source it names.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.environment import Environment, Gap, Hardware, OperatingSystem, Variable
from reprokit.observe import macos
from reprokit.observe.environment import derive_machine_name
from reprokit.observe.gaps import GapCollector, UnknownFactError
from reprokit.observe.hardware import find_contradictions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RECORDED = Path(__file__).parent / "recorded"
NOT_A_M1_MAX = "`applegpu_g17s` is not what an Apple M1 Max has, `applegpu_g13s`"


def read_recording(machine: str, program: str, field: str = "text") -> str:
    """Return what a program of a recorded machine printed."""
    table = tomllib.loads((RECORDED / f"{machine}.toml").read_text("utf-8"))
    text = table[program][field]
    assert isinstance(text, str)
    return text


@dataclass(frozen=True, kw_only=True)
class Mac:
    """A recorded machine and the facts that its `sysctl` tells; None where it does not."""

    machine: str
    chip: str | None = None
    model: str | None = None
    cores: int | None = None
    core_levels: tuple[str, ...] = ()
    memory_gib: int | None = None
    emulator: str | None = None
    virtual: str | None = None


MACS = [
    Mac(
        machine="m1-max",
        chip="Apple M1 Max",
        cores=10,
        core_levels=("Performance 8", "Efficiency 2"),
        memory_gib=32,
    ),
    Mac(
        machine="m1-pro",
        chip="Apple M1 Pro",
        cores=8,
        core_levels=("level 0 6", "level 1 2"),
        memory_gib=16,
    ),
    Mac(
        machine="m1-rosetta",
        chip="Apple M1",
        cores=8,
        core_levels=("Performance 4", "Efficiency 4"),
        memory_gib=16,
        emulator="rosetta",
    ),
    Mac(machine="m2", chip="Apple M2", model="Mac14,7"),
    Mac(
        machine="m3-ultra",
        chip="Apple M3 Ultra",
        core_levels=("level 0 20", "level 1 8"),
        memory_gib=96,
    ),
    Mac(
        machine="m5",
        chip="Apple M5",
        cores=10,
        core_levels=("Super 4", "Efficiency 6"),
        memory_gib=24,
    ),
    Mac(machine="m5-pro"),
    Mac(machine="m5-max", core_levels=("Super 6", "Performance 12")),
    Mac(machine="m6", cores=12, core_levels=("Super 2", "Performance 4", "Efficiency 6")),
    Mac(
        machine="vm-github",
        chip="Apple M1 (Virtual)",
        model="VirtualMac2,1",
        core_levels=("Standard 3",),
        memory_gib=7,
        virtual="virtual machine",
    ),
    Mac(machine="vm-lume", virtual="virtual machine"),
]


@pytest.mark.parametrize("mac", MACS, ids=lambda mac: mac.machine)
def test_recorded_sysctl(mac: Mac, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `sysctl` was recorded to tell becomes a fact, and what it did not becomes a gap."""
    text = read_recording(mac.machine, "sysctl")
    monkeypatch.setattr(macos, "read_despite_complaints", lambda _: text)
    monkeypatch.setattr(macos, "read_gpu_cores", lambda: 8)
    collector = GapCollector()
    hardware = macos.observe_mac_hardware(
        collector, cpu_architecture="arm64", gpu_architecture="applegpu_gx"
    )
    assert hardware == Hardware(
        chip=mac.chip,
        model=mac.model,
        cpu_architecture="arm64",
        cores=mac.cores,
        core_levels=mac.core_levels,
        memory_bytes=None if mac.memory_gib is None else mac.memory_gib * 2**30,
        gpu_architecture="applegpu_gx",
        gpu_cores=None if mac.virtual else 8,
        emulator=mac.emulator,
        virtual=mac.virtual,
    )
    unknown = {
        "hardware.chip": mac.chip,
        "hardware.model": mac.model,
        "hardware.cores": mac.cores,
        "hardware.core_levels": mac.core_levels,
        "hardware.memory_bytes": mac.memory_gib,
    }
    assert {gap.fact for gap in collector.gaps} == {fact for fact in unknown if not unknown[fact]}


@pytest.mark.parametrize(
    ("machine", "version", "build"),
    [
        ("m1-max", "26.5.2", "25F84"),
        ("m5", "26.5.2", "25F84"),
        ("m5-max", "27.0", "26A428"),
        ("vm-github", "26.6.2", "25G83"),
    ],
)
def test_recorded_sw_vers(
    machine: str, version: str, build: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version and build come from one call of `sw_vers`."""
    calls: list[Sequence[str]] = []

    def answer(command: Sequence[str]) -> str:
        calls.append(command)
        return read_recording(machine, "sw_vers")

    monkeypatch.setattr(macos, "read_command", answer)
    collector = GapCollector()
    system = macos.observe_mac_system(collector)
    assert (system.name, system.version, system.build) == ("macOS", version, build)
    assert system.kernel
    assert (calls, collector.gaps) == ([("sw_vers",)], ())


@pytest.mark.parametrize(("machine", "cores"), [("m1-pro", 14), ("m5", 10)])
def test_recorded_displays(machine: str, cores: int) -> None:
    """`system_profiler` tells the GPU's cores as text in its JSON."""
    assert macos.parse_displays(read_recording(machine, "system_profiler")) == cores


def test_recorded_ioreg() -> None:
    """`ioreg` tells the GPU's cores on a line of their own."""
    assert macos.parse_ioreg(read_recording("m4", "ioreg")) == 10


def test_log_lines_are_not_json() -> None:
    """What `system_profiler` logs before its JSON, as recorded, makes the fact unknown."""
    log = read_recording("m4-max", "system_profiler")
    with pytest.raises(UnknownFactError, match="something else than its JSON"):
        macos.parse_displays(f"{log}\n{read_recording('m5', 'system_profiler')}")


@pytest.mark.parametrize(
    ("parse", "text", "reason"),
    [
        (macos.parse_sysctl, "", "tells nothing of what was asked"),
        (macos.parse_sysctl, "hw.ncpu: 8\n", "tells nothing of what was asked"),
        (macos.parse_sysctl, "hw.memsize:\n", "tells nothing of what was asked"),
        (macos.parse_sw_vers, "Produktversion: 26.5\n", "tells nothing of what was asked"),
        (macos.parse_ioreg, "", "tells no number"),
        (macos.parse_ioreg, '"gpu-core-count" = many', "tells no number"),
        (macos.parse_ioreg, '"gpu-core-count" = 8\n"gpu-core-count" = 9', "several numbers"),
        (macos.parse_displays, "", "something else than its JSON"),
        (macos.parse_displays, "[" * 100_000, "something else than its JSON"),
        (macos.parse_displays, '{"SPDisplaysDataType": [{"sppci_cores": 8}]}', "something else"),
        (macos.parse_displays, '{"SPDisplaysDataType": []}', "tells no number"),
        (macos.parse_displays, '{"SPDisplaysDataType": [{"sppci_cores": "x"}]}', "unknown form"),
    ],
)
def test_unknown_forms(parse: Callable[[str], object], text: str, reason: str) -> None:
    """What is empty, localised or of another form leaves the fact unknown, with the reason."""
    with pytest.raises(UnknownFactError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hw.nperflevels: 2", "does not tell `hw.perflevel0.physicalcpu`"),
        ("hw.nperflevels: 2\nhw.perflevel0.physicalcpu: 8", "cores of 1 of its levels only"),
        ("hw.perflevel0.physicalcpu: acht", "in an unknown form"),
    ],
)
def test_incomplete_core_levels(text: str, reason: str) -> None:
    """Levels are told whole or not at all."""
    with pytest.raises(UnknownFactError, match=reason):
        macos.find_core_levels(macos.parse_sysctl(text))


@pytest.mark.parametrize(
    ("text", "emulator"),
    [("sysctl.proc_translated: 1", "rosetta"), ("sysctl.proc_translated: 0", None)],
)
def test_translated_process(text: str, emulator: str | None) -> None:
    """Apple documents that `sysctl.proc_translated` is 1 under Rosetta; no recording has it."""
    assert macos.find_rosetta(macos.parse_sysctl(text)) == emulator


def test_an_intel_mac_is_not_translated() -> None:
    """An x86 processor type alone is no sign of Rosetta."""
    text = "hw.cputype: 7\nmachdep.cpu.brand_string: Intel(R) Core(TM) i7\n"
    assert macos.find_rosetta(macos.parse_sysctl(text)) is None


def test_sysctl_may_complain() -> None:
    """What is printed counts, whatever is complained of and however the program ends."""
    script = "echo hw.memsize: 1; echo unknown oid >&2; exit 1"
    assert macos.read_despite_complaints(("sh", "-c", script)) == "hw.memsize: 1\n"


def test_absent_programs_are_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the programs, every fact is a gap with the reason, and none is guessed."""

    def refuse(command: Sequence[str]) -> NoReturn:
        if command[0] == "sw_vers":
            raise PermissionError(13, "Permission denied")
        raise UnknownFactError(f"`{command[0]}` is not there")

    monkeypatch.setattr(macos, "read_despite_complaints", refuse)
    monkeypatch.setattr(macos, "read_command", refuse)
    collector = GapCollector()
    hardware = macos.observe_mac_hardware(
        collector, cpu_architecture="arm64", gpu_architecture=None
    )
    system = macos.observe_mac_system(collector)
    assert hardware == Hardware(cpu_architecture="arm64")
    assert system == OperatingSystem(name="macOS", kernel=system.kernel)
    absent = "`sysctl` is not there"
    facts = ("virtual", "chip", "model", "cores", "core_levels", "memory_bytes")
    assert collector.gaps == (
        *(Gap(fact=f"hardware.{fact}", reason=absent) for fact in facts),
        Gap(
            fact="hardware.gpu_cores",
            reason="`ioreg` is not there; `system_profiler` is not there",
        ),
        Gap(fact="hardware.emulator", reason=absent),
        Gap(fact="os.version", reason="`sw_vers`: Permission denied"),
        Gap(fact="os.build", reason="`sw_vers`: Permission denied"),
    )


def test_absent_and_hanging_sysctl(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is not there, or does not answer, tells nothing, and it is said why."""
    with pytest.raises(UnknownFactError, match="`no-such-program` is not there"):
        macos.read_despite_complaints(("no-such-program",))
    monkeypatch.setattr(macos, "_COMMAND_LIMIT_S", 0.05)
    with pytest.raises(UnknownFactError, match="did not answer within"):
        macos.read_despite_complaints(("sleep", "5"))


def test_system_profiler_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow program is started only where the fast one does not tell."""
    asked: list[str] = []
    answers = {"ioreg": "", "system_profiler": read_recording("m5", "system_profiler")}

    def answer(command: Sequence[str]) -> str:
        asked.append(command[0])
        return answers[command[0]]

    monkeypatch.setattr(macos, "read_command", answer)
    assert (macos.read_gpu_cores(), asked) == (10, ["ioreg", "system_profiler"])
    asked.clear()
    answers["ioreg"] = read_recording("m4", "ioreg")
    assert (macos.read_gpu_cores(), asked) == (10, ["ioreg"])


@pytest.mark.parametrize(
    "machine", ["m1", "m1-max", "m3-ultra", "m4-pro", "m5", "m5-pro", "m5-max", "a18-pro"]
)
def test_recorded_devices_fit_their_chips(machine: str) -> None:
    """No real machine is said to contradict itself."""
    hardware = Hardware(
        chip=read_recording(machine, "device", "name"),
        gpu_architecture=read_recording(machine, "device", "architecture"),
    )
    assert find_contradictions(hardware, ()) == ()


def test_a_paravirtual_gpu_is_no_contradiction() -> None:
    """In a virtual machine the GPU's name tells nothing of the chip; elsewhere it is wrong."""
    architecture = read_recording("vm-github", "device", "architecture")
    guest = Hardware(
        chip="Apple M1 (Virtual)", gpu_architecture=architecture, virtual="virtual machine"
    )
    assert find_contradictions(guest, ()) == ()
    assert find_contradictions(Hardware(chip="Apple M1", gpu_architecture=architecture), ())


@pytest.mark.parametrize(
    ("chip", "architecture", "value", "reason"),
    [
        (
            "Apple M1 Max",
            "applegpu_g17s",
            "applegpu_g17s",
            f"{NOT_A_M1_MAX}; `MLX_METAL_GPU_ARCH` sets it",
        ),
        (
            "Apple M1 Max",
            "applegpu_g17s",
            None,
            NOT_A_M1_MAX,
        ),
        ("Apple M1 Max", "applegpu_g13s", "applegpu_g13s", None),
        ("Apple M2 Pro", "applegpu_g14s", None, None),
        (
            "Apple M2 Pro",
            "applegpu_g15s",
            None,
            "`applegpu_g15s` is not what an Apple M2 Pro has, `applegpu_g14`",
        ),
        ("Apple M6", "applegpu_g18g", None, None),
        (
            "Apple M6",
            "applegpu_g13g",
            "applegpu_g13g",
            "`MLX_METAL_GPU_ARCH` sets `applegpu_g13g`, which nothing else confirms",
        ),
        (None, "applegpu_g13g", None, None),
        ("Apple M1", None, "applegpu_g17s", None),
        ("AMD EPYC", "sm_90", "applegpu_g17s", None),
    ],
)
def test_contradictions(
    chip: str | None, architecture: str | None, value: str | None, reason: str | None
) -> None:
    """An architecture that the chip does not have is reported, whatever said it."""
    hardware = Hardware(chip=chip, gpu_architecture=architecture)
    variables = (Variable(name="MLX_METAL_GPU_ARCH", value=value),) if value else ()
    expected = (Gap(fact="hardware.gpu_architecture", reason=reason),) if reason else ()
    assert find_contradictions(hardware, variables) == expected


def test_a_contradiction_tells_no_secret() -> None:
    """What a user wrote into the variable is scrubbed out of the reason."""
    hardware = Hardware(chip="Apple M1", gpu_architecture=f"{Path.home()}/secret")
    (gap,) = find_contradictions(hardware, ())
    assert str(Path.home()) not in gap.reason


LINES = st.lists(
    st.one_of(
        st.text(),
        st.builds(
            "{}: {}".format,
            st.sampled_from([*macos.SYSCTL_NAMES, *macos.SW_VERS_NAMES]),
            st.one_of(st.text(), st.integers().map(str)),
        ),
        st.builds('"gpu-core-count" = {}'.format, st.one_of(st.text(), st.integers().map(str))),
    )
).map("\n".join)
DISPLAYS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(LINES)
def test_any_text_gives_facts_or_reasons(text: str) -> None:
    """No text makes a parser of lines fail in another way than with a reason."""
    for question in (
        lambda: macos.find_core_levels(macos.parse_sysctl(text)),
        lambda: macos.find_virtual(macos.parse_sysctl(text)),
        lambda: macos.find_rosetta(macos.parse_sysctl(text)),
        lambda: macos.parse_sysctl(text).take_number("hw.memsize"),
        lambda: macos.parse_sw_vers(text).take("ProductVersion"),
        lambda: macos.parse_ioreg(text),
        lambda: macos.parse_displays(text),
    ):
        collector = GapCollector()
        answer = collector.ask("a.b", question)
        assert answer is None or not collector.gaps


@given(st.builds('{{"SPDisplaysDataType": {}}}'.format, DISPLAYS.map(repr)))
def test_any_json_gives_a_number_or_a_reason(text: str) -> None:
    """No JSON, nor what only looks like it, makes the parser fail in another way."""
    collector = GapCollector()
    cores = collector.ask("a.b", lambda: macos.parse_displays(text.replace("'", '"')))
    assert (cores is None) == bool(collector.gaps)


@given(st.text() | st.none(), st.text() | st.none(), st.text())
def test_any_names_can_be_compared(chip: str | None, architecture: str | None, value: str) -> None:
    """Any chip and architecture give a contradiction or none."""
    hardware = Hardware(chip=chip, gpu_architecture=architecture)
    variables = (Variable(name="MLX_METAL_GPU_ARCH", value=value),)
    assert len(find_contradictions(hardware, variables)) <= 1


def test_recordings_name_their_sources() -> None:
    """Every recording says where it was published and how sure it is."""
    for path in RECORDED.glob("*.toml"):
        tables = tomllib.loads(path.read_text("utf-8"))
        assert tables.pop("machine")
        assert all(table["source"] and table["certainty"] for table in tables.values()), path


def test_story_4_the_chip_is_not_typed_by_hand() -> None:
    """A computer that was called M1 by hand names itself M1 Max, and its machine is called so."""
    chip = macos.parse_sysctl(read_recording("m1-max", "sysctl")).take("machdep.cpu.brand_string")
    assert chip == "Apple M1 Max"
    environment = Environment(hardware=Hardware(chip=chip), os=OperatingSystem(name="macOS"))
    assert derive_machine_name(environment) == "apple-m1-max"
