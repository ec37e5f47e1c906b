"""How far a result moved, in words."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from math import nan

from reprokit.compare.baseline_distance import tell_distance, tell_tree_distance
from reprokit.model.record import ArrayFacts, NamedArray
from reprokit.render.changed_result import describe_elements
from tests.builders import make_digest


def keep(*numbers: float) -> ArrayFacts:
    """Keep float32 numbers with their bits."""
    data = struct.pack(f"<{len(numbers)}f", *numbers)
    digest = hashlib.sha256(data).hexdigest()
    return ArrayFacts(digest=digest, dtype="float32", shape=(len(numbers),), bits=data.hex())


def test_elements_and_ulps() -> None:
    """Where all bits are at hand."""
    one = keep(1.0, 2.0, 3.0)
    assert tell_distance(one, one) == "the same bytes"
    moved = keep(1.0, 2.0 + 2**-22, 3.0 + 2**-21)
    said = "2 of 3 elements differ, by up to 2 ulp, the first at [1]"
    assert tell_distance(one, moved) == said
    assert "1 of 3 elements differs" in tell_distance(one, keep(1.0, 2.0, nan))
    assert "1 to or from NaN" in tell_distance(one, keep(1.0, 2.0, nan))


def test_runs_of_bytes() -> None:
    """Where only block digests are."""
    blocks = ("0" * 16, "1" * 16, "2" * 16)
    one = ArrayFacts(
        digest=make_digest("a"), dtype="uint8", shape=(3000,), block_bytes=1024, blocks=blocks
    )
    other = replace(one, digest=make_digest("b"), blocks=(blocks[0], "3" * 16, "4" * 16))
    said = "2 of 3 runs of 1024 bytes differ, the first from byte 1024"
    assert tell_distance(one, other) == said


def test_what_cannot_be_told() -> None:
    """Digests alone, another dtype, and a shape that is not known."""
    one = ArrayFacts(digest=make_digest("a"), dtype="float32", shape=(9,))
    assert "is not known" in tell_distance(one, replace(one, digest=make_digest("b")))
    assert "is not known" in tell_distance(one, ArrayFacts(digest=make_digest("b")))
    half = replace(one, dtype="float16")
    assert tell_distance(one, half) == "float32[9] became float16[9]"
    tree = ArrayFacts(digest=make_digest("a"), dtype="tree")
    said = tell_distance(tree, replace(tree, digest=make_digest("b")))
    assert said == "how far apart is not known: the leaves of both are not at hand"


def grow(**arrays: ArrayFacts) -> tuple[NamedArray, ...]:
    """Make the leaves of a tree."""
    return tuple(NamedArray(name=name, array=array) for name, array in arrays.items())


def test_a_tree_is_told_by_its_leaves() -> None:
    """Those that differ, with their distance; those that came and went; many are counted."""
    before = grow(weight=keep(1.0, 2.0), bias=keep(0.5), step=keep(3.0))
    after = grow(weight=keep(1.0, 2.0 + 2**-22), bias=keep(0.5), scale=keep(3.0))
    said = (
        "1 of 3 leaves differs; weight: 1 of 2 elements differs, by up to 1 ulp, the first at [1]; "
        "no longer there: step; new: scale"
    )
    assert tell_tree_distance(before, after) == said
    many = {f"w{number}": keep(float(number)) for number in range(5)}
    moved = {name: keep(9.0) for name in many}
    told = tell_tree_distance(grow(**many), grow(**moved))
    assert told.startswith("5 of 5 leaves differ; w0: 1 of 1 elements differs")
    assert told.endswith("; so do w3, w4")
    named = {f"w{number}: weight": keep(float(number)) for number in range(4)}
    told = tell_tree_distance(grow(**named), grow(**dict.fromkeys(named, keep(9.0))))
    assert told.endswith("; so do w3: weight")
    many = {f"w{number}": keep(float(number)) for number in range(30)}
    moved = {name: keep(99.0) for name in many}
    assert tell_tree_distance(grow(**many), grow(**moved)).endswith(", w22 and 7 more")


def test_places_are_those_of_the_array() -> None:
    """Of several axes each is told, as code has it."""
    one = replace(keep(*map(float, range(12))), shape=(3, 4))
    moved = replace(keep(*map(float, range(7)), 9.0, 8.0, 9.0, 10.0, 11.0), shape=(3, 4))
    assert tell_distance(one, moved).endswith("the first at [1, 3]")
    scalar = replace(keep(1.0), shape=())
    assert tell_distance(scalar, replace(keep(2.0), shape=())).endswith("the first at []")
    (row,) = describe_elements(one, moved)[2:]
    assert row.split() == ["[1,", "3]", "7", "9", "+3145728", "(worst)"]
