"""Lines along which machines part, and the facts that are held against them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.compare.attribution import attribute
from reprokit.compare.completion import add_divergences
from reprokit.compare.derived_facts import TF32_ON, TF32_POSSIBLE
from reprokit.compare.fact_columns import list_columns
from reprokit.compare.partition import crosses, fit_values, order_clusters, restricts
from reprokit.compare.selection import gather_evidence
from reprokit.compare.verdict import compare_machines
from reprokit.model.attribution import Fit
from reprokit.model.environment import (
    Device,
    Environment,
    Gap,
    Hardware,
    OperatingSystem,
    Package,
    Variable,
)
from reprokit.model.manifest import Origin, OriginKind
from reprokit.model.probe import Expectation
from reprokit.model.record import Status
from reprokit.store.manifests import read_manifest
from tests.builders import (
    COMMIT,
    QUICK,
    make_definition,
    make_evidence,
    make_manifest,
    make_probe,
    make_record,
)
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.compare.partition import Partition
    from reprokit.model.attribution import Attribution
    from reprokit.model.comparison import Comparison, MachineEvidence

M1, M3, M5 = "apple-m1-max", "apple-m3-ultra", "apple-m5"


def load(commit: str, *names: str) -> Comparison:
    """Compare committed manifests at a commit, of all machines or some."""
    found = [
        read_manifest(path, root=ROOT)
        for path in sorted((ROOT / "manifests").glob(f"*/{commit}*.toml"))
    ]
    machines = sorted(set(names) or {it.machine for it in found})
    evidence = [
        gather_evidence([it for it in found if it.machine == name], commit) for name in machines
    ]
    return add_divergences(compare_machines(evidence, commit=commit))


def make_mac(name: str, generation: int, version: str, **changes: str) -> MachineEvidence:
    """Make a measured Mac without probes, of a GPU generation and a macOS."""
    environment = Environment(
        hardware=Hardware(
            chip=f"chip of {name}",
            cpu_architecture="arm64",
            gpu_architecture=f"applegpu_g{generation}s",
        ),
        os=OperatingSystem(name="macOS", version=version, build=changes.get("build", version)),
        packages=(Package(name="mlx", version=changes.get("mlx", "0.32.4")),),
        device=Device(default="gpu"),
        variables=tuple(
            Variable(name=key, value=value) for key, value in changes.items() if key.isupper()
        ),
    )
    return replace(make_evidence(name), environment=environment, probes={})


def part(machines: Sequence[MachineEvidence], **probes: str) -> Comparison:
    """Compare machines in probes, each given by one word's letter for each machine: `p="aab"`.

    A dot stands for a machine without the probe.
    """
    given_probes = [
        replace(
            machine,
            probes={
                name: make_probe(name, words[place])
                for name, words in probes.items()
                if words[place] != "."
            },
        )
        for place, machine in enumerate(machines)
    ]
    return compare_machines(given_probes, commit=COMMIT[:12])


def list_fits(attribution: Attribution) -> Mapping[str, Fit]:
    """List how each fact fits, those told beside others too."""
    return {name: it.fit for it in attribution.facts for name in (it.fact, *it.also)}


def test_published_machines_part_along_two_lines_that_cross() -> None:
    """Normals and recombine go with the GPU's generation, replay and the pipeline do not."""
    normals, replay = attribute(load("0a8ec29f1c21"))
    assert normals.partition == ((M3, M5), (M1,))
    assert normals.probes == ("normal-8-key0", "normal-8-key42", "normal-16x4-key0", "r1-recombine")
    assert replay.partition == ((M1, M3), (M5,))
    assert replay.probes == ("r1-replay", "r1-full-pipeline")
    assert (normals.crossing, replay.crossing) == ((1,), (0,))
    assert "crosses the line of r1-replay" in normals.strength


def test_published_normals_are_of_the_gpus_generation() -> None:
    """The version of macOS is ruled out, since M1 and M3 share it; its build is not known."""
    normals = attribute(load("0a8ec29f1c21"))[0]
    fits = list_fits(normals)
    assert [it.fact for it in normals.facts if it.fit is Fit.INDUCES] == ["GPU generation >= 15"]
    assert fits["hardware.gpu_architecture"] is Fit.REFINES
    assert {fits[it] for it in ("os.build", "packages.mlx.wheel")} == {Fit.UNKNOWN}
    ruled_out = ("os.version", "GPU generation >= 17", TF32_POSSIBLE, TF32_ON, "python.version")
    assert {fits[it] for it in ruled_out} == {Fit.RULED_OUT}
    version = next(it for it in normals.facts if it.fact == "macOS >= 26.5")
    assert version.reason == f"{M3} and {M1} have no, and part"
    assert "a machine of GPU generation 14" in normals.strength
    assert "three machines can part in 4 ways" in normals.strength


def test_published_replay_fits_several_facts_that_are_not_told_apart() -> None:
    """GPU, system, TF32 and even Python; whether TF32 was on was not published."""
    replay = attribute(load("0a8ec29f1c21"))[1]
    fits = list_fits(replay)
    for name in ("GPU generation >= 17", "macOS >= 26.5", TF32_POSSIBLE, "python.version"):
        assert fits[name] is Fit.INDUCES
    assert fits[TF32_ON] is Fit.UNKNOWN
    assert fits["GPU generation >= 15"] is Fit.RULED_OUT
    assert f"the same probes with MLX_ENABLE_TF32=0 on {M5}" in replay.strength
    assert "not told apart" in replay.strength


def test_generations_in_between_are_those_between_the_lines_own_machines() -> None:
    """A machine of one of them that is compared, and lacks the probe, does not narrow the gap."""
    macs = [make_mac(f"m{it}", it, "26.5") for it in (13, 15, 17)]
    whole, pair = attribute(part(macs, p="xyy", q="x.y"))
    assert (whole.probes, pair.probes) == (("p",), ("q",))
    assert "a machine of GPU generation 14, for" in whole.strength
    assert "a machine of GPU generation 14 or 15 or 16, for" in pair.strength


def test_no_advice_is_given_that_nobody_can_take() -> None:
    """No GPU of Apple's runs on Linux, and no container brings macOS's C library."""
    mac, linux = make_mac("mac", 13, "26.5"), make_mac("linux", 13, "26.5")
    hardware = Hardware(cpu_architecture="arm64", cpu_features=("fma",))
    system = OperatingSystem(name="Debian GNU/Linux", version="12", libc="glibc 2.36")
    environment = replace(linux.environment, hardware=hardware, os=system)
    (only,) = attribute(part([mac, replace(linux, environment=environment)], p="xy"))
    assert {"C library", "GPU generation", "os.build"} <= list_fits(only).keys()
    assert "container" not in only.strength
    assert "macOS build" not in only.strength


def test_two_machines_tell_no_facts_apart() -> None:
    """Every fact that differs fits, and none is ruled out: all parted probes are of one line."""
    (only,) = attribute(load("0a8ec29f1c21", M1, M5))
    assert len(only.probes) == 6
    assert {it.fit for it in only.facts} == {Fit.INDUCES, Fit.UNKNOWN}
    assert "Of two machines every fact that differs fits: 8 facts about 4 things" in only.strength


def test_linux_machines_part_with_all_that_goes_with_their_processors() -> None:
    """The C library is the same, and so not among the facts; the wheels are told as one."""
    (only,) = attribute(load("1491acf7db13", "linux-x86-64", "linux-arm64-qemu"))
    assert only.probes == ("matmul-f32-256",)
    fits = list_fits(only)
    for name in ("hardware.cpu_architecture", "packages.mlx-cpu.library hashes"):
        assert fits[name] is Fit.INDUCES
    assert fits["hardware.cpu_features"] is Fit.UNKNOWN
    assert "os.libc" not in fits
    assert len([it for it in only.facts if it.fit is Fit.INDUCES]) == 3
    assert "a real arm64 machine in place of qemu-user" in only.strength


def test_machines_that_agree_have_no_line() -> None:
    """There is nothing to attribute."""
    assert attribute(load("0a8ec29f1c21", M3)) == ()
    assert attribute(part([make_mac("a", 13, "26.4"), make_mac("b", 15, "26.4")], p="xx")) == ()


def test_lines_of_more_probes_go_first() -> None:
    """Then those of the first probe; probes keep the comparison's order."""
    macs = [make_mac(name, 13, "26.4") for name in "abc"]
    found = attribute(part(macs, p="xxy", q="xyy", r="xyx", s="xyy"))
    assert [it.probes for it in found] == [("q", "s"), ("p",), ("r",)]
    assert [it.crossing for it in found] == [(1, 2), (0, 2), (0, 1)]


def test_a_line_over_fewer_machines_is_one_of_its_own() -> None:
    """It is held against these machines alone; that it is part of a longer one is said."""
    macs = [make_mac("a", 13, "26.4"), make_mac("b", 15, "26.4"), make_mac("c", 15, "26.5")]
    whole, part_of_it = attribute(part(macs, p="xyy", q="xyy", r="xy."))
    assert part_of_it.partition == (("a",), ("b",))
    assert whole.crossing == part_of_it.crossing == ()
    assert "it is the line of p too" in part_of_it.strength
    assert "os.version" not in list_fits(part_of_it)


def test_definitions_are_held_apart() -> None:
    """Machines of another definition are in no cluster of this one."""
    macs = [make_mac(name, 13, "26.4") for name in "abcd"]
    other = make_definition(arguments={"shape": (9,)})
    records = [
        make_probe("p", "x"),
        make_probe("p", "y"),
        make_probe("p", "x", definition=other),
        make_probe("p", "y", definition=other),
    ]
    machines = [replace(it, probes={"p": record}) for it, record in zip(macs, records, strict=True)]
    found = attribute(compare_machines(machines, commit=None))
    assert [it.partition for it in found] == [(("a",), ("b",)), (("c",), ("d",))]


def test_what_nobody_expects_to_repeat_tells_nothing() -> None:
    """Nor does a machine that does not repeat itself."""
    macs = [make_mac("a", 13, "26.4"), make_mac("b", 15, "26.4")]
    never = [
        replace(it, probes={"p": make_probe("p", it.name, expectation=Expectation.NEVER)})
        for it in macs
    ]
    assert attribute(compare_machines(never, commit=None)) == ()
    flaky = make_probe("p", record=replace(make_record("x"), status=Status.UNSTABLE))
    unstable = [replace(macs[0], probes={"p": flaky}), replace(macs[1], probes=never[1].probes)]
    assert attribute(compare_machines(unstable, commit=None)) == ()


@pytest.mark.parametrize(
    ("generation", "version", "value", "on", "possible"),
    [
        (17, "26.2", None, "yes", "yes"),
        (17, "26.2", "0", "no", "yes"),
        (17, "26.2", "1", "yes", "yes"),
        (17, "26.1.9", None, "no", "no"),
        (16, "26.5", None, "no", "no"),
        (18, "27", None, "yes", "yes"),
    ],
)
def test_tf32_needs_hardware_system_and_setting(
    generation: int, version: str, value: str | None, on: str, possible: str
) -> None:
    """It is on unless its variable is 0, where the GPU and macOS have it."""
    changes = {} if value is None else {"MLX_ENABLE_TF32": value}
    machines = [make_mac("a", generation, version, **changes), make_mac("b", 13, "14.0")]
    columns = {it.name: it.values for it in list_columns(machines)}
    for name, expected in ((TF32_ON, on), (TF32_POSSIBLE, possible)):
        assert columns.get(name, {"a": "no"})["a"] == expected


def test_a_setting_that_is_off_rules_tf32_out() -> None:
    """With MLX_ENABLE_TF32=0 no operand is cut, and the two still part."""
    macs = [make_mac("a", 13, "26.4"), make_mac("b", 17, "26.4", MLX_ENABLE_TF32="0")]
    fits = list_fits(attribute(part(macs, p="xy"))[0])
    assert TF32_ON not in fits  # off on both
    assert fits["variables.MLX_ENABLE_TF32"] is Fit.INDUCES
    three = [*macs, make_mac("c", 17, "26.4")]
    assert list_fits(attribute(part(three, p="xyy"))[0])[TF32_ON] is Fit.RULED_OUT


def test_a_machine_without_an_apple_gpu_is_below_each_threshold() -> None:
    """Linux, whose normals are those of an M1, does not spoil the fit of a generation."""
    linux = replace(
        make_mac("linux", 0, ""),
        environment=Environment(
            hardware=Hardware(cpu_architecture="x86_64", cpu_features=("avx", "fma")),
            os=OperatingSystem(name="Debian GNU/Linux", version="12", libc="glibc 2.36"),
            packages=(Package(name="mlx", version="0.32.4"),),
            device=Device(default="cpu"),
        ),
    )
    machines = [make_mac("m1", 13, "26.4"), make_mac("m3", 15, "26.4"), linux]
    fits = list_fits(attribute(part(machines, p="xyx"))[0])
    assert fits["GPU generation >= 15"] is Fit.INDUCES
    assert fits["GPU generation >= 13"] is Fit.RULED_OUT


def test_an_unknown_value_is_no_value() -> None:
    """A gap, a contradicted value and what was not published are unknown; absence is not."""
    gap = Gap(fact="hardware.gpu_architecture", reason="contradicts the chip")
    mac = make_mac("a", 17, "26.5")
    doubtful = replace(mac, environment=replace(mac.environment, gaps=(gap,)))
    other = make_mac("b", 13, "26.5", MLX_SDPA_BLOCKS="8")
    published = replace(mac, origin=Origin(kind=OriginKind.PUBLISHED))
    columns = {it.name: it.values for it in list_columns([doubtful, other])}
    assert columns["hardware.gpu_architecture"] == {"b": "applegpu_g13s"}
    assert columns["GPU generation"] == {"b": "13"}
    assert columns["variables.MLX_SDPA_BLOCKS"] == {"a": "none", "b": "8"}
    columns = {it.name: it.values for it in list_columns([published, other])}
    assert columns["variables.MLX_SDPA_BLOCKS"] == {"b": "8"}


def test_two_releases_on_one_computer_leave_one_thing() -> None:
    """Only MLX differs; its version and the threshold are told as one, and what would mend it."""
    macs = [make_mac("old", 13, "26.4", mlx="0.26.3"), make_mac("new", 13, "26.4")]
    same = [
        replace(
            it,
            environment=replace(
                it.environment, hardware=replace(it.environment.hardware, chip="Apple M1 Max")
            ),
        )
        for it in macs
    ]
    (only,) = attribute(part(same, p="xy"))
    (fact,) = only.facts
    assert (fact.fact, fact.also) == ("mlx >= 0.32.4", ("packages.mlx.version",))
    assert "2 facts about one thing" in only.strength
    assert "the same release of mlx on all" in only.strength


CLUSTERS = st.lists(st.integers(0, 2), min_size=2, max_size=6).filter(lambda it: len(set(it)) > 1)


def write_partition(labels: Sequence[int], start: int = 0) -> Partition:
    """Put machines of a label into a cluster."""
    names = [f"m{start + at}" for at in range(len(labels))]
    groups: dict[int, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        groups.setdefault(label, []).append(name)
    return order_clusters(list(groups.values()), {name: at for at, name in enumerate(names)})


@QUICK
@given(CLUSTERS, st.data())
def test_fits_are_what_they_say(labels: list[int], data: st.DataObject) -> None:
    """INDUCES is the same relation of equality, REFINES a finer one, RULED_OUT neither."""
    partition = write_partition(labels)
    count = len(labels)
    values = data.draw(st.lists(st.sampled_from("abcd"), min_size=count, max_size=count))
    named = {f"m{at}": value for at, value in enumerate(values)}
    pairs = [(one, other) for one in range(count) for other in range(one)]
    together = {it for it in pairs if labels[it[0]] == labels[it[1]]}
    alike = {it for it in pairs if values[it[0]] == values[it[1]]}
    fit = fit_values(named, partition)
    assert (fit is Fit.INDUCES) == (alike == together)
    assert (fit is Fit.REFINES) == (alike < together)
    assert (fit is Fit.RULED_OUT) == (not alike <= together)
    known = dict(list(named.items())[1:])
    expected = {Fit.RULED_OUT} if fit_values(known, partition) is Fit.RULED_OUT else {Fit.UNKNOWN}
    assert {fit_values(known, partition)} == expected
    if fit is not Fit.RULED_OUT:
        assert fit_values(known, partition) is Fit.UNKNOWN


@QUICK
@given(CLUSTERS, CLUSTERS, st.integers(0, 3))
def test_crossing_goes_both_ways(one: list[int], other: list[int], start: int) -> None:
    """Nothing crosses itself, or what is left of it; two splits of which one is finer do not."""
    first, second = write_partition(one), write_partition(other, start)
    assert crosses(first, second) == crosses(second, first)
    assert not crosses(first, first)
    assert not restricts(first, first)
    finest = tuple((name,) for cluster in first for name in cluster)
    assert not crosses(first, finest)
    if restricts(second, first):
        assert not crosses(first, second)
        assert not restricts(first, second)


@QUICK
@given(st.lists(st.text("xyz", min_size=4, max_size=4), min_size=1, max_size=5), st.randoms())
def test_lines_do_not_depend_on_the_order_of_machines(words: list[str], order: object) -> None:
    """The same partitions, with the same probes, for the machines in whatever order."""
    macs = [make_mac(name, 13 + at, "26.4") for at, name in enumerate("abcd")]
    places = order.sample(range(4), 4)  # type: ignore[attr-defined]
    probes = {f"p{at}": word for at, word in enumerate(words)}
    turned = {name: "".join(word[place] for place in places) for name, word in probes.items()}

    def describe(comparison: Comparison) -> set[tuple[frozenset[frozenset[str]], tuple[str, ...]]]:
        return {
            (frozenset(map(frozenset, it.partition)), it.probes) for it in attribute(comparison)
        }

    shuffled = part([macs[place] for place in places], **turned)
    assert describe(part(macs, **probes)) == describe(shuffled)


def test_machines_of_which_nothing_is_known_have_lines_too() -> None:
    """Digests alone part them; no fact is known, and that is said."""
    bare = [
        replace(
            make_manifest(name, [make_probe("p", name)]),
            environment=Environment(),
            origin=Origin(kind=OriginKind.PUBLISHED),
        )
        for name in ("a", "b")
    ]
    evidence = [gather_evidence([it], COMMIT[:12]) for it in bare]
    (only,) = attribute(compare_machines(evidence, commit=COMMIT[:12]))
    assert {it.fit for it in only.facts} == {Fit.UNKNOWN}
    assert only.strength.startswith("No fact known of all 2 machines parts them as this line does")
