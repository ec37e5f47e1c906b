"""A folder is searched for manifests, and nothing outside of it is read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ManifestError, UsageError
from reprokit.store import manifest_search
from reprokit.store.manifest_search import LeftAlone, search_manifests
from reprokit.store.regular_file import name_path, read_regular

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b'schema = "reprokit/manifest/1"\n'


def search(folder: Path, left_alone: LeftAlone | None = None) -> list[str]:
    """Return the paths of what is found."""
    found = search_manifests(folder, left_alone or LeftAlone(), where="here", most_bytes=1000)
    return ["/".join((*file.folders, file.name)) for file in found]


def put(path: Path, content: bytes = GOOD) -> Path:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_manifests_are_found_at_any_depth_in_order(tmp_path: Path) -> None:
    """Files of a folder come first, then its folders, each in the order of names."""
    for name in ("b/x.toml", "a/c/x.toml", "z.toml", "a/x.toml"):
        put(tmp_path / name)
    assert search(tmp_path) == ["z.toml", "a/x.toml", "a/c/x.toml", "b/x.toml"]


@pytest.mark.parametrize(
    "content",
    [
        b'# Written by reprokit.\nschema = "reprokit/manifest/1"\n',
        b"<<<<<<< HEAD\n  'schema'='reprokit/manifest/9'\n=======\n",
        b'schema = "reprokit/manifest/',
    ],
)
def test_a_file_that_says_it_is_a_manifest_is_one(tmp_path: Path, content: bytes) -> None:
    """Broken and newer ones too: their reader says what is wrong with them."""
    put(tmp_path / "x.toml", content)
    assert search(tmp_path) == ["x.toml"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b'[tool]\nname = "x"\n', b'schema = "reprokit/suite/1"\n']
)
def test_other_toml_files_are_left_alone(tmp_path: Path, content: bytes) -> None:
    """What does not say that it is a manifest is counted, whatever is wrong with it."""
    put(tmp_path / "a" / "x.toml", content)
    left_alone = LeftAlone()
    assert search(tmp_path, left_alone) == []
    assert left_alone.others == ["a/x.toml"]


def test_hidden_folders_and_other_files_are_not_looked_at(tmp_path: Path) -> None:
    """`.reprokit/differing/` holds evidence that was set aside."""
    put(tmp_path / ".reprokit" / "x.toml")
    put(tmp_path / "x.json")
    left_alone = LeftAlone()
    assert search(tmp_path, left_alone) == []
    assert left_alone == LeftAlone()


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to a file nor to a folder, within or outside; a circle harms nothing."""
    secret = put(tmp_path / "outside" / "secret.toml")
    folder = put(tmp_path / "in" / "x.toml").parent
    (folder / "link.toml").symlink_to(secret)
    (folder / "folder").symlink_to(secret.parent)
    (folder / "circle").symlink_to(folder)
    (folder / "gone.toml").symlink_to("nowhere")
    (folder / "link.txt").symlink_to(secret)
    left_alone = LeftAlone()
    assert search(folder, left_alone) == ["x.toml"]
    assert left_alone.links == ["circle", "folder", "gone.toml", "link.toml"]


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    """A pipe that nobody writes to does not stop the search."""
    os.mkfifo(tmp_path / "x.toml")
    left_alone = LeftAlone()
    assert search(tmp_path, left_alone) == []
    assert left_alone.special == ["x.toml"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MOST_ENTRIES", 3, "more than 3 files and folders"),
        ("DEEPEST", 1, "folders more than 1 deep in one another"),
        ("MOST_BYTES", 2 * len(GOOD), f"more than {2 * len(GOOD)} bytes of manifests"),
    ],
)
def test_a_search_has_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int, message: str
) -> None:
    """What is more than artifacts is refused, not searched in part."""
    for place in ("a/b/x.toml", "c/x.toml", "x.toml"):
        put(tmp_path / place)
    assert len(search(tmp_path)) == 3
    monkeypatch.setattr(manifest_search, name, value)
    with pytest.raises(UsageError, match=message) as caught:
        search(tmp_path)
    assert caught.value.where == "here"


def test_names_that_are_no_text_are_found_and_named(tmp_path: Path) -> None:
    """Names are bytes: those that are no UTF-8 are written by their numbers."""
    odd = os.fsdecode(b"caf\xe9.toml")
    try:
        put(tmp_path / odd, b"x = 1")
    except OSError:  # macOS takes no such name
        pytest.skip("this file system takes only UTF-8")
    left_alone = LeftAlone()
    search(tmp_path, left_alone)
    assert left_alone.others == [r"caf\xe9.toml"]
    assert name_path(odd) == r"caf\xe9.toml"


def test_a_large_file_is_refused_by_its_path(tmp_path: Path) -> None:
    """A file of more bytes than are borne is not read further."""
    put(tmp_path / "a" / "x.toml", GOOD * 100)
    with pytest.raises(ManifestError, match="is larger than 1000 bytes") as caught:
        search(tmp_path)
    assert caught.value.where == "here/a/x.toml"


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_a_regular_file_is_read_whole(tmp_path: Path, size: int) -> None:
    """Up to the largest size, exactly."""
    path = put(tmp_path / "x", b"x" * size)
    assert read_regular(path, most_bytes=10, where="x") == b"x" * size


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/dev/zero", "is no regular file"),
        ("/dev/tty", "no regular file|cannot be read"),
        ("/", "is no regular file"),
        ("/nowhere/at-all", "cannot be read: No such file"),
        ("a\0b", "is no name of a file"),
    ],
)
def test_what_is_no_regular_file_is_refused(path: str, message: str) -> None:
    """Devices never end, and some wait."""
    with pytest.raises(ManifestError, match=message):
        read_regular(path, most_bytes=10, where="x")


def test_a_file_that_tells_no_size_is_read_within_the_bound() -> None:
    """Files of /proc say that they have 0 bytes."""
    if not os.path.exists("/proc/self/status"):  # noqa: PTH110 - a path of Linux
        pytest.skip("there is no /proc")
    assert b"Pid:" in read_regular("/proc/self/status", most_bytes=1 << 20, where="x")
    with pytest.raises(ManifestError, match="is larger than 10 bytes"):
        read_regular("/proc/self/status", most_bytes=10, where="x")
