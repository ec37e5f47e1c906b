"""Holding installed files against RECORD."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

from reprokit.model.environment import DriftKind, DriftSeverity
from reprokit.observe.gaps import GapCollector
from reprokit.observe.installed_files import Verification, is_library, read_record, verify_files
from reprokit.observe.packages import (
    InstalledPackage,
    describe_package,
    list_installed,
    observe_origin,
)

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "tiny/__init__.py": b"one = 1\n",
    "tiny/core.so": b"\x7fELF",
    "tiny/lib/kernels.metallib": b"MTLB",
    "tiny.libs/libblas.so.3.1": b"blas",
    "tiny-1.dist-info/METADATA": b"Name: tiny\nVersion: 1\n\nText: Version: 9\n",
    "tiny-1.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
}
OF_UV = {
    "../../../bin/tiny": b"#!/somewhere/python\n",
    "tiny-1.dist-info/INSTALLER": b"uv",
    "tiny-1.dist-info/uv_cache.json": b"{}",
}
OF_PIP = {
    "../../../bin/tiny": b"#!/elsewhere/python\n",
    "tiny-1.dist-info/INSTALLER": b"pip\n",
    "tiny-1.dist-info/direct_url.json": b'{"url": "file:///home/someone", "archive_info": {}}',
    "tiny-1.dist-info/REQUESTED": b"",
}


def install(site: Path, files: dict[str, bytes], metadata: str = "tiny-1.dist-info") -> Path:
    """Write files as an installer does, with their RECORD."""
    lines = [f"{metadata}/RECORD,,", "tiny/__pycache__/__init__.cpython-311.pyc,,"]
    for name, content in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f'"{name}",sha256={digest},{len(content)}')
    (site / metadata / "RECORD").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return site


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The site-packages of an environment where uv installed `tiny`."""
    return install(tmp_path / "a/lib/python3/site-packages", FILES | OF_UV)


def verify(site: Path, *names: str) -> tuple[dict[str, Verification], GapCollector]:
    """Verify packages of an environment."""
    collector = GapCollector()
    installed = list_installed(collector, [str(site)])
    chosen = [installed[name] for name in names or ("tiny",)]
    return verify_files(collector, chosen, installed.values()), collector


def verify_tiny(site: Path) -> list[tuple[DriftKind, str]]:
    """Verify `tiny` and tell how it drifted; there must be no gap."""
    verified, collector = verify(site)
    assert collector.gaps == ()
    for drift in verified["tiny"].drift:
        is_script = "`bin/" in drift.detail
        assert drift.severity is (DriftSeverity.LOW if is_script else DriftSeverity.HIGH)
    assert {drift.package for drift in verified["tiny"].drift} <= {"tiny"}
    return [(drift.kind, drift.detail) for drift in verified["tiny"].drift]


def test_untouched(site: Path) -> None:
    """An installation as it was made has no drift, and tells its libraries."""
    assert verify_tiny(site) == []
    verified, _ = verify(site)
    assert [(item.path, item.sha256) for item in verified["tiny"].libraries] == [
        (name, hashlib.sha256(FILES[name]).hexdigest())
        for name in ("tiny.libs/libblas.so.3.1", "tiny/core.so", "tiny/lib/kernels.metallib")
    ]


def test_edited(site: Path) -> None:
    """An edited file is found, also outside of site-packages, which is shown without the way."""
    (site / "tiny/__init__.py").write_bytes(b"one = 2\n")
    (site / "../../../bin/tiny").write_bytes(b"#!/other\n")
    (site / "tiny/core.so").write_bytes(b"\x7fELF 2")
    found = verify_tiny(site)
    assert {kind for kind, _ in found} == {DriftKind.EDITED}
    now, then = (hashlib.sha256(b"one = %d\n" % n).hexdigest()[:12] for n in (2, 1))
    assert found[0][1] == f"`tiny/__init__.py` has sha256 {now}, and {then} in RECORD"
    assert found[2][1].startswith("`bin/tiny` has")
    verified, _ = verify(site)
    assert verified["tiny"].libraries[1].sha256 == hashlib.sha256(b"\x7fELF 2").hexdigest()


def test_large_file_edited(site: Path) -> None:
    """A file that is hashed in pieces is hashed whole."""
    content = bytes(1 << 20)
    install(site, FILES | {"tiny/large.so": content})
    assert verify_tiny(site) == []
    (site / "tiny/large.so").write_bytes(content[:-1] + b"\1")
    assert [kind for kind, _ in verify_tiny(site)] == [DriftKind.EDITED]


def test_deleted(site: Path) -> None:
    """A deleted file is found, and a deleted library is not listed as one."""
    (site / "tiny/core.so").unlink()
    assert verify_tiny(site) == [(DriftKind.DELETED, "`tiny/core.so` is in RECORD, but not there")]
    verified, _ = verify(site)
    assert "tiny/core.so" not in {library.path for library in verified["tiny"].libraries}


def test_added(site: Path) -> None:
    """Files that RECORD does not list are found; links are not followed."""
    (site / "tiny/lib/more.so").write_bytes(b"x")
    (site / "tiny/loose.pyc").write_bytes(b"x")
    (site / "tiny/linked").symlink_to(site)
    (site / "unrelated.py").write_bytes(b"x")
    assert verify_tiny(site) == [
        (DriftKind.ADDED, f"`{name}` is there, but not in RECORD")
        for name in ("tiny/lib/more.so", "tiny/linked", "tiny/loose.pyc")
    ]


def test_passed_over(site: Path) -> None:
    """What Python compiles, the Finder leaves, and tools add to metadata is no drift."""
    for name in (
        "tiny/__pycache__/__init__.cpython-311.pyc",
        "tiny/lib/__pycache__/other.cpython-314.pyc",
        "tiny/.DS_Store",
        "tiny-1.dist-info/direct_url.json",
    ):
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_bytes(b"x")
    assert verify_tiny(site) == []


def test_folder_shared_by_packages(site: Path) -> None:
    """A file that another package's RECORD lists is its own, whether or not that is verified."""
    other = {
        "tiny/other.so": b"other",
        "tiny_other-2.dist-info/METADATA": b"Name: tiny-other\nVersion: 2\n",
    }
    install(site, other, "tiny_other-2.dist-info")
    assert verify_tiny(site) == []
    (site / "tiny/nobodys.so").write_bytes(b"x")
    verified, _ = verify(site, "tiny", "tiny-other")
    assert [len(verified[name].drift) for name in ("tiny", "tiny-other")] == [1, 0]


def test_equal_wheels_have_equal_records(site: Path, tmp_path: Path) -> None:
    """The digest of RECORD is one, whoever installed a wheel, and where."""
    pip = install(tmp_path / "b/local/lib/site-packages", FILES | OF_PIP)
    other = install(tmp_path / "c/d/e/f", FILES | {"tiny/core.so": b"other"})
    digests = [verify(folder)[0]["tiny"].record_sha256 for folder in (site, pip, other)]
    assert digests[0] == digests[1] != digests[2]
    assert digests[0] is not None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "RECORD is missing"),
        (b"", "RECORD lists no file with a sha256"),
        (b"tiny/__init__.py,,\n", "RECORD lists no file with a sha256"),
        (b"one\ntwo\n", "RECORD is corrupt in line 1"),
        (b"a,,\nb,sha256=AAAA,4\n", "RECORD is corrupt in line 2"),
        (b"b,md5=AAAA,4\n", "RECORD is corrupt in line 1"),
        (b"b,sha256=%s,many\n" % (b"A" * 43), "RECORD is corrupt in line 1"),
        (b'"b,sha256=', "RECORD is corrupt in line 1"),
        (b"\xff\xfe", "RECORD is not valid UTF-8"),
    ],
)
def test_record_that_cannot_be_used(content: bytes | None, reason: str, site: Path) -> None:
    """Without a RECORD nothing is guessed: the fact is a gap, and no file is called added."""
    record = site / "tiny-1.dist-info/RECORD"
    if content is None:
        record.unlink()
    else:
        record.write_bytes(content)
    verified, collector = verify(site)
    assert [(gap.fact, gap.reason) for gap in collector.gaps] == [
        ("packages.tiny.record_sha256", reason)
    ]
    assert verified["tiny"] == Verification(record_sha256=None, libraries=(), drift=())


def test_missing_record_beside_a_good_one(site: Path) -> None:
    """Where a package that shares the folder has no RECORD, none of the files is called added."""
    metadata = site / "tiny_other-2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_bytes(b"Version: 2\n")
    (site / "tiny/of_the_other.so").write_bytes(b"x")
    verified, collector = verify(site, "tiny", "tiny-other")
    assert verified["tiny"].drift == ()
    assert [gap.fact for gap in collector.gaps] == ["packages.tiny-other.record_sha256"]


def test_file_that_cannot_be_read(site: Path) -> None:
    """A file that cannot be read is a gap with its name and the system's reason."""
    (site / "tiny/core.so").unlink()
    (site / "tiny/core.so").symlink_to("core.so")
    verified, collector = verify(site)
    (gap,) = collector.gaps
    assert gap.fact == "packages.tiny.files"
    assert gap.reason.startswith("`tiny/core.so` cannot be read: ")
    assert verified["tiny"].drift == ()


def test_file_without_permission(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a file without permission; the tests' user may read all, so it is refused here."""
    denied = PermissionError(13, "Permission denied")
    monkeypatch.setattr("reprokit.observe.installed_files._hash_file", lambda _: denied)
    verified, collector = verify(site)
    assert {gap.fact for gap in collector.gaps} == {"packages.tiny.files"}
    assert collector.gaps[0].reason == "`tiny/__init__.py` cannot be read: Permission denied"
    assert verified["tiny"].libraries == ()


def test_absolute_paths_are_not_shown(site: Path, tmp_path: Path) -> None:
    """Of a file that RECORD lists by an absolute path, only the end of the path is shown."""
    outside = tmp_path / "someone/share/data.txt"
    install(site, FILES | {str(outside): b"x"})
    outside.unlink()
    assert verify_tiny(site) == [
        (DriftKind.DELETED, "`share/data.txt` is in RECORD, but not there")
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("mlx/core.cpython-311-x86_64-linux-gnu.so", True),
        ("mlx/lib/libmlx.dylib", True),
        ("mlx/lib/mlx.metallib", True),
        ("mlx_cpu.libs/libgfortran-f7379c93.so.5.0.0", True),
        ("mlx/solve.py", False),
        ("numpy.so/readme.txt", False),
    ],
)
def test_is_library(path: str, expected: object) -> None:
    """A native library is told by its name."""
    assert is_library(path) is expected


def test_read_record_keeps_what_has_no_hash(site: Path) -> None:
    """Files without a hash are listed all the same, so that they are not called added."""
    item = InstalledPackage(name="tiny", version="1", metadata=site / "tiny-1.dist-info")
    assert [file.path for file in read_record(item) if file.sha256 is None] == [
        "tiny-1.dist-info/RECORD",
        "tiny/__pycache__/__init__.cpython-311.pyc",
    ]


def test_list_installed(site: Path, tmp_path: Path) -> None:
    """Of two packages with one name that counts which Python imports; wheels before egg-infos."""
    first, egg = tmp_path / "first", tmp_path / "source"
    install(first, {"tiny-3.dist-info/METADATA": b"Name: tiny\nVersion: 3\n"}, "tiny-3.dist-info")
    (egg / "tiny.egg-info").mkdir(parents=True)
    (egg / "tiny.egg-info/PKG-INFO").write_bytes(b"Version: 4\n")
    (egg / "Old_Thing-5-py3.11.egg-info").write_bytes(b"Version: 5\n")
    (egg / "~iny-6.dist-info").mkdir()
    collector = GapCollector()
    installed = list_installed(collector, [str(egg), str(first), str(site), "nowhere"])
    assert {name: item.version for name, item in installed.items()} == {
        "tiny": "3",
        "old-thing": "5",
    }
    assert collector.gaps == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"Name: tiny\n\nVersion: 1\n", "METADATA has no version"), (None, "METADATA is missing")],
)
def test_metadata_without_a_version(content: bytes | None, reason: str, site: Path) -> None:
    """A version that the metadata does not tell is a gap, not taken from the folder's name."""
    metadata = site / "tiny-1.dist-info/METADATA"
    metadata.unlink()
    if content is not None:
        metadata.write_bytes(content)
    collector = GapCollector()
    assert list_installed(collector, [str(site)])["tiny"].version is None
    assert [(gap.fact, gap.reason) for gap in collector.gaps] == [("packages.tiny.version", reason)]


def test_libraries_elsewhere_are_not_named(tmp_path: Path) -> None:
    """A RECORD that leads out of site-packages puts no path of this machine into a manifest."""
    outside = tmp_path / "home/alice/secret.so"
    files = FILES | OF_UV | {str(outside): b"\x7fELF", "../../alice.so": b"\x7fELF"}
    site = install(tmp_path / "a/lib/python3/site-packages", files)
    verified, _ = verify(site)
    paths = [library.path for library in verified["tiny"].libraries]
    assert paths
    assert not [path for path in paths if "alice" in path]


def test_installer_is_a_plain_word_or_a_gap(tmp_path: Path) -> None:
    """What is no plain word in INSTALLER is not published."""
    files = FILES | {"tiny-1.dist-info/INSTALLER": b"alice@corp.example /home/alice"}
    site = install(tmp_path / "a/lib/python3/site-packages", files)
    collector = GapCollector()
    item = list_installed(collector, [str(site)])["tiny"]
    package = describe_package(collector, item, observe_origin(collector, item))
    assert package is not None
    assert package.installer is None
    assert "alice" not in repr(collector.gaps)
