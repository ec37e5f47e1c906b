"""How clusters part: by elements where bytes are known, else by runs, and else it is said why."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.compare.divergence import describe_divergence, describe_divergences
from reprokit.compare.recovery import collect_bits, list_wanted, search_wanted
from reprokit.compare.verdict import compare_probe
from reprokit.model.definition import DigestRule
from reprokit.model.divergence import (
    BlockDifference,
    Divergence,
    PartDifference,
    PartState,
)
from reprokit.model.record import ArrayFacts, NamedArray, Record, Status
from reprokit.model.witness import LOG
from reprokit.numerics.digest import BITS_LIMIT_BYTES
from reprokit.numerics.digest_search import Budget
from reprokit.numerics.distance import measure_distance, measure_witness
from reprokit.numerics.float_bits import join_elements, move_by_ulp, split_elements
from reprokit.numerics.normal_steps import NormalDraw, draw_with_rounded_log
from reprokit.store.manifests import read_manifest
from tests.builders import QUICK, make_definition, make_evidence, make_probe

if TYPE_CHECKING:
    from reprokit.model.manifest import ProbeRecord

ROOT = Path(__file__).parents[2]
NORMALS = draw_with_rounded_log(NormalDraw(size=8, seed=0))
UNIFORM = make_definition(op="random.uniform")
ONES, TWOS = (struct.pack("<8f", *([value] * 8)) for value in (1.0, 2.0))
SMALL = ONES[:-4] + struct.pack("<f", 1.0 - 2**-23)


def hold(data: bytes, *, dtype: str = "float32", shape: tuple[int, ...] = (8,)) -> ArrayFacts:
    """Keep an array with its bytes, as a manifest does."""
    return ArrayFacts(
        digest=hashlib.sha256(data).hexdigest(), dtype=dtype, shape=shape, bits=data.hex()
    )


def forget(array: ArrayFacts) -> ArrayFacts:
    """Keep of an array only digest, dtype and shape."""
    return replace(array, bits=None)


def cut(data: bytes, *, block_bytes: int = 4096, dtype: str = "float32") -> ArrayFacts:
    """Keep of a larger array the digests of its runs."""
    runs = [data[at : at + block_bytes] for at in range(0, len(data), block_bytes)]
    size = {"float32": 4, "uint8": 1}[dtype]
    return ArrayFacts(
        digest=hashlib.sha256(data).hexdigest(),
        dtype=dtype,
        shape=(len(data) // size,),
        block_bytes=block_bytes,
        blocks=tuple(hashlib.sha256(run).hexdigest()[:16] for run in runs),
    )


def record(
    result: ArrayFacts,
    *,
    stages: dict[str, ArrayFacts] | None = None,
    leaves: dict[str, ArrayFacts] | None = None,
) -> Record:
    """Make a record of arrays."""
    named = [
        tuple(NamedArray(name=name, array=array) for name, array in (parts or {}).items())
        for parts in (stages, leaves)
    ]
    return Record(status=Status.OK, result=result, stages=named[0], leaves=named[1])


def grow(leaves: dict[str, ArrayFacts]) -> Record:
    """Make the record of a tree."""
    word = "".join(name + array.digest for name, array in leaves.items())
    digest = hashlib.sha256(word.encode()).hexdigest()
    return record(ArrayFacts(digest=digest, dtype="tree"), leaves=leaves)


def probes_of(*results: ArrayFacts | Record) -> dict[str, ProbeRecord]:
    """Make a record for each of m1, m2, …; no draw whose steps are known."""
    records = [it if isinstance(it, Record) else record(it) for it in results]
    return {
        f"m{index}": make_probe(definition=UNIFORM, record=it)
        for index, it in enumerate(records, 1)
    }


def describe(*results: ArrayFacts | Record) -> Divergence:
    """Describe how m2 parts from m1, by the bytes that the records hold."""
    probes = probes_of(*results)
    return describe_divergence(probes, (("m1",), ("m2",)), collect_bits(probes.values()))


def test_bytes_at_hand_are_measured() -> None:
    """Distance and witness are those of the two arrays, the candidate against the baseline."""
    found = describe(hold(ONES), hold(SMALL))
    assert (found.baseline, found.candidate) == (("m1",), ("m2",))
    assert found.baseline_digest == hashlib.sha256(ONES).hexdigest()
    assert found.candidate_digest == hashlib.sha256(SMALL).hexdigest()
    assert found.distance == measure_distance(ONES, SMALL, "float32")
    assert found.witness == measure_witness(ONES, SMALL, "float32")
    assert found.witness is not None
    assert [(it.index, it.ulp) for it in found.witness.elements] == [(7, -2)]
    assert (found.gap, found.blocks, found.stages, found.leaves) == ("", None, (), ())


def test_bytes_that_were_found_are_told_with_the_search() -> None:
    """Bits may come from anywhere, when they have the digest."""
    probes = probes_of(hold(ONES), forget(hold(SMALL)))
    bits = {hashlib.sha256(it).hexdigest(): it for it in (ONES, SMALL)}
    tried = {hashlib.sha256(SMALL).hexdigest(): 41}
    (found,) = describe_divergences(probes, (("m1",), ("m2",)), bits, searched=tried)
    assert found.witness is not None
    assert (found.witness.searched, found.witness.proven, found.gap) == (41, True, "")


def test_the_log_of_a_normal_is_named() -> None:
    """An element one step of the log away is traced to it, and no other probe is."""
    elements = split_elements(NORMALS, "float32")
    lower = move_by_ulp(elements[5], -1, "float32")
    assert lower is not None
    other = join_elements([*elements[:5], lower, *elements[6:]], "float32")
    probes = {
        name: make_probe(record=record(hold(data)))
        for name, data in (("m1", NORMALS), ("m5", other))
    }
    found = describe_divergence(probes, (("m1",), ("m5",)), collect_bits(probes.values()))
    assert found.first_stage == LOG
    assert describe(hold(NORMALS), hold(other)).first_stage is None


def test_the_first_cluster_of_each_definition_is_the_baseline() -> None:
    """What computes something else is not held against it."""
    other = make_definition(op="random.uniform", seed=7)
    results = {"m1": ONES, "m2": ONES, "m3": TWOS, "m4": SMALL}
    probes = {
        name: make_probe(definition=UNIFORM, record=record(hold(data)))
        for name, data in results.items()
    }
    probes |= {
        name: make_probe(definition=other, record=record(hold(data)))
        for name, data in (("m5", ONES), ("m6", TWOS))
    }
    evidence = [make_evidence(name, probe) for name, probe in probes.items()]
    clusters = compare_probe("normal-8-key0", evidence).clusters
    found = describe_divergences(probes, clusters, collect_bits(probes.values()))
    assert [(it.baseline, it.candidate) for it in found] == [
        (("m1", "m2"), ("m3",)),
        (("m1", "m2"), ("m4",)),
        (("m5",), ("m6",)),
    ]
    assert describe_divergences(probes, (("m1", "m2"),), {}) == ()


def test_a_cluster_knows_what_any_of_its_members_does() -> None:
    """A published digest without dtype stands beside a measured one of the same bytes."""
    bare = ArrayFacts(digest=hold(ONES).digest)
    probes = probes_of(bare, hold(ONES), hold(TWOS))
    bits = collect_bits(probes.values())
    found = describe_divergence(probes, (("m1", "m2"), ("m3",)), bits)
    assert found.distance == measure_distance(ONES, TWOS, "float32")


@pytest.mark.parametrize(
    ("at", "dtype", "expected"),
    [
        (
            (9000,),
            "float32",
            BlockDifference(block_bytes=4096, blocks=5, differing=1, first=2, first_element=2048),
        ),
        (
            (4096, 16384),
            "uint8",
            BlockDifference(block_bytes=4096, blocks=5, differing=2, first=1, first_element=4096),
        ),
    ],
)
def test_runs_that_differ(at: tuple[int, ...], dtype: str, expected: BlockDifference) -> None:
    """The first element is the one at which the first such run begins."""
    data = bytes(16388)
    other = bytearray(data)
    for index in at:
        other[index] = 1
    found = describe(cut(data, dtype=dtype), cut(bytes(other), dtype=dtype))
    assert found.blocks == expected
    assert found.distance is None
    assert found.gap == (
        "Manifests keep arrays of at most 4096 bytes, and this one has 16.4 kB; `snapshot "
        "--keep-arrays` on m1 and m2 would let `explain` tell which elements differ."
    )


def test_arrays_that_were_kept_are_measured_however_large() -> None:
    """The bound is that of manifests alone; runs are told beside the distance."""
    data, other = bytes(8192), bytes(8188) + b"\1\0\0\0"
    probes = probes_of(cut(data), cut(other))
    bits = {hashlib.sha256(it).hexdigest(): it for it in (data, other)}
    found = describe_divergence(probes, (("m1",), ("m2",)), bits)
    assert found.distance is not None
    assert found.distance.first_index == 2047
    assert found.blocks is not None
    assert found.blocks.first_element == 1024


@pytest.mark.parametrize(
    "candidate",
    [
        pytest.param(cut(b"\1" * 16384, block_bytes=8192), id="other lengths"),
        pytest.param(replace(cut(bytes(16384)), digest="0" * 64), id="no run differs"),
        pytest.param(replace(cut(b"\1" * 16384), shape=(64, 64)), id="other shape"),
        pytest.param(replace(cut(b"\1" * 16384), dtype="int32"), id="other dtype"),
        pytest.param(replace(cut(b"\1" * 16384), blocks=("0" * 16,)), id="too few"),
        pytest.param(forget(replace(cut(b"\1" * 16384), blocks=(), block_bytes=0)), id="none"),
    ],
)
def test_runs_that_cannot_be_held_against_each_other(candidate: ArrayFacts) -> None:
    """Nothing is said of runs where they do not cover the same elements."""
    found = describe(cut(bytes(16384)), candidate)
    assert found.blocks is None
    assert found.gap


@pytest.mark.parametrize(
    ("baseline", "candidate", "gap"),
    [
        pytest.param(
            hold(ONES),
            ArrayFacts(digest="0" * 64),
            "Of m2 only a digest is known, without dtype and shape; a snapshot there would tell "
            "more.",
            id="opaque",
        ),
        pytest.param(
            hold(ONES),
            hold(TWOS, shape=(4, 2)),
            "They are other arrays: float32[8] on m1, float32[4, 2] on m2.",
            id="shape",
        ),
        pytest.param(
            hold(ONES),
            hold(ONES, dtype="int32"),
            "They are other arrays: float32[8] on m1, int32[8] on m2.",
            id="dtype",
        ),
        pytest.param(
            ArrayFacts(digest="0" * 64, dtype="float8"),
            ArrayFacts(digest="1" * 64, dtype="float8"),
            "No distance is known of dtype `float8`.",
            id="strange dtype",
        ),
        pytest.param(
            hold(ONES),
            forget(hold(TWOS)),
            "The bytes of m2 are not at hand; a snapshot there would keep them.",
            id="one unknown",
        ),
        pytest.param(
            forget(hold(ONES)),
            forget(hold(TWOS)),
            "The bytes of m1 and m2 are not at hand; a snapshot there would keep them.",
            id="both unknown",
        ),
    ],
)
def test_what_is_lacking_is_said(baseline: ArrayFacts, candidate: ArrayFacts, gap: str) -> None:
    """There is a distance, or a reason for none."""
    found = describe(baseline, candidate)
    assert (found.gap, found.distance, found.witness) == (gap, None, None)


def test_a_search_in_vain_is_told() -> None:
    """How many arrays were tried says how much it means."""
    probes = probes_of(hold(ONES), forget(hold(TWOS)))
    tried = {hold(TWOS).digest: 2_000, hold(SMALL).digest: 7}
    bits = collect_bits(probes.values())
    found = describe_divergence(probes, (("m1",), ("m2",)), bits, searched=tried)
    assert found.gap == (
        "The bytes of m2 are not at hand, and none of 2000 arrays near those at hand is theirs; "
        "a snapshot there would keep them."
    )


@pytest.mark.parametrize(
    ("bits", "gap"),
    [
        (SMALL, "The bytes at hand for m2 do not have its digest, and are not used."),
        (TWOS, "The 32 bytes at hand for m2 are no float32[9], and are not used."),
    ],
)
def test_false_bits_are_not_used(bits: bytes, gap: str) -> None:
    """Bytes count where they have the digest, and are as many as the array needs."""
    wrong = forget(hold(TWOS, shape=(9,) if bits == TWOS else (8,)))
    baseline = hold(ONES + bytes(4), shape=(9,)) if bits == TWOS else hold(ONES)
    probes = probes_of(baseline, wrong)
    known = {**collect_bits(probes.values()), wrong.digest: bits}
    found = describe_divergence(probes, (("m1",), ("m2",)), known)
    assert (found.gap, found.distance, found.witness) == (gap, None, None)


@pytest.mark.parametrize(
    ("rule", "meaning"),
    [
        (
            DigestRule.CAST_FLOAT32,
            "The digests were taken after a cast to float32",
        ),
        (
            DigestRule.OPAQUE,
            "The digests are their publisher's own",
        ),
    ],
)
def test_other_digests_than_raw_ones_mean_no_elements(rule: DigestRule, meaning: str) -> None:
    """Neither bytes nor runs of what was cast or written in another way are the array's."""
    for pair in ((hold(ONES), hold(TWOS)), (cut(bytes(8192)), cut(b"\1" * 8192))):
        probes = {
            name: replace(probe, definition=replace(UNIFORM, rule=rule))
            for name, probe in probes_of(*pair).items()
        }
        bits = {it.digest: bytes.fromhex(it.bits) for it in pair if it.bits is not None}
        found = describe_divergence(probes, (("m1",), ("m2",)), bits)
        assert (found.distance, found.witness, found.blocks) == (None, None, None)
        assert (
            found.gap
            == f"{meaning}, and tell nothing of elements; a snapshot on each machine would."
        )


def test_the_first_step_that_parts() -> None:
    """Stages are compared by their names, in order, each as far as its bytes are known."""
    large, other = bytes(8192), bytes(4096) + b"\1" * 4096
    found = describe(
        record(
            hold(ONES),
            stages={
                "words": hold(ONES, dtype="uint32"),
                "large": cut(large),
                "log": hold(ONES),
                "gone": hold(ONES),
                "turned": hold(ONES),
                "bare": forget(hold(ONES)),
            },
        ),
        record(
            hold(TWOS),
            stages={
                "words": hold(ONES, dtype="uint32"),
                "log": hold(SMALL),
                "large": cut(other),
                "turned": hold(ONES, shape=(2, 4)),
                "bare": ArrayFacts(digest="0" * 64),
                "new": hold(ONES),
            },
        ),
    )
    assert found.stages == (
        PartDifference(name="words", state=PartState.EQUAL),
        PartDifference(
            name="large",
            state=PartState.DIFFERENT,
            blocks=BlockDifference(
                block_bytes=4096, blocks=2, differing=1, first=1, first_element=1024
            ),
        ),
        PartDifference(
            name="log",
            state=PartState.DIFFERENT,
            distance=measure_distance(ONES, SMALL, "float32"),
        ),
        PartDifference(name="gone", state=PartState.ABSENT),
        PartDifference(name="turned", state=PartState.ABSENT),
        PartDifference(name="bare", state=PartState.DIFFERENT),
        PartDifference(name="new", state=PartState.ABSENT),
    )
    assert found.first_stage == "large"
    assert found.gap == ""


def test_trees_are_compared_leaf_by_leaf() -> None:
    """Where all leaves that differ have distances, nothing is lacking."""
    found = describe(
        grow({"a": hold(ONES), "b.0": hold(ONES)}), grow({"a": hold(ONES), "b.0": hold(SMALL)})
    )
    assert found.leaves == (
        PartDifference(name="a", state=PartState.EQUAL),
        PartDifference(
            name="b.0",
            state=PartState.DIFFERENT,
            distance=measure_distance(ONES, SMALL, "float32"),
        ),
    )
    assert (found.gap, found.distance, found.witness, found.blocks) == ("", None, None, None)


@pytest.mark.parametrize(
    ("baseline", "candidate", "gap"),
    [
        pytest.param(
            grow({"a": hold(ONES), "b": forget(hold(NORMALS))}),
            grow({"a": hold(SMALL), "b": forget(hold(TWOS))}),
            "Leaf `b`: The bytes of m1 and m2 are not at hand; a snapshot there would keep them.",
            id="one leaf",
        ),
        pytest.param(
            grow({"a": hold(ONES), "b": hold(ONES)}),
            grow({"a": hold(ONES), "c": hold(ONES)}),
            "No leaf that both trees have differs.",
            id="other leaves",
        ),
        pytest.param(
            grow({"a": hold(ONES)}),
            ArrayFacts(digest="0" * 64, dtype="tree"),
            "Of m2 the leaves are unknown; a snapshot there would tell them.",
            id="only a digest",
        ),
    ],
)
def test_what_is_lacking_of_a_tree(
    baseline: Record, candidate: Record | ArrayFacts, gap: str
) -> None:
    """It is said of the first leaf without a distance."""
    assert describe(baseline, candidate).gap == gap


def test_a_cluster_without_results_is_refused() -> None:
    """Who failed is in no cluster."""
    probes = probes_of(hold(ONES), Record(status=Status.SKIPPED))
    with pytest.raises(ValueError, match="no result of m2"):
        describe_divergence(probes, (("m1",), ("m2",)), {})


@QUICK
@given(st.data())
def test_a_distance_or_a_reason(data: st.DataObject) -> None:
    """Whatever strangers' records claim, there is the one or the other, and never a wrong one."""
    arrays: list[ArrayFacts | Record] = [
        hold(ONES),
        hold(TWOS),
        hold(SMALL, shape=(4, 2)),
        hold(SMALL, dtype="uint8"),
        cut(bytes(8192)),
        ArrayFacts(digest="0" * 64),
        ArrayFacts(digest="1" * 64, dtype="tree"),
        grow({"a": hold(ONES)}),
        grow({"a": forget(hold(ONES))}),
        grow({"a": cut(bytes(8192)), "b": hold(ONES)}),
    ]
    one, other = data.draw(st.lists(st.sampled_from(arrays), min_size=2, max_size=2))
    bits = {
        digest: data.draw(st.sampled_from([ONES, TWOS, SMALL, b""]))
        for digest in (hold(ONES).digest, hold(TWOS).digest, hold(SMALL).digest)
    }
    found = describe_divergence(probes_of(one, other), (("m1",), ("m2",)), bits)
    assert (found.distance is None) == (found.witness is None)
    assert found.distance is None or not found.gap
    if found.distance is not None:
        assert bits[found.baseline_digest] != bits[found.candidate_digest]
        assert hashlib.sha256(bits[found.candidate_digest]).hexdigest() == found.candidate_digest
    elif found.baseline_digest != found.candidate_digest:
        measured = [it for it in found.leaves if it.distance is not None]
        assert found.gap or measured


def test_two_linux_machines() -> None:
    """Their measured manifests part in one large product alone, in every run of its bytes."""
    folders = ("linux-x86-64", "linux-arm64-qemu")
    records = [read_probes(folder, "1491acf7db13.toml") for folder in folders]
    found: list[Divergence] = []
    for name, probe in records[0].items():
        probes = dict(zip(folders, (probe, records[1][name]), strict=True))
        evidence = [make_evidence(machine, it) for machine, it in probes.items()]
        clusters = compare_probe(name, evidence).clusters
        found += describe_divergences(probes, clusters, collect_bits(probes.values()))
    assert [it.blocks for it in found] == [
        BlockDifference(block_bytes=4096, blocks=64, differing=64, first=0, first_element=0)
    ]


def test_published_normals_from_their_digests_alone() -> None:
    """What the search found of M1 Max and M5 has a distance, a witness and a step."""
    machines = ("apple-m1-max", "apple-m5")
    probes = {name: read_probes(name, "0a8ec29f1c21.toml")["normal-8-key42"] for name in machines}
    (wanted,) = list_wanted(probes.values(), {}, largest_bytes=BITS_LIMIT_BYTES)
    recoveries = search_wanted(wanted, Budget(candidates=20_000, wall_s=None))
    bits = {digest: it.candidate for digest, it in recoveries.items() if it.candidate}
    pair = ((machines[0],), (machines[1],))
    searched = {digest: it.searched for digest, it in recoveries.items()}
    found = describe_divergence(probes, pair, bits, searched=searched)
    assert found.distance is not None
    assert found.witness is not None
    assert (found.distance.differing, found.distance.max_ulp, found.distance.worst_index) == (
        2,
        2,
        6,
    )
    assert [(it.index, it.ulp) for it in found.witness.elements] == [(3, 1), (6, 2)]
    assert found.first_stage == LOG
    assert found.witness.searched == sum(searched.values()) > 0
    assert describe_divergence(probes, pair, {}).gap == (
        "The bytes of apple-m1-max and apple-m5 are not at hand; a snapshot there would keep them."
    )


def read_probes(machine: str, manifest: str) -> dict[str, ProbeRecord]:
    """Read the records of a machine whose manifest is part of the project."""
    path = ROOT / "manifests" / machine / manifest
    return {it.id: it for it in read_manifest(path, root=ROOT).probes}


def test_neither_mlx_nor_numpy_is_loaded() -> None:
    """`compare` measures without them."""
    code = """
import hashlib, sys
from reprokit.compare.divergence import describe_divergence
from reprokit.model.definition import Definition
from reprokit.model.manifest import ProbeRecord
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, Record, Status
bits = {hashlib.sha256(it).hexdigest(): it for it in (bytes(32), bytes(28) + b"abcd")}
definition = Definition(op="random.normal", arguments={"shape": (8,)}, dtype="float32", seed=0)
probes = {
    digest: ProbeRecord(
        id="normal",
        suite="core",
        definition=definition,
        expectation=Expectation.EVERYWHERE,
        record=Record(
            status=Status.OK, result=ArrayFacts(digest=digest, dtype="float32", shape=(8,))
        ),
    )
    for digest in bits
}
pair = tuple((digest,) for digest in bits)
found = [describe_divergence(probes, pair, it) for it in (bits, {})]
print(found[0].distance is not None, bool(found[1].gap), {"mlx.core", "numpy"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "True True set()\n"
