"""The index of a baseline: what reading the whole says of each result, or nothing."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprokit.model.baseline import Baseline, put_entries
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.record import ArrayFacts, NamedArray
from reprokit.store.baseline_index import index_baseline, index_text, list_held
from reprokit.store.baselines import _decode, encode_text
from reprokit.store.held_results import PENDING_MARK, equals_held, write_array
from tests.baselines import KEY, REVIEW, make_baseline, make_entry
from tests.builders import QUICK, make_digest
from tests.store.test_baselines import baselines_of_any_kind

FAMILY = "applegpu_g13s"
BITS = ArrayFacts(
    digest=sha256(b"\x42").hexdigest(),
    dtype="uint8",
    shape=(1,),
    bits="42",
)
LETTER = replace(BITS, digest=sha256(b"\x4a").hexdigest(), bits="4a")
BLOCKS = ArrayFacts(
    digest=make_digest("large"),
    dtype="float32",
    shape=(2, 1000),
    block_bytes=4096,
    blocks=("a" * 16, "b" * 16),
)
PIECES = ["", " ", "0", "01", "x", '"', "\n", ", ", "\\", "# ", "[[baseline]]\n", 'id = "b"\n']
LEAVES = (NamedArray(name="a b", array=BITS), NamedArray(name="c", array=BITS))


@QUICK
@given(baselines_of_any_kind())
def test_the_index_says_what_the_whole_says(baseline: Baseline) -> None:
    """Where a text can be indexed, it is as if the whole had been read."""
    index = index_text(encode_text(baseline).encode(), baseline.family)
    assert index is None or index == index_baseline(baseline)


def make_usual() -> Baseline:
    """Make a baseline with all that tests leave in one."""
    review = replace(REVIEW, by="Clément", reason='says "so", and \\ so', commit="0a8ec29f1c21")
    entries = [
        make_entry("tests/test_a.py::test_b[c-d]", result=BITS, suite="", definition=""),
        make_entry('tests/test_a.py::test_b["\\x00"]', leaves=LEAVES, review=review),
        make_entry("normal", machine="m1"),
        make_entry("test_letter", result=LETTER),
        make_entry("test_large", result=BLOCKS),
        make_entry("test_r1", result=ArrayFacts(digest=make_digest("opaque"))),
    ]
    baseline = put_entries(make_baseline(*entries), BaselineKey(mlx="0.31.1"), entries[:1])
    return put_entries(baseline, BaselineKey(), entries)


def test_what_tests_leave_is_indexed() -> None:
    """Bits, leaves, quotes, other letters and keys that know less are none too many."""
    baseline = make_usual()
    index = index_text(encode_text(baseline).encode(), FAMILY)
    assert index == index_baseline(baseline)
    assert len(index[KEY]) == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"accepted"', '"pending_review"'),
        ('schema = "reprokit/baseline/1"', 'schema = "reprokit/baseline/2"'),
        (f'family = "{FAMILY}"', 'family = "other"'),
        ("\n[[baseline.probe]]\n", "\n<<<<<<< HEAD\n[[baseline.probe]]\n"),
        ('bits = "42"\n', 'bits = "42"\n>>>>>>> theirs\n'),
        ('bits = "42"\n', 'bits = "42\n'),
        ("\nby = ", "\nwho = "),
        ("\nreason = ", "\n# why\nreason = "),
        ('id = "normal"', 'id = "test_r1"'),
        ('mlx = "0.31.1"\n', ""),
        ("tf32 = true", "tf32 = 1"),
        ("shape = [1]", "shape = [one]"),
        ("shape = [1]", "shape = [1, ]"),
        ("shape = [1]", "shape = [2]"),
        ('dtype = "uint8"', 'dtype = "uint16"'),
        ('bits = "42"', 'bits = "43"'),
        ('bits = "42"', 'bits = "4 2"'),
        ('bits = "4a"', 'bits = "4A"'),
        (f'digest = "{BITS.digest}"', f'digest = "{"0" * 64}"'),
        (f'name = "c"\ndigest = "{BITS.digest}"', f'name = "c"\ndigest = "{"0" * 64}"'),
        ("block_bytes = 4096", "block_bytes = 2048"),
        ("block_bytes = 4096\n", ""),
        ('by = "Ada"', 'by = ""'),
        ('reason = "first of its kind"', 'reason = ""'),
        ('at = "2026-05-20T10:00:00Z"', 'at = "2026-05-20T10:00Z"'),
        ('at = "2026-05-20T10:00:00Z"', 'at = "----------"'),
        ('commit = "0a8ec29f1c21"', 'commit = "0a8e"'),
        ('suite = "core"', 'suite = "The core"'),
        ('id = "normal"', 'id = " normal"'),
        ('id = "normal"', 'id = "normal "'),
        ('by = "Clément"', 'by = "Cl\udce9ment"'),
    ],
)
def test_what_was_edited_is_left_to_the_reader(old: str, new: str) -> None:
    """There is no index of it: not of the rest of the file either."""
    text = encode_text(make_usual())
    if new == 'id = "test_r1"':
        text = text.replace('machine = "m1"\n', "")
    assert old in text
    edited = text.replace(old, new, 1).encode(errors="surrogateescape")
    assert index_text(edited, FAMILY) is None


def test_what_edits_leave_is_read_as_the_whole_is() -> None:
    """Whatever stands in a file: where the whole is refused, there is no index either."""
    text = encode_text(make_usual())

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def edit(data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 1, 2, 40]))
        put = data.draw(st.sampled_from(PIECES) | st.text(st.characters(max_codepoint=300)))
        edited = (text[:start] + put + text[start + length :]).encode()
        index = index_text(edited, FAMILY)
        if index is not None:
            read = _decode(edited, where="file", path="file")
            assert index == index_baseline(read)
            assert read.family == FAMILY

    edit()


@pytest.mark.parametrize("cut", [10, 100, 300, -1, -40])
def test_a_file_that_was_cut_off_is_left_to_the_reader(cut: int) -> None:
    """Wherever it ends."""
    text = encode_text(make_usual())
    assert index_text(text[:cut].encode(), FAMILY) is None


def test_what_knows_more_is_held_first() -> None:
    """As `Baseline.find` has it."""
    exact, vague, alone = make_entry("a", "exact"), make_entry("a", "vague"), make_entry("b")
    baseline = put_entries(make_baseline(exact), BaselineKey(mlx="0.32.4"), [vague, alone])
    held = list_held(index_baseline(baseline), KEY)
    assert held["a"].endswith(exact.result.digest)
    assert held["b"].endswith(alone.result.digest)
    assert list_held(index_baseline(baseline), BaselineKey(mlx="0.33.0")) == {}


@pytest.mark.parametrize("mark", ["", PENDING_MARK])
def test_equality_needs_what_is_known_alone(mark: str) -> None:
    """A digest without dtype is held against the digest."""
    one, other = make_digest("one"), make_digest("other")
    known = mark + write_array("float32", (2,), one)
    assert equals_held(known, "float32", (2,), one)
    assert equals_held(known, "", (), one)
    assert not equals_held(known, "float32", (1, 2), one)
    assert not equals_held(known, "int32", (2,), one)
    assert not equals_held(known, "float32", (2,), other)
    assert not equals_held(known, "", (), other)
    assert equals_held(mark + write_array("", (), one), "float32", (2,), one)
