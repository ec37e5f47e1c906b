"""A manifest that is read probe by probe says what the whole says, or is read as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.errors import ManifestError
from reprokit.model.record import Failure, Record, Run, Status
from reprokit.store import manifest_pieces
from reprokit.store.manifest_pieces import Pieces, read_pieces
from reprokit.store.manifests import decode_content, encode_text
from tests.builders import MANIFESTS, QUICK, make_digest, make_manifest, make_probe, make_record
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reprokit.model.manifest import Manifest

PROBES = (
    make_probe("plain"),
    make_probe("unstable", record=make_record(status=Status.UNSTABLE)),
    make_probe("crashed", record=make_record(status=Status.CRASHED)),
    make_probe("no-runs", record=replace(make_record(), runs=())),
    make_probe("last"),
)
TEXT = encode_text(make_manifest(probes=PROBES))


def read_whole(text: str) -> Manifest:
    """Read a manifest's text as a whole."""
    return decode_content(text.encode(), where="w", place="p")


def read_cut(text: str, pieces: Pieces | None = None) -> Manifest | None:
    """Read a manifest's text probe by probe, and no further where that gives nothing."""
    sha256 = read_whole(text).sha256
    return read_pieces(text, pieces or Pieces(), where="w", place="p", sha256=sha256)


def test_what_was_written_is_read_probe_by_probe() -> None:
    """Whatever became of the probes, pieces say what the whole says, the second time too."""
    pieces = Pieces()
    for _ in range(2):
        assert read_cut(TEXT, pieces) == read_whole(TEXT)


def test_a_cut_within_a_text_is_noticed() -> None:
    """What a crashed worker printed may look like a manifest: then the whole is read."""
    stderr = 'a\n[[probes]]\n\n[probes.runs]\ncold_s = [1]\n"'
    record = Record(status=Status.CRASHED, failure=Failure(reason="SIGABRT", stderr=stderr))
    text = encode_text(make_manifest(probes=[make_probe(record=record), make_probe("last")]))
    assert read_cut(text) is None
    read = decode_content(text.encode(), where="w", place="p", pieces=Pieces())
    assert read.probes[0].record == record


@pytest.mark.parametrize("path", sorted((ROOT / "manifests").rglob("*.toml")), ids=str)
def test_committed_manifests_are_read_probe_by_probe(path: Path) -> None:
    """None of ours needs to be read as a whole."""
    if path.parent.name != "accepted":
        text = path.read_text(encoding="utf-8")
        assert read_cut(text) == read_whole(text)


def test_equal_probes_share_what_was_read() -> None:
    """Two machines' records of one result hold one array and one definition."""
    pieces = Pieces()
    one, other = (read_cut(encode_text(make_manifest(name)), pieces) for name in ("m1", "m5"))
    assert one is not None
    assert other is not None
    assert one.probes[0].definition is other.probes[0].definition
    assert one.probes[0].record.result is other.probes[0].record.result


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts beyond the bound are read each time, and read the same."""
    monkeypatch.setattr(manifest_pieces, "_MOST_CHARACTERS", 0)
    pieces = Pieces(room=0)
    assert read_cut(TEXT, pieces) == read_whole(TEXT)
    assert not pieces.records


@QUICK
@given(MANIFESTS)
def test_pieces_say_what_the_whole_says(manifest: Manifest) -> None:
    """For every manifest that can be written."""
    text = encode_text(manifest)
    pieces = Pieces()
    for _ in range(2):
        read = read_cut(text, pieces)
        assert read == read_whole(text) or (read is None and not manifest.probes)


RUN = Run(
    digest=make_digest("a"),
    warm_digest=make_digest("a"),
    cold_s=0.0,
    warm_s=0.0,
    peak_bytes=0,
    peak_rss_bytes=0,
)
SECONDS = st.floats(0, 1e9) | st.sampled_from([1e-300, 5e-324, 1e-05, 1.8e-05, 1e9, 0.1])
SIZES = st.integers(0, 2**63 - 1)
RUNS = st.lists(
    st.builds(replace, st.just(RUN), cold_s=SECONDS, warm_s=SECONDS, peak_bytes=SIZES)
    | st.builds(replace, st.just(RUN), peak_rss_bytes=SIZES),
    min_size=1,
    max_size=3,
)


@given(RUNS)
def test_measurements_are_read_exactly(runs: list[Run]) -> None:
    """Every number of seconds and bytes is what it is in the whole."""
    record = replace(make_record(), runs=tuple(runs))
    text = encode_text(make_manifest(probes=[make_probe(record=record)]))
    assert read_cut(text) == read_whole(text)


CHANGES: TypeAlias = "dict[str, Callable[[str], str]]"
WRITTEN_OTHERWISE: CHANGES = {
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "blanks": lambda text: text.replace("[[probes]]", "[[ probes ]]"),
    "comment": lambda text: text.replace("[[probes]]\n", "[[probes]] # one\n"),
    "one comment": lambda text: text.replace("[[probes]]\n", "[[probes]] # one\n", 1),
    "second without a cut": lambda text: text[::-1].replace("]]seborp[[", "]] seborp [[", 1)[::-1],
    "quotes": lambda text: text.replace("cold_s =", '"cold_s" ='),
    "runs first": lambda text: text.replace("[probes.runs]", "[ probes.runs ]"),
    "environment behind": lambda text: _move_behind(text, "environment"),
}


def _move_behind(text: str, name: str) -> str:
    """Move the tables of a name behind the probes."""
    start, end = text.index(f"[{name}"), text.index("\n[[probes]]\n")
    return text[:start] + text[end + 1 :] + text[start:end]


@pytest.mark.parametrize("case", WRITTEN_OTHERWISE)
def test_a_manifest_of_other_hands_is_read_all_the_same(case: str) -> None:
    """Where the text is not cut as ours is, the whole is read."""
    text = WRITTEN_OTHERWISE[case](TEXT)
    assert text != TEXT
    read = decode_content(text.encode(), where="w", place="p", pieces=Pieces())
    assert replace(read, sha256="") == replace(read_whole(TEXT), sha256="")


WRONG: CHANGES = {
    "probe twice": lambda text: text.replace('"last"', '"plain"'),
    "runs twice": lambda text: text.replace("\n[probes.runs]", "\nruns = {}\n[probes.runs]", 1),
    "runs before": lambda text: text.replace(
        "\n[probes.result]",
        "\nruns = {cold_s = [], warm_s = [], peak_bytes = []}\n\n[probes.result]",
        1,
    ),
    "a table again": lambda text: text + "\n[environment.os]\n",
    "probes as a table": lambda text: text.replace("\n[[probes]]\n", "\n[probes]\n", 1),
    "probes before": lambda text: text.replace("\n[origin]", "\nprobes = []\n[origin]", 1),
    "columns": lambda text: text.replace("warm_s = [0.0005, 0.0005]", "warm_s = [0.0005]", 1),
    "unknown field": lambda text: text.replace("\nsuite =", "\nsuites =", 1),
    "digest": lambda text: text.replace(make_digest("a"), make_digest("a")[1:], 1),
    "cut off": lambda text: text[: len(text) // 2],
    "open text": lambda text: text.replace('dtype = "float32"\n', 'dtype = """float32\n', 1),
    "open list": lambda text: text.replace("shape = [8]\n", "shape = [8\n", 1),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_as_of_the_whole(case: str) -> None:
    """An error names the place in the file, whichever way it is read."""
    text = WRONG[case](TEXT)
    assert text != TEXT
    pieces = Pieces()
    assert read_pieces(TEXT, pieces, where="w", place="p", sha256="") is not None
    with pytest.raises(ManifestError) as whole:
        read_whole(text)
    with pytest.raises(ManifestError) as cut:
        decode_content(text.encode(), where="w", place="p", pieces=pieces)
    assert str(cut.value) == str(whole.value)


@QUICK
@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=3) | st.just("[[probes]]"))
def test_no_change_is_read_otherwise_in_pieces(start: int, length: int, new: str) -> None:
    """Whatever is changed in a text: both ways give the same manifest, or the same error."""
    content = (TEXT[:start] + new + TEXT[start + length :]).encode("utf-8", "replace")
    pieces = Pieces()
    read_pieces(TEXT, pieces, where="w", place="p", sha256="")
    results = []
    for known in (None, pieces):
        try:
            results.append(repr(decode_content(content, where="w", place="p", pieces=known)))
        except ManifestError as error:
            results.append(str(error))
    assert results[0] == results[1]


def test_a_failed_probe_may_have_runs() -> None:
    """Without a result, its runs are of no digest, as in the whole."""
    text = encode_text(make_manifest())
    start, end = text.index("[probes.result]"), text.index("[probes.runs]")
    text = (text[:start] + text[end:]).replace('status = "ok"', 'status = "failed"')
    read = read_cut(text)
    assert read is not None
    assert read == read_whole(text)
    assert [run.digest for run in read.probes[0].record.runs] == ["", ""]
