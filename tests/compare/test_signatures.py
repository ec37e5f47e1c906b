"""Known causes are matched by what the results bear, and by no name."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import pytest

from reprokit.compare.attribution import attribute
from reprokit.compare.completion import add_divergences
from reprokit.compare.verdict import compare_machines
from reprokit.model.definition import Control, Definition, DigestRule
from reprokit.model.divergence import PartDifference, PartState
from reprokit.model.environment import (
    Device,
    Environment,
    Hardware,
    NativeLibrary,
    OperatingSystem,
    Package,
)
from reprokit.model.record import ArrayFacts, ControlResult, NamedArray, Record, Status
from reprokit.numerics.digest import digest_array
from reprokit.probes.catalogue.matmul import tf32_product, uniform_product
from tests.builders import COMMIT, make_definition, make_digest, make_evidence, make_probe
from tests.compare.test_attribution import M1, M3, M5, load, make_mac

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.attribution import SignatureMatch
    from reprokit.model.comparison import MachineEvidence

TF32 = Definition(op="matmul.tf32", arguments={"m": 2, "k": 64, "n": 3}, dtype="float32")
PRODUCT = Definition(
    op="matmul.uniform", arguments={"m": 3, "k": 9, "n": 5}, dtype="float32", seed=4
)


def make_linux(name: str, *, libc: str = "glibc 2.36", mlx: str = "0.32.4") -> MachineEvidence:
    """Make a measured Linux machine without a GPU and without probes."""
    environment = Environment(
        hardware=Hardware(cpu_architecture="x86_64", cpu_features=("avx", "fma")),
        os=OperatingSystem(name="Debian GNU/Linux", version="12", libc=libc),
        packages=(Package(name="mlx", version=mlx),),
        device=Device(default="cpu"),
    )
    return replace(make_evidence(name), environment=environment, probes={})


def give(
    machine: MachineEvidence, definitions: Mapping[str, Definition], **words: str | Record
) -> MachineEvidence:
    """Give a machine probes, each by its digest, or a word, or its record."""

    def make_record(text: str | Record) -> Record:
        if isinstance(text, Record):
            return text
        digest = text if len(text) == 64 else make_digest(text)
        return Record(status=Status.OK, result=ArrayFacts(digest=digest))

    probes = {
        name: make_probe(name, definition=definitions[name], record=make_record(text))
        for name, text in words.items()
    }
    return replace(machine, probes=probes)


def find(*machines: MachineEvidence) -> dict[str, SignatureMatch]:
    """Find the signatures of the first line, by name."""
    comparison = add_divergences(compare_machines(machines, commit=COMMIT[:12]))
    return {it.name: it for it in attribute(comparison)[0].signatures}


def digest_floats(*values: float) -> str:
    """Take the digest of float32 numbers."""
    return hashlib.sha256(struct.pack(f"<{len(values)}f", *values)).hexdigest()


def test_exact_case_of_tf32_is_what_the_catalogue_computes() -> None:
    """The product that is exact has the digest that counts as such; cut operands give k."""
    exact = tf32_product(dtype=mx.float32, m=2, k=64, n=3).result
    assert isinstance(exact, mx.array)
    assert digest_array(exact).digest == digest_floats(*[64 + 64 * 2.0**-12] * 6)
    cut = mx.ones((2, 64)) @ mx.ones((64, 3))
    assert digest_array(cut).digest == digest_floats(*[64.0] * 6)


def test_tf32_is_told_by_the_exact_case() -> None:
    """One side's bytes are those of cut operands, the other's of the exact product."""
    definitions = {"exact": TF32, "other": make_definition()}
    (found,) = find(
        give(make_mac("m1", 13, "26.5"), definitions, exact=digest_floats(*[64.015625] * 6)),
        give(make_mac("m5", 17, "26.5"), definitions, exact=digest_floats(*[64.0] * 6)),
    ).values()
    assert (found.name, found.probes) == ("TF32", ("exact",))
    assert found.source == "ml-explore/mlx issue 4411"
    first, facts = found.evidence
    assert "cut to 11 bits on m5, and those of the exact product on m1" in first
    assert facts == "`TF32 on` parts the machines in the same way."


def test_tf32_is_not_told_by_a_name() -> None:
    """The same op with other bytes is no evidence, nor are hardware and system alone."""
    macs = [make_mac("m1", 13, "26.5"), make_mac("m5", 17, "26.5")]
    definitions = {"exact": TF32}
    exact = digest_floats(*[64.015625] * 6)
    for words in (("x", "y"), (exact, "y")):
        machines = (
            give(mac, definitions, exact=word) for mac, word in zip(macs, words, strict=True)
        )
        assert find(*machines) == {}
    other_rule = {"exact": replace(TF32, rule=DigestRule.OPAQUE)}
    pair = (exact, digest_floats(*[64.0] * 6))
    assert find(*(give(m, other_rule, exact=w) for m, w in zip(macs, pair, strict=True))) == {}


@pytest.mark.parametrize(
    ("variables", "control", "expected"),
    [
        ({"MLX_ENABLE_TF32": "0"}, "x", "with MLX_ENABLE_TF32=0 m5 gives the bytes of m1, m3"),
        ({"MLX_ENABLE_TF32": "0"}, "y", None),
        ({"MLX_ENABLE_TF32": "0"}, "z", None),
        ({"MLX_SDPA_BLOCKS": "0"}, "x", None),
    ],
)
def test_tf32_is_told_by_a_control(
    variables: dict[str, str], control: str, expected: str | None
) -> None:
    """Only where the control of one side gives the other side's bytes."""
    definitions = {"p": replace(PRODUCT, control=Control(variables=variables))}
    macs = [make_mac("m1", 13, "26.5"), make_mac("m3", 15, "26.5"), make_mac("m5", 17, "26.5")]
    records = [
        Record(
            status=Status.OK,
            result=ArrayFacts(digest=make_digest(word)),
            control=ControlResult(status=Status.OK, result=ArrayFacts(digest=make_digest(without))),
        )
        for word, without in (("x", "x"), ("x", "x"), ("y", control))
    ]
    found = find(*(give(m, definitions, p=it) for m, it in zip(macs, records, strict=True)))
    if expected is None:
        assert found == {}
    else:
        assert expected in found["TF32"].evidence[0]


def test_published_normals_part_in_log_by_one_ulp() -> None:
    """Each of the three is explained, found from digests alone; recombine and replay are not."""
    normals, replay = attribute(load("0a8ec29f1c21"))
    (log,) = normals.signatures
    assert log.name == "log, one ulp"
    assert log.probes == ("normal-8-key0", "normal-8-key42", "normal-16x4-key0")
    assert log.source == "ml-explore/mlx issue 3568"
    *told, chance = log.evidence
    counts = [sentence.split(": ")[1].split(", ")[0] for sentence in told]
    assert counts == ["1 element differs", "2 elements differ", "4 elements differ"]
    assert chance.endswith("would all fit by chance about 1 time in 400,000.")
    assert "borne out for 3 of its 4 probes" in normals.strength
    assert replay.signatures == ()
    assert {M1, M3, M5} == {it for cluster in normals.partition for it in cluster}


def test_log_is_not_told_without_its_search() -> None:
    """Of digests that nobody searched nothing is said."""
    machines = load("0a8ec29f1c21").machines
    comparison = compare_machines(machines, commit="0a8ec29f1c21")
    assert [it.signatures for it in attribute(comparison)] == [(), ()]


def make_staged(**words: str) -> Record:
    """Make a record whose stages have the bytes of words; the last is the result's too."""
    stages = tuple(
        NamedArray(name=name, array=ArrayFacts(digest=make_digest(word)))
        for name, word in words.items()
    )
    return Record(status=Status.OK, result=stages[-1].array, stages=stages)


@pytest.mark.parametrize(
    ("states", "stage"),
    [
        ({}, "log"),
        ({"uniform": PartState.EQUAL}, "log"),
        ({"uniform": PartState.EQUAL, "log": PartState.EQUAL}, None),
        ({"log": PartState.EQUAL, "erfinv": PartState.DIFFERENT}, "erfinv"),
        ({"uniform": PartState.DIFFERENT}, "uniform"),
    ],
)
def test_steps_that_were_measured_go_before_what_would_explain(
    states: dict[str, PartState], stage: str | None
) -> None:
    """A log that is equal does not part machines, though a change of it would give their bytes."""
    published = load("0a8ec29f1c21", M1, M5)
    stages = tuple(PartDifference(name=name, state=it) for name, it in states.items())
    probes = tuple(
        replace(it, divergences=tuple(replace(pair, stages=stages) for pair in it.divergences))
        for it in published.probes
    )
    normal = next(it for it in probes if it.id == "normal-8-key0")
    assert [it.first_stage for it in normal.divergences] == [stage]
    (only,) = attribute(replace(published, probes=probes))
    assert [it.name for it in only.signatures] == (["log, one ulp"] if stage == "log" else [])


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ({"words": "w", "uniform": "u", "log": "l2", "erfinv": "e2"}, "another log"),
        ({"words": "w", "uniform": "u2", "log": "l2", "erfinv": "e2"}, None),
        ({"words": "w", "uniform": "u", "log": "l", "erfinv": "e2"}, None),
        ({"words": "w2", "uniform": "u2", "log": "l2", "erfinv": "e2"}, "another random stream"),
    ],
)
def test_the_first_step_that_parts_tells_the_cause(
    stages: dict[str, str], expected: str | None
) -> None:
    """Words are the stream, log after words and uniform is log, anything else is neither."""
    definitions = {"n": make_definition(op="random.normal_stages")}
    before = make_staged(words="w", uniform="u", log="l", erfinv="e")
    found = find(
        give(make_linux("a"), definitions, n=before),
        give(make_linux("b"), definitions, n=make_staged(**stages)),
    )
    assert list(found) == ([expected] if expected else [])


def make_grids(*functions: str) -> dict[str, Definition]:
    """Make definitions of functions over grids."""
    return {it: Definition(op=f"elementwise.{it}", arguments={"count": 64}) for it in functions}


def test_c_library_is_told_by_its_functions() -> None:
    """They part on the CPU as it does, and MLX's own polynomials agree."""
    grids = make_grids("log", "tanh", "exp")
    found = find(
        give(make_linux("a"), grids, log="x", tanh="x", exp="x"),
        give(make_linux("b", libc="glibc 2.41"), grids, log="y", tanh="y", exp="x"),
    )
    library = found["another C library"]
    assert library.probes == ("log", "tanh")
    assert library.evidence == (
        "Functions that are the C library's part on the CPU: log and tanh.",
        "The C library parts the machines in the same way: glibc 2.36 on a; glibc 2.41 on b.",
        "MLX's own polynomials agree: exp.",
    )


def test_each_machines_own_c_library_is_shown() -> None:
    """Those of one name part the machines, and are of several versions; so do processors."""
    grids = make_grids("log")
    other = make_linux("c", libc="musl 1.2")
    hardware = Hardware(cpu_architecture="arm64")
    library = find(
        give(make_linux("a"), grids, log="x"),
        give(make_linux("b", libc="glibc 2.31"), grids, log="x"),
        give(
            replace(other, environment=replace(other.environment, hardware=hardware)),
            grids,
            log="y",
        ),
    )["another C library"]
    assert library.evidence[1:] == (
        (
            "The C library parts the machines in the same way: glibc 2.36 on a, glibc 2.31 on b; "
            "musl 1.2 on c."
        ),
        "So does `hardware.cpu_architecture`.",
    )


@pytest.mark.parametrize(
    "case", ["one library", "its own polynomial", "on a GPU", "no function of it", "on macOS"]
)
def test_c_library_is_not_told_without_its_marks(case: str) -> None:
    """Each of the marks is needed."""
    libc = "glibc 2.36" if case == "one library" else "glibc 2.41"
    machines = [make_linux("a"), make_linux("b", libc=libc)]
    if case == "on a GPU":
        machines = [
            replace(it, environment=replace(it.environment, device=Device(default="gpu")))
            for it in machines
        ]
    if case == "on macOS":
        mac = make_mac("a", 13, "26.5")
        on_cpu = replace(mac.environment, device=Device(default="cpu"))
        machines[0] = replace(mac, environment=on_cpu)
    names = {"its own polynomial": ("log", "exp"), "no function of it": ("rsqrt",)}
    functions = names.get(case, ("log",))
    grids = make_grids(*functions)
    given = [
        give(it, grids, **dict.fromkeys(functions, word))
        for it, word in zip(machines, "xy", strict=True)
    ]
    assert "another C library" not in find(*given)


def test_linux_machines_part_by_fused_multiply_adds() -> None:
    """The product's first block is, to the bit, that of each way to round."""
    (only,) = attribute(load("1491acf7db13", "linux-x86-64", "linux-arm64-qemu"))
    (fused,) = only.signatures
    assert fused.name == "fused multiply-add in products"
    (sentence,) = fused.evidence
    assert "on linux-x86-64 each product is rounded before it is added" in sentence
    assert "on linux-arm64-qemu with the sum" in sentence
    assert "the digests of the first block" in sentence


def multiply(*, fused: bool) -> bytes:
    """Multiply the operands of PRODUCT one by one, in MLX's float64 where fused."""
    one, other = mx.random.split(mx.random.key(4))
    left = mx.random.uniform(-1.0, 1.0, (3, 9), key=one)
    right = mx.random.uniform(-1.0, 1.0, (9, 5), key=other)
    total = mx.zeros((3, 5))
    with mx.stream(mx.cpu):
        for at in range(9):
            pair = left[:, at : at + 1], right[at : at + 1]
            if fused:
                wide = [it.astype(mx.float64) for it in (*pair, total)]
                total = (wide[0] * wide[1] + wide[2]).astype(mx.float32)
            else:
                total = total + pair[0] * pair[1]
        mx.eval(total)
    return memoryview(total).tobytes()  # type: ignore[arg-type]


def test_a_small_product_is_told_by_its_whole_digest() -> None:
    """What MLX makes of the same operands here is one of the two."""
    digests = [hashlib.sha256(multiply(fused=it)).hexdigest() for it in (False, True)]
    here = uniform_product(key=mx.random.key(4), dtype=mx.float32, m=3, k=9, n=5)
    assert digests[0] != digests[1]
    assert digest_array(here).digest in digests
    pair = [make_linux("a"), make_linux("b")]
    named: dict[str, Any] = {"p": PRODUCT}
    found = find(*(give(it, named, p=own) for it, own in zip(pair, digests, strict=True)))
    (sentence,) = found["fused multiply-add in products"].evidence
    assert "on a each product is rounded before it is added, on b with the sum" in sentence
    assert find(give(pair[0], named, p=digests[0]), give(pair[1], named, p="other")) == {}
    macs = [make_mac("a", 13, "26.4"), make_mac("b", 15, "26.4")]
    assert find(*(give(it, named, p=own) for it, own in zip(macs, digests, strict=True))) == {}


@pytest.mark.parametrize(
    "definition",
    [
        replace(PRODUCT, arguments={"m": 2**20, "k": 2**20, "n": 2**20}),
        replace(PRODUCT, arguments={"m": "3", "k": 9, "n": -5}),
        replace(PRODUCT, arguments={}),
        replace(PRODUCT, key="split:9/2"),
        replace(PRODUCT, dtype="bfloat16"),
        replace(TF32, arguments={"m": 2**30, "k": 4, "n": 2**30}),
    ],
    ids=["large", "no numbers", "none", "no key", "half", "large exact case"],
)
def test_what_a_strangers_definition_says_is_not_computed(definition: Definition) -> None:
    """Nothing large is made, and nothing fails."""
    named = {"p": definition}
    assert find(give(make_linux("a"), named, p="x"), give(make_linux("b"), named, p="y")) == {}


def test_a_changed_stream_is_told_by_raw_words_and_exact_draws() -> None:
    """Two releases on one machine: halves part, float32 agrees, and a release between did it."""
    definitions = {
        "half": Definition(
            op="random.uniform", arguments={"shape": (8,)}, dtype="bfloat16", seed=0
        ),
        "full": Definition(op="random.uniform", arguments={"shape": (8,)}, dtype="float32", seed=0),
    }
    stream = find(
        give(make_linux("old", mlx="0.26.3"), definitions, half="x", full="x"),
        give(make_linux("new"), definitions, half="y", full="x"),
    )["another random stream"]
    assert stream.probes == ("half",)
    assert stream.evidence == (
        "`half`: a uniform draw in bfloat16 parts, whose steps are exact.",
        "`full` agrees.",
        (
            "mlx is of releases 0.26.3 to 0.32.4; of those after the first, 0.26.5, 0.31.2 and "
            "0.32.1 touched random numbers."
        ),
    )


def test_releases_that_nothing_is_known_of_are_said_to_be_so() -> None:
    """None of those after the first is known to have touched random numbers."""
    definitions = {"u": Definition(op="random.uniform", arguments={"shape": (8,)}, seed=0)}
    stream = find(
        give(make_linux("old", mlx="0.31.2"), definitions, u="x"),
        give(make_linux("new", mlx="0.32.0"), definitions, u="y"),
    )["another random stream"]
    assert stream.evidence[-1] == (
        "mlx is of releases 0.31.2 to 0.32.0; of those after the first, none is known to have "
        "touched random numbers."
    )


@pytest.mark.parametrize(
    ("definition", "is_stream"),
    [
        (Definition(op="random.key", seed=0), True),
        (Definition(op="random.key", seed=0, rule=DigestRule.CAST_FLOAT32), False),
        (Definition(op="random.uniform", arguments={"shape": (8,), "low": -1.0}, seed=0), True),
        (Definition(op="random.uniform", arguments={"shape": (8,), "low": 0.1}, seed=0), False),
        (make_definition(), False),
    ],
)
def test_a_changed_stream_is_not_told_by_other_draws(
    definition: Definition, *, is_stream: bool
) -> None:
    """Only raw words, and draws of which each step is exact."""
    named = {"p": definition}
    found = find(give(make_linux("a"), named, p="x"), give(make_linux("b"), named, p="y"))
    assert ("another random stream" in found) == is_stream
    if is_stream:
        (match,) = found.values()
        assert match.evidence[-1] == "The release of mlx is the same on all."


def make_wheel(name: str, platform: str, **changes: Any) -> MachineEvidence:  # noqa: ANN401 - fields
    """Make a Mac whose kernels come from a wheel of a platform."""
    mac = make_mac(name, changes.get("generation", 13), changes.get("version", "26.4"))
    library = NativeLibrary(path="mlx/lib/mlx.metallib", sha256=make_digest(platform))
    package = Package(
        name="mlx-metal",
        version=changes.get("release", "0.32.4"),
        wheel=f"py3-none-{platform}",
        libraries=(library,),
    )
    packages = (Package(name="mlx", version=changes.get("release", "0.32.4")), package)
    environment = replace(mac.environment, packages=packages)
    return replace(mac, environment=environment)


def test_another_wheel_is_told_on_the_same_hardware() -> None:
    """Kernels' files part as the machines do; what else does is told beside it."""
    named = {"p": PRODUCT}
    found = find(
        give(make_wheel("a", "macosx_15_0_arm64", version="15.7"), named, p="x"),
        give(make_wheel("b", "macosx_26_0_arm64"), named, p="y"),
    )["another wheel of one release"]
    assert found.probes == ("p",)
    assert found.evidence[0] == "mlx is 0.32.4 on all, of the same processor and GPU."
    assert "`packages.mlx-metal.library hashes` fit" in found.evidence[1]
    assert "`os.version`" in found.evidence[2]


@pytest.mark.parametrize("changes", [{"generation": 15}, {"release": "0.31.1"}])
def test_another_wheel_is_not_told_of_other_hardware_or_releases(changes: dict[str, Any]) -> None:
    """There the wheel is the least of what differs."""
    named = {"p": PRODUCT}
    one = give(make_wheel("a", "macosx_15_0_arm64", **changes), named, p="x")
    other = give(make_wheel("b", "macosx_26_0_arm64"), named, p="y")
    assert find(one, other) == {}
