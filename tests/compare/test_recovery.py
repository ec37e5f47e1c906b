"""The bytes behind digests, found for the published normals, whose machines are not at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.normal_probe import find_normal_draw
from reprokit.compare.recovery import Wanted, collect_bits, list_wanted, search_wanted
from reprokit.model.definition import Definition, DigestRule
from reprokit.model.record import ArrayFacts, Record, Status
from reprokit.numerics.digest_search import Budget
from reprokit.numerics.float_bits import move_by_ulp, split_elements
from reprokit.store.manifests import read_manifest
from tests.builders import make_definition, make_digest, make_probe

if TYPE_CHECKING:
    from reprokit.model.manifest import ProbeRecord

ROOT = Path(__file__).parents[2]
PUBLISHED = "0a8ec29f1c21.toml"
EIGHT = ArrayFacts(digest=make_digest("a"), dtype="float32", shape=(8,))


def read_published(probe: str) -> dict[str, ProbeRecord]:
    """Read a probe's record of each machine whose digests were published."""
    manifests = (
        read_manifest(path, root=ROOT)
        for path in sorted((ROOT / "manifests").glob(f"apple-*/{PUBLISHED}"))
    )
    return {
        manifest.machine: next(it for it in manifest.probes if it.id == probe)
        for manifest in manifests
    }


def test_bits_are_collected_by_digest() -> None:
    """Results that were cast first have digests that mean other bytes."""
    path = ROOT / "manifests" / "linux-x86-64" / "c45869a12920.toml"
    manifest = read_manifest(path, root=ROOT)
    bits = collect_bits(manifest.probes)
    normal = next(it for it in manifest.probes if it.id == "normal-8-key0")
    assert normal.record.result is not None
    assert len(bits[normal.record.result.digest]) == 32
    assert collect_bits(replace(it, definition=cast(it)) for it in manifest.probes) == {}


def cast(probe: ProbeRecord) -> Definition:
    """Give a probe's definition another rule, by which its bytes are not the array's."""
    return replace(probe.definition, rule=DigestRule.CAST_FLOAT32)


@pytest.mark.parametrize(
    ("probe", "elements"),
    [
        ("normal-8-key0", {5: -1}),
        ("normal-8-key42", {3: 1, 6: 2}),
        ("normal-16x4-key0", {21: -1, 23: 2, 41: 1, 53: -2}),
    ],
)
def test_published_normals_are_found_from_their_digests_alone(
    probe: str, elements: dict[int, int]
) -> None:
    """M5 differs from M1 Max in these elements by so many ulps."""
    records = read_published(probe)
    (wanted,) = list_wanted(records.values(), {}, largest_bytes=1024)
    assert len(wanted.digests) == 2
    assert wanted.known == ()
    found = search_wanted(wanted, Budget(candidates=20_000, wall_s=None))
    arrays = {digest: found[digest].candidate for digest in wanted.digests}
    pair = [
        arrays[record.record.result.digest]
        for machine, record in sorted(records.items())
        if record.record.result is not None and machine != "apple-m3-ultra"
    ]
    m1, m5 = (split_elements(it, "float32") for it in pair if it is not None)
    assert [
        (index, move_by_ulp(one, elements.get(index, 0), "float32")) for index, one in enumerate(m1)
    ] == list(enumerate(m5))


def test_what_is_at_hand_is_not_looked_for() -> None:
    """The bytes at hand are what a search begins from."""
    probe = make_probe()
    data = bytes(32)
    bits = {make_digest("a"): data}
    assert list_wanted([probe], bits, largest_bytes=1024) == ()
    (wanted,) = list_wanted([probe, make_probe(word="b")], bits, largest_bytes=1024)
    assert (wanted.known, wanted.digests) == ((data,), (make_digest("b"),))


@pytest.mark.parametrize(
    "probes",
    [
        pytest.param([make_probe(definition=make_definition(op="random.gumbel"))], id="nothing"),
        pytest.param([make_probe(definition=cast(make_probe()))], id="cast"),
        pytest.param([make_probe(record=Record(status=Status.SKIPPED))], id="skipped"),
        pytest.param(
            [
                make_probe(),
                make_probe(
                    record=Record(
                        status=Status.OK,
                        result=ArrayFacts(digest=make_digest("b"), dtype="float32", shape=(9,)),
                    )
                ),
            ],
            id="two shapes",
        ),
    ],
)
def test_nothing_to_begin_from(probes: list[ProbeRecord]) -> None:
    """Without bytes, or a draw that can be computed, no search can begin."""
    assert list_wanted(probes, {}, largest_bytes=1024) == ()


def test_large_arrays_are_left_alone() -> None:
    """The bound is in bytes, and counts itself."""
    assert list_wanted([make_probe()], {}, largest_bytes=31) == ()
    assert list_wanted([make_probe()], {}, largest_bytes=32) != ()


def test_a_search_in_vain_says_how_far_it_got() -> None:
    """A budget ends it, and is kept."""
    wanted = Wanted(
        dtype="float32",
        draw=find_normal_draw(make_definition(), EIGHT),
        known=(),
        digests=(make_digest("a"),),
    )
    found = search_wanted(wanted, Budget(candidates=2_000, wall_s=None))[make_digest("a")]
    assert found.candidate is None
    assert 0 < found.searched <= 2_000


@pytest.mark.parametrize(
    ("definition", "result"),
    [
        (make_definition(op="random.uniform"), EIGHT),
        (make_definition(revision=2), EIGHT),
        (make_definition(arguments={"shape": (8,), "loc": 1.0}), EIGHT),
        (make_definition(arguments={"shape": (4,)}), EIGHT),
        (make_definition(arguments={"shape": 8}), EIGHT),
        (make_definition(arguments={"shape": (-8,)}), EIGHT),
        (make_definition(arguments={"shape": (2**40, 2**40)}), EIGHT),
        (make_definition(dtype="float16"), EIGHT),
        (make_definition(seed=None), EIGHT),
        (make_definition(key="split:2/2"), EIGHT),
        (make_definition(rule=DigestRule.OPAQUE), EIGHT),
    ],
)
def test_definitions_that_are_no_normal_draw_of_the_result(
    definition: Definition, result: ArrayFacts
) -> None:
    """Strangers' manifests may claim anything."""
    assert find_normal_draw(definition, result) is None


def test_a_normal_draw_is_found_with_its_key_and_dtype() -> None:
    """Its shape does not change the elements."""
    definition = make_definition(arguments={"shape": (2, 4)}, dtype=None, key="split:1/2,0/3")
    draw = find_normal_draw(definition, replace(EIGHT, shape=(2, 4)))
    assert draw is not None
    assert (draw.size, draw.seed, draw.steps, draw.dtype) == (8, 0, ((1, 2), (0, 3)), "float32")
