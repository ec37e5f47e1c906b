"""Baseline files: read as written, refused with their place, changed by one at a time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.errors import BaselineError
from reprokit.model.baseline import (
    Baseline,
    BaselineEntry,
    BaselineStatus,
    KeyedBaseline,
    Review,
    put_entries,
)
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.place import Place
from reprokit.model.record import NamedArray
from reprokit.model.wire import parse_toml
from reprokit.store import baselines
from reprokit.store.baseline_decoding import decode_baseline
from reprokit.store.baseline_index import LARGEST_BYTES
from reprokit.store.baselines import (
    encode_text,
    find_place,
    list_families,
    read_baseline,
    read_baselines,
    update_baseline,
)
from tests.baselines import KEY, make_baseline, make_entry
from tests.builders import COUNTS, DIGESTS, FACTS, QUICK, SLUGS, TEXTS

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = "applegpu_g13s"

REVIEWS = st.builds(
    Review,
    by=TEXTS,
    at=st.sampled_from(["2026-05-20", "2026-05-20T10:00:00Z"]),
    reason=TEXTS,
    commit=st.just("") | st.from_regex(r"[0-9a-f]{12,40}", fullmatch=True),
    manifest=st.just("") | SLUGS,
    manifest_sha256=st.just("") | DIGESTS,
    replaces=st.just("") | DIGESTS,
)
ENTRIES = st.builds(
    BaselineEntry,
    id=st.from_regex(r"[A-Za-z0-9_.][!-~]{0,20}", fullmatch=True),
    status=st.sampled_from(BaselineStatus),
    result=FACTS,
    review=REVIEWS,
    suite=st.just("") | SLUGS,
    machine=st.just("") | SLUGS,
    definition=st.just("") | DIGESTS,
    peak_bytes=st.none() | COUNTS,
    leaves=st.lists(st.builds(NamedArray, name=TEXTS, array=FACTS), max_size=2).map(tuple),
)
KEYS = st.builds(
    BaselineKey,
    mlx=st.none() | st.sampled_from(["0.32.4", "0.33.0"]),
    wheel=st.none() | st.just("macosx_15_0_arm64"),
    tf32=st.none() | st.booleans(),
)


@st.composite
def baselines_of_any_kind(draw: st.DrawFn) -> Baseline:
    """Generate a baseline as `put_entries` makes them."""
    baseline = Baseline(family=draw(SLUGS))
    for key in draw(st.lists(KEYS, max_size=3)):
        entries = draw(st.lists(ENTRIES, min_size=1, max_size=3))
        baseline = put_entries(baseline, key, entries)
    return baseline


def decode(text: str) -> Baseline:
    """Decode a text as the file of FAMILY."""
    place = Place("accepted/x.toml", text=text)
    data = parse_toml(text, where=place, error=BaselineError)
    return decode_baseline(data, where=place, path="", sha256="")


def keep(baseline: Baseline, root: Path) -> Path:
    """Write a baseline as the project's."""
    update_baseline(root / "manifests", baseline.family, lambda _: baseline, root=root)
    return find_place(root / "manifests", baseline.family)


def refuse(root: Path) -> str:
    """Return the error by which the file of FAMILY is refused."""
    with pytest.raises(BaselineError) as caught:
        read_baseline(root / "manifests", FAMILY, root=root)
    return str(caught.value)


@QUICK
@given(baselines_of_any_kind())
def test_a_baseline_is_read_as_it_was_written(baseline: Baseline) -> None:
    """Every fact comes back, and writing it again gives the same bytes."""
    text = encode_text(baseline)
    assert decode(text) == baseline
    assert encode_text(decode(text)) == text


def test_order_does_not_matter() -> None:
    """The same entries give the same bytes, in whichever order they were accepted."""
    first, second = make_entry("a"), make_entry("b")
    other = BaselineKey(mlx="0.31.0")
    one = put_entries(make_baseline(first, second), other, [first])
    empty = Baseline(family=FAMILY)
    two = put_entries(put_entries(put_entries(empty, other, [first]), KEY, [second]), KEY, [first])
    assert encode_text(one) == encode_text(two)


def test_a_family_never_seen_has_an_empty_baseline(tmp_path: Path) -> None:
    """No file is no error: nothing was accepted yet."""
    assert read_baseline(tmp_path / "manifests", FAMILY, root=tmp_path) == Baseline(family=FAMILY)
    assert read_baselines(tmp_path / "manifests", root=tmp_path) == {}


def test_the_file_lies_under_accepted(tmp_path: Path) -> None:
    """It is named by the family, and read with its place and hash."""
    path = keep(make_baseline(make_entry()), tmp_path)
    assert path == tmp_path / "manifests" / "accepted" / f"{FAMILY}.toml"
    (read,) = read_baselines(tmp_path / "manifests", root=tmp_path).values()
    assert read.path == f"manifests/accepted/{FAMILY}.toml"
    assert replace(read, path="", sha256="") == make_baseline(make_entry())
    assert list_families(tmp_path / "manifests") == (FAMILY,)


def test_what_does_not_change_is_not_written(tmp_path: Path) -> None:
    """The very file stays, also one that somebody has put a comment into."""
    path = keep(make_baseline(make_entry()), tmp_path)
    path.write_text(f"# ours\n{path.read_text()}")
    before = path.stat()
    folder = tmp_path / "manifests"
    assert not update_baseline(
        folder, FAMILY, lambda it: put_entries(it, KEY, [make_entry()]), root=tmp_path
    )
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


ACCEPT = """
import sys
from pathlib import Path
from reprokit.model.baseline import put_entries
from reprokit.store.baselines import update_baseline
from tests.baselines import KEY, make_entry
root = Path(sys.argv[1])
for index in range(10):
    entry = make_entry(f"{sys.argv[2]}-{index}")
    update_baseline(
        root / "manifests", "applegpu_g13s", lambda it: put_entries(it, KEY, [entry]), root=root
    )
"""


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each reads what the other has written, under the lock."""
    command = [sys.executable, "-c", ACCEPT, str(tmp_path)]
    running = [subprocess.Popen([*command, name]) for name in ("one", "two")]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    baseline = read_baseline(tmp_path / "manifests", FAMILY, root=tmp_path)
    assert len(baseline.list_entries(KEY)) == 20


def test_one_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever cannot have the lock writes nothing, and is told so."""
    monkeypatch.setattr(baselines, "PATIENCE_S", 0.0)
    folder = tmp_path / "manifests"

    def change_within(baseline: Baseline) -> Baseline:
        with pytest.raises(BaselineError, match="another process is changing the baselines"):
            update_baseline(folder, FAMILY, lambda it: it, root=tmp_path)
        return baseline

    assert not update_baseline(folder, FAMILY, change_within, root=tmp_path)


def test_what_a_change_raises_leaves_the_file_alone(tmp_path: Path) -> None:
    """And the lock is free again."""
    path = keep(make_baseline(make_entry()), tmp_path)
    before = path.read_bytes()

    def fail(baseline: Baseline) -> Baseline:
        raise BaselineError(baseline.family)

    with pytest.raises(BaselineError, match=FAMILY):
        update_baseline(tmp_path / "manifests", FAMILY, fail, root=tmp_path)
    assert path.read_bytes() == before
    assert keep(make_baseline(make_entry("b")), tmp_path) == path


def test_a_fact_that_does_not_fit_is_not_written(tmp_path: Path) -> None:
    """What could not be read again never takes the place of a file."""
    path = keep(make_baseline(make_entry()), tmp_path)
    before = path.read_bytes()
    with pytest.raises(BaselineError, match="baseline"):
        keep(make_baseline(make_entry("a\nb")), tmp_path)
    assert path.read_bytes() == before


EDITS: dict[str, tuple[str, str, str, str]] = {
    "status": (
        'status = "accepted"',
        'status = "pending_review"',
        "baseline[0].probe[0].status (line 12)",
        "pending_review",
    ),
    "digest": ('digest = "', 'digest = "0', "baseline[0].probe[0].digest (line 15)", "hex digits"),
    "date": (
        "2026-05-20T10:00:00Z",
        "yesterday",
        "baseline[0].probe[0].at (line 19)",
        "date in UTC",
    ),
    "unknown field": (
        'by = "Ada"',
        'who = "Ada"',
        "baseline[0].probe[0].who (line 18)",
        "unknown field `who`",
    ),
    "newer": (
        "reprokit/baseline/1",
        "reprokit/baseline/2",
        "schema (line 2)",
        "uv lock --upgrade-package reprokit-mlx",
    ),
    "another kind": ("reprokit/baseline/1", "reprokit/suite/1", "schema (line 2)", "got"),
    "conflict": (
        'by = "Ada"',
        '<<<<<<< HEAD\nby = "Ada"\n=======\nby = "Bob"\n>>>>>>> other',
        "(line 18)",
        "a merge conflict is left in it",
    ),
    "another family": ("applegpu_g13s", "applegpu_g17s", "accepted/", "is the baseline of"),
    "no bytes of the digest": (
        "shape = [8]",
        'shape = [8]\nbits = "00"',
        "baseline[0].probe[0].bits (line 18)",
        "the digest is not that of these bytes",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_wrong_edit_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    """The error names file, place and line; nothing is written over the file."""
    old, new, where, said = EDITS[name]
    path = keep(make_baseline(make_entry()), tmp_path)
    path.write_text(path.read_text().replace(old, new, 1))
    before = path.read_bytes()
    text = refuse(tmp_path)
    assert text.startswith(f"manifests/accepted/{FAMILY}.toml")
    assert where in text
    assert said in text
    with pytest.raises(BaselineError):
        keep(make_baseline(make_entry("b")), tmp_path)
    assert path.read_bytes() == before


def test_what_is_there_twice_is_refused(tmp_path: Path) -> None:
    """An entry, as after a merge that kept both sides, and a key."""
    path = keep(make_baseline(make_entry()), tmp_path)
    text = path.read_text()
    entry = text[text.index("[[baseline.probe]]") :]
    path.write_text(f"{text}\n{entry}")
    assert "baseline[0].probe[1].id (line" in refuse(tmp_path)
    path.write_text(f"{text}\n{text[text.index('[[baseline]]') :]}")
    assert "the key (mlx 0.32.4, macosx_15_0_arm64, TF32 allowed) is there twice" in refuse(
        tmp_path
    )


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_a_truncated_file_is_refused(share: float, tmp_path: Path) -> None:
    """A file that was cut off within an entry is refused, and named."""
    path = keep(make_baseline(make_entry()), tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refuse(tmp_path).startswith(f"manifests/accepted/{FAMILY}.toml")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Not UTF-8, or far too large."""
    path = keep(make_baseline(make_entry()), tmp_path)
    path.write_bytes(path.read_bytes() + b"\xff")
    assert "not UTF-8" in refuse(tmp_path)
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    assert "larger" in refuse(tmp_path)


def test_tables_are_sorted_whoever_wrote_them() -> None:
    """A file that was sorted otherwise by hand is read as the same baseline."""
    first, second = make_entry("a"), make_entry("b")
    spoiled = KeyedBaseline(key=KEY, entries=(second, first))
    assert decode(encode_text(Baseline(family=FAMILY, tables=(spoiled,)))) == make_baseline(
        first, second
    )
