"""Manifests that somebody made to do harm: each is refused with place and reason, in time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprokit.compare.selection import gather_evidence
from reprokit.errors import ManifestError
from reprokit.store.manifest_pieces import Pieces
from reprokit.store.manifest_wire import MOST_PROBES
from reprokit.store.manifests import decode_content, encode_text
from tests.builders import make_definition, make_manifest, make_probe
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.manifest import Manifest

TEXT = encode_text(make_manifest(probes=[make_probe("first"), make_probe("second")]))
DEEP = 100_000
LARGEST = 2**63 - 1


def change(old: str, new: str) -> str:
    """Change the first of a piece of the good text."""
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def argue(value: str) -> str:
    """Give the first probe another argument, with the hash that belongs to it where it has one."""
    return change("{shape = [8]}", f"{{shape = [8], x = {value}}}")


def make_probes(count: int) -> str:
    """Make the text of many probes, each of them good."""
    head, first, _ = TEXT.split("\n[[probes]]\n")
    probes = (first.replace('"first"', f'"p{number}"') for number in range(count))
    return "\n[[probes]]\n".join((head, *probes))


def refuse(text: str) -> ManifestError:
    """Return the error by which a text is refused, the same whichever way it is read."""
    errors = []
    for pieces in (None, Pieces()):
        with pytest.raises(ManifestError) as caught:
            decode_content(
                text.encode("utf-8", "surrogatepass"), where="w", place="p", pieces=pieces
            )
        errors.append(caught.value)
    assert str(errors[0]) == str(errors[1])
    assert len(str(errors[0])) < 1000
    return errors[0]


TOO_DEEP = "stand too deep in one another"
REFUSED: Mapping[str, tuple[str, str, str]] = {
    "open lists": (f"{TEXT}\nx = {'[' * DEEP}", "w (line ", TOO_DEEP),
    "lists": (f"{TEXT}\nx = {'[' * DEEP}{']' * DEEP}", "w (line ", TOO_DEEP),
    "tables in braces": (f"{TEXT}\nx = {'{a=' * DEEP}", "w (line ", TOO_DEEP),
    "dotted key": (f"{'.'.join('a' * DEEP)} = 1\n{TEXT}", "w (line ", TOO_DEEP),
    "dotted table": (f"{TEXT}\n[{'.'.join('a' * DEEP)}]\n", "w (line ", TOO_DEEP),
    "deep argument": (
        argue(f"{'[' * 90}{']' * 90}"),
        "w: probes[0].definition",
        "is not the hash of `computes`",
    ),
    "endless integer": (
        change("shape = [8]\n", f"shape = [{'9' * DEEP}]\n"),
        "w (line 59)",
        f"an integer of {DEEP} digits",
    ),
    "endless integer after many that nearly are": (
        change('project = "demo"', f'project = "{("9" * 4299 + "x") * 200}"').replace(
            "seed = 0", f"seed = {'9' * 5000}", 1
        ),
        "w (line ",
        "an integer of 5000 digits",
    ),
    "long integer": (
        change("shape = [8]\n", f"shape = [{'9' * 4000}]\n"),
        "w: probes[0].result.shape[0]",
        "bits is out of bounds",
    ),
    "long negative integer": (
        change("peak_bytes = [4096,", f"peak_bytes = [-{'9' * 4000},"),
        "w: probes[0].runs.peak_bytes[0]",
        "bits is out of bounds",
    ),
    "negative cores": (
        change("cores = 10", "cores = -10"),
        "w: environment.hardware.cores",
        "`-10` is out of bounds",
    ),
    "more cores than there can be": (
        change("cores = 10", f"cores = {'9' * 4000}"),
        "w: environment.hardware.cores",
        "an integer of 13288 bits is out of bounds",
    ),
    "long seed": (
        change("seed = 0", f"seed = {2**64}"),
        "w: probes[0].computes.arguments",
        "an integer of more than 64 bits",
    ),
    "long argument": (
        argue(f"[1, [{'9' * 400}]]"),
        "w: probes[0].computes.arguments",
        "an integer of more than 64 bits",
    ),
    "NaN argument": (argue("nan"), "w: probes[0].computes.arguments", "holds what no definition"),
    "date argument": (argue("2020-01-01"), "w: probes[0].computes.arguments", "holds no date"),
    "infinite seconds": (
        change("cold_s = [0.25,", "cold_s = [inf,"),
        "w: probes[0].runs.cold_s[0]",
        "`inf` is out of bounds",
    ),
    "NaN ratio": (
        change('status = "ok"', 'status = "ok"\nmax_peak_ratio = nan'),
        "w: probes[0].max_peak_ratio",
        "`nan` is out of bounds",
    ),
    "shape whose product overflows": (
        change("shape = [8]\n", f"shape = {[LARGEST] * 30}\n"),
        "w: probes[0].result.shape",
        "is larger than any array can be",
    ),
    "shape of unknown dtype that overflows": (
        change('dtype = "float32"\nshape = [8]\n', f"shape = {[LARGEST] * 30}\n"),
        "w: probes[0].result.shape",
        "is larger than any array can be",
    ),
    "shape of many dimensions": (
        change("shape = [8]\n", f"shape = {[1] * 65}\n"),
        "w: probes[0].result.shape",
        "holds 65 items",
    ),
    "many blocks": (
        change("shape = [8]\n", f"shape = [8]\nblocks = {['0' * 16] * 4097}\n"),
        "w: probes[0].result.blocks",
        "holds 4097 items",
    ),
    "many bits": (
        change("shape = [8]\n", f'shape = [8]\nbits = "{"0" * (2**21 + 2)}"\n'),
        "w: probes[0].result.bits",
        "is 2097154 characters long",
    ),
    "blocks of an unknown length": (
        change("shape = [8]\n", f'shape = [8]\nblock_bytes = {2**64}\nblocks = ["{"0" * 16}"]\n'),
        "w: probes[0].result.block_bytes",
        "is out of bounds",
    ),
    "blocks of another count": (
        change("shape = [8]\n", f'shape = [8]\nblock_bytes = 8\nblocks = ["{"0" * 16}"]\n'),
        "w: probes[0].result.blocks",
        "expected 4 digests of 8 bytes each, got 1",
    ),
    "bits of another digest": (
        change("shape = [8]\n", f'shape = [8]\nbits = "{"00" * 32}"\n'),
        "w: probes[0].result.bits",
        "the digest is not that of these bytes",
    ),
    "digest in capitals": (
        change(make_definition().digest, make_definition().digest.upper()),
        "w: probes[0].definition",
        "is not of the form",
    ),
    "many probes": (
        make_probes(MOST_PROBES + 1),
        "w: probes",
        f"holds {MOST_PROBES + 1} items",
    ),
    "leaf twice": (
        change(
            "shape = [8]\n",
            "shape = [8]\n" + f'[[probes.leaves]]\nname = "w"\ndigest = "{"0" * 64}"\n' * 2,
        ),
        "w: probes[0].leaves[1].name",
        "`w` is there twice",
    ),
    "probe twice": (make_probes(3).replace('"p2"', '"p0"'), "w: probes[2].id", "is there twice"),
    "many features": (
        change("cores = 10", f"cores = 10\ncpu_features = {['a'] * 10_001}"),
        "w: environment.hardware.cpu_features",
        "holds 10001 items",
    ),
    "endless feature": (
        change("cores = 10", f'cores = 10\ncpu_features = ["{"a" * 1001}"]'),
        "w: environment.hardware.cpu_features",
        "longer than 1000 characters",
    ),
    "line end in a field's name": (
        f'{TEXT}\n["x`\\nhint: run this"]\n',
        'w: "x`\\nhint: run this"',
        "unknown field `x`\\x0ahint: run this`",
    ),
    "line end in an environment's field": (
        change("cores = 10", 'cores = 10\n"x`\\u2028hint: run this" = 1'),
        "w: environment.hardware",
        "unknown field `x`\\x2028hint: run this`",
    ),
    "line end in a value": (
        change('machine = "apple-m1-max"', 'machine = "x`\\u0085hint: run this"'),
        "w: machine",
        "`x`\\x85hint: run this` is not of the form",
    ),
    "machine that leaves its folder": (
        change("apple-m1-max", "../../x"),
        "w: machine",
        "`../../x` is not of the form",
    ),
    "absolute machine": (change("apple-m1-max", "/etc"), "w: machine", "is not of the form"),
    "machine with NUL": (change("apple-m1-max", "m1\\u0000"), "w: machine", "is not of the form"),
    "endless machine": (
        change("apple-m1-max", "m-" * DEEP + "m"),
        "w: machine",
        "is 200001 characters long",
    ),
    "suite that leaves its folder": (change('name = "core"', 'name = ".."'), "w: suites[0]", ".."),
    "probe that leaves its folder": (
        change('id = "first"', 'id = "../x"'),
        "w: probes[0].id",
        "..",
    ),
    "NUL": (change("demo", "de\0mo"), "w (line 5)", "illegal character"),
    "raw escape": (change("demo", "\x1b[31mred"), "w (line 5)", "illegal character"),
    "surrogate": (change("demo", "\ud800"), "w", "not UTF-8 at byte"),
    "newer": (change("manifest/1", "manifest/2"), "w: schema", "is newer than this reprokit"),
    "newest": (change("manifest/1", f"manifest/{'9' * DEEP}"), "w: schema", "got `reprokit/"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_place_and_reason(case: str) -> None:
    """The error is short, and no line of it is the stranger's."""
    text, where, message = REFUSED[case]
    error = refuse(text)
    assert (error.where or "").startswith(where)
    assert message in error.message
    assert all(line.startswith(("w", "hint: ")) for line in str(error).splitlines())


def test_the_largest_numbers_are_read() -> None:
    """What the bounds allow is a manifest, and can be worked with."""
    text = change("shape = [8]\n", f"shape = [{2**61 - 1}]\n")
    text = text.replace("peak_bytes = [4096,", f"peak_bytes = [{LARGEST},", 1)
    text = text.replace('status = "ok"', 'status = "ok"\nmax_peak_ratio = 1e-300', 1)
    (probe, _) = decode_content(text.encode(), where="w", place="p").probes
    assert probe.record.result is not None
    assert probe.record.result.size_bytes == (2**61 - 1) * 4


REAL = (ROOT / "manifests/linux-x86-64/1491acf7db13.toml").read_bytes()
FRAGMENTS = st.sampled_from(
    [
        *(b"\n", b"\r", b"\0", b"\x1b[2J", b"\xff", "\u202e".encode(), b'"', b'"""', b"'''", b"#"),
        *(b"[", b"]", b"{", b"}", b"[[", b"]]", b"=", b",", b".", b"nan", b"inf", b"-1", b"9" * 30),
        *(
            b"true",
            b"[[probes]]\n",
            b"[probes.runs]\n",
            b"[probes.result]\n",
            b"\n[[x]]\n",
            b"a" * 2000,
        ),
    ]
)
EDITS = st.lists(
    st.tuples(
        st.integers(0, len(REAL)),
        st.integers(0, 60),
        FRAGMENTS | st.binary(max_size=4) | st.just(b""),
    ),
    min_size=1,
    max_size=4,
)


def mutate(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Replace pieces of a file."""
    for start, length, new in edits:
        content = content[:start] + new + content[start + length :]
    return content


@settings(max_examples=200, deadline=None, database=None)
@given(EDITS)
def test_no_mutation_of_a_real_manifest_breaks_the_reader(
    edits: list[tuple[int, int, bytes]],
) -> None:
    """It is read, or refused by a ManifestError; in pieces as as a whole."""
    content = mutate(REAL, edits)
    results: list[Manifest | str] = []
    for pieces in (None, Pieces()):
        try:
            results.append(decode_content(content, where="w", place="p", pieces=pieces))
        except ManifestError as error:
            results.append(str(error))
    assert repr(results[0]) == repr(results[1])
    if isinstance(results[0], str):
        assert results[0].startswith("w")
    else:
        evidence = gather_evidence([results[0]], results[0].commit[:12])
        assert evidence.manifests[0].sha256 == hashlib.sha256(content).hexdigest()
