"""Parsing uv.lock, and selecting what of it belongs here."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ProjectError
from reprokit.observe.gaps import UnknownFactError
from reprokit.observe.lock_file_parsing import LockedFile, LockFile, SourceKind, parse_lock
from reprokit.observe.lockfile import group_packages, read_default_groups, select_packages

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "https://registry.example/simple"
SHA = "ab" * 32

PACKAGE = f"""
[[package]]
name = "tiny"
version = "1.2"
source = {{ registry = "{INDEX}" }}
sdist = {{ url = "https://files.example/a/tiny-1.2.tar.gz", hash = "sha256:{SHA}", size = 7 }}
wheels = [
    {{ url = "https://files.example/tiny-1.2-py3-none-any.whl", hash = "sha256:{SHA}", size = 9 }},
]
"""

SAMPLE = """
[[package]]
name = "sample"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "tiny" }]
"""


def parse(body: str, head: str = "version = 1\n") -> LockFile:
    """Parse a lock."""
    return parse_lock((head + body).encode())


def select(
    lock_file: LockFile, groups: frozenset[str] | None = frozenset({"dev"})
) -> dict[str, list[str | None]]:
    """Select the versions that the project `sample` needs here."""
    found = select_packages(lock_file, project="sample", groups=groups)
    return {name: [package.version for package in packages] for name, packages in found.items()}


@pytest.mark.parametrize(
    "head", ["version = 1\n", *(f"version = 1\nrevision = {n}\n" for n in (1, 2, 3, 5, 99))]
)
def test_revisions(head: str) -> None:
    """Every revision of version 1 is read, today's, older ones, those to come, and none."""
    (package,) = parse(PACKAGE + "unheard-of = { to = [1] }\n", head).packages
    assert (package.name, package.version) == ("tiny", "1.2")
    assert package.source.kind is SourceKind.REGISTRY
    assert package.sdist == LockedFile(name="tiny-1.2.tar.gz", sha256=SHA)
    assert package.wheels == (LockedFile(name="tiny-1.2-py3-none-any.whl", sha256=SHA),)


def test_upload_times_of_later_revisions() -> None:
    """Files may have an upload time, a size, both or neither."""
    url = 'url = "https://files.example/tiny-1-py3-none-any.whl"'
    lines = "".join(
        f'    {{ {url}, hash = "sha256:{SHA}"{more} }},\n'
        for more in ("", ", size = 1", ', upload-time = "2026-01-01T00:00:00Z"')
    )
    text = f'[[package]]\nname = "tiny"\nsource = {{ url = "x" }}\nwheels = [\n{lines}]\n'
    (package,) = parse(text).packages
    assert package.wheels == 3 * (LockedFile(name="tiny-1-py3-none-any.whl", sha256=SHA),)


def test_layout_does_not_matter() -> None:
    """Files that stand otherwise than uv writes them are read alike; so are Windows' line ends."""
    other = re.sub(r"\{ url = (\S+), hash = (\S+),? size = \d+ \}", r"{hash=\2 url=\1}", PACKAGE)
    assert other != PACKAGE
    assert parse(other) == parse(PACKAGE)
    assert parse(PACKAGE.replace("\n", "\r\n")) == parse(PACKAGE)


def test_no_address_is_kept() -> None:
    """Of indexes and files nothing is kept that tells a server, a user or a token."""
    body = PACKAGE.replace("https://", "https://user:token@") + SAMPLE
    assert not re.search(r"example|://|token|user", repr(parse(body)))


NAMED = '[[package]]\nname = "t"'
VIRTUAL = 'source = { virtual = "." }'
WHEEL = "t-1%2Bcpu-py3-none-any.whl"


@pytest.mark.parametrize(
    ("source", "file"),
    [
        (f'registry = "{INDEX}"', f'path = "a/{WHEEL}"'),
        (f'url = "https://x.example/{WHEEL}"', f'url = "https://x.example/{WHEEL}#part"'),
        (f'path = "../{WHEEL}"', f'filename = "{WHEEL}", hash = "sha256:{SHA}"'),
        (f'url = "https://x.example/{WHEEL}"', f'hash = "sha256:{SHA}"'),
    ],
)
def test_file_names(source: str, file: str) -> None:
    """A file's name comes from its address, its path, stands by itself, or in the source."""
    (package,) = parse(f"{NAMED}\nsource = {{ {source} }}\nwheels = [{{ {file} }}]\n").packages
    assert package.source.kind == source.split(maxsplit=1)[0]
    assert package.wheels[0].name == "t-1+cpu-py3-none-any.whl"


def test_other_hashes() -> None:
    """A hash of another kind is no sha256."""
    body = re.sub("sha256:[0-9a-f]+", "md5:00", PACKAGE)
    assert parse(body).packages[0].sdist == LockedFile(name="tiny-1.2.tar.gz", sha256=None)


@pytest.mark.parametrize("kind", ["directory", "editable", "virtual", "git"])
def test_sources_without_files(kind: str) -> None:
    """A folder or repository has no files; of git the commit is kept, and nothing else."""
    source = f'source = {{ {kind} = "git.example/t?rev=main#0a1b" }}'
    (package,) = parse(f"{NAMED}\n{source}\n").packages
    assert package.source.kind == kind
    assert package.wheels == ()
    assert package.source.commit == ("0a1b" if kind == "git" else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 1\n[[package]\n", r"\(line 2\): not valid TOML: a table"),
        (f"version = 1\n{PACKAGE}<<<<<<< HEAD\n", r"\(line 11\): not valid TOML: a merge conflict"),
        (f"version = 1\n[[package]]\nname = 3\n{VIRTUAL}\n", r"package\[0\]\.name: expected"),
        ("version = 1\npackage = 3\n", "package: expected"),
        (f"version = 1\n{NAMED}\nsource = {{ moon = 1 }}\n", "a source of an unknown kind"),
        (f"version = 1\n{NAMED}\n{VIRTUAL}\nwheels = 7\n", "are a number"),
        ("version = 1\nx = '\udcff'\n", "not valid UTF-8 .at line 2"),
        ("revision = 3\n", "expected `version = 1`"),
        ("version = true\n", "expected `version = 1`"),
        ("version = 'x'\n", "expected `version = 1`"),
        ("", "expected `version = 1`"),
    ],
)
def test_corrupt_lock(text: str, message: str) -> None:
    """A corrupt lock is an error that names the file, and the line or the place."""
    with pytest.raises(ProjectError) as caught:
        parse_lock(text.encode("utf-8", "surrogateescape"))
    assert re.search(rf"^uv\.lock.*{message}", str(caught.value))


def test_lines_of_errors_behind_files() -> None:
    """What is lifted out of the text does not shift the lines of errors after it."""
    lines = ("version = 1\n" + 3 * PACKAGE).count("\n")
    with pytest.raises(ProjectError, match="no `=` behind a key, at column 4: `oh dear`") as caught:
        parse(3 * PACKAGE + "oh dear\n")
    assert caught.value.where == f"uv.lock (line {lines + 1})"


def test_newer_lock() -> None:
    """A newer format is refused before anything else is read, and the upgrade named."""
    with pytest.raises(ProjectError, match="`version = 2` is newer than this reprokit") as caught:
        parse_lock(b'version = 2\npackage = "other"\n')
    assert "uv lock --upgrade-package reprokit-mlx" in str(caught.value.hint)


VERSIONS = "".join(
    f"""
[[package]]
name = "tiny"
version = "{version}"
source = {{ registry = "{INDEX}" }}
resolution-markers = ["python_full_version {sign} '3.4'"]
"""
    for version, sign in (("1", "<"), ("2", ">="))
)


@pytest.mark.parametrize(
    "dependencies",
    [
        '{ name = "tiny" }',
        (
            '{ name = "tiny", version = "1", marker = "python_full_version < \'3.4\'" }, '
            '{ name = "tiny", version = "2", marker = "python_full_version >= \'3.4\'" }'
        ),
    ],
)
def test_several_versions_by_marker(dependencies: str) -> None:
    """Of several versions that one belongs here whose marker holds."""
    sample = SAMPLE.replace('{ name = "tiny" }', dependencies)
    assert select(parse(VERSIONS + sample)) == {"sample": ["1"], "tiny": ["2"]}


def test_groups_and_extras() -> None:
    """Default groups belong here; other groups and the project's own extras do not."""
    sample = SAMPLE.replace(
        "dependencies = [", 'dependencies = [{ name = "one", extra = ["fast"] }, '
    )
    text = f"""{PACKAGE}{sample}
[package.optional-dependencies]
more = [{{ name = "more" }}]
[package.dev-dependencies]
dev = [{{ name = "dev" }}]
docs = [{{ name = "docs" }}, {{ name = "win", marker = "sys_platform == 'win32'" }}]
[[package]]
name = "one"
source = {{ editable = "one" }}
[package.optional-dependencies]
fast = [{{ name = "quick" }}]
slow = [{{ name = "lame" }}]
""" + "".join(
        f'[[package]]\nname = "{name}"\nsource = {{ registry = "{INDEX}" }}\n'
        for name in ("more", "dev", "docs", "win", "quick", "lame")
    )
    lock_file = parse(text)
    always = {"sample", "tiny", "one", "quick"}
    assert select(lock_file).keys() == always | {"dev"}
    assert select(lock_file, frozenset()).keys() == always
    assert select(lock_file, None).keys() == always | {"dev", "docs"}
    assert group_packages(lock_file).keys() > {"more", "lame", "win"}


def test_conflicting_choices() -> None:
    """Markers of conflicting extras and groups are decided by what is chosen."""
    markers = {
        "a": "extra == 'group-6-sample-dev'",
        "b": "extra != 'group-6-sample-dev'",
        "c": "extra == 'extra-4-tiny-fast' and extra == 'project-6-sample'",
        "d": "extra == 'extra-6-sample-cpu' or sys_platform == 'none'",
    }
    needs = ", ".join(f'{{ name = "{name}", marker = "{text}" }}' for name, text in markers.items())
    sample = SAMPLE.replace('{ name = "tiny" }', f'{{ name = "tiny", extra = ["fast"] }}, {needs}')
    sample += "[package.dev-dependencies]\ndev = []\n"
    others = "".join(
        f'[[package]]\nname = "{name}"\nsource = {{ registry = "{INDEX}" }}\n' for name in markers
    )
    assert select(parse(PACKAGE + sample + others)).keys() == {"sample", "tiny", "a", "c"}


def test_workspace_whose_root_is_no_project() -> None:
    """Such a workspace is installed with all of its members and the root's groups."""
    body = f"""[manifest]
members = ["left", "right"]
[manifest.dependency-groups]
dev = [{{ name = "tiny", specifier = ">=1" }}]
{PACKAGE}
[[package]]
name = "left"
source = {{ editable = "left" }}
[[package]]
name = "right"
source = {{ editable = "right" }}
"""
    assert select(parse(body)).keys() == {"left", "right", "tiny"}


def test_lock_without_the_project() -> None:
    """A lock of something else says nothing of what belongs here."""
    with pytest.raises(UnknownFactError, match="does not hold the project `sample`"):
        select(parse(PACKAGE))


def test_marker_that_cannot_be_read() -> None:
    """A broken marker is a corrupt lock."""
    sample = SAMPLE.replace('"tiny" }', '"tiny", marker = "python_version ~~ 3" }')
    with pytest.raises(ProjectError, match=r"uv\.lock: the marker `python_version ~~ 3` cannot"):
        select(parse(PACKAGE + sample))


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", {"dev"}),
        ("[tool.uv]\ndefault-groups = ['docs', 'dev']\n", {"docs", "dev"}),
        ("[tool.uv]\ndefault-groups = []\n", set()),
        ("[tool.uv]\ndefault-groups = 'all'\n", None),
        ("tool = 3", {"dev"}),
    ],
)
def test_default_groups(text: str, groups: set[str] | None, tmp_path: Path) -> None:
    """Default groups are those that pyproject.toml names, else `dev`."""
    (tmp_path / "pyproject.toml").write_text(text, encoding="ascii")
    assert read_default_groups(tmp_path) == groups


def test_real_lock(tmp_path: Path) -> None:
    """A lock that today's uv makes, with everything it can hold, is read."""
    (tmp_path / "pyproject.toml").write_text(
        """[project]
name = "sample"
version = "1"
requires-python = ">=3.11"
dependencies = [
    "six<1.17 ; python_version < '3.14'",
    "six>=1.17 ; python_version >= '3.14'",
]
[project.optional-dependencies]
cpu = ["idna==3.10"]
gpu = ["idna==3.7"]
[dependency-groups]
dev = ["iniconfig"]
[tool.uv]
conflicts = [[{ extra = "cpu" }, { extra = "gpu" }]]
""",
        encoding="ascii",
    )
    subprocess.run(
        ["uv", "lock", "--quiet", "--python", sys.executable], cwd=tmp_path, check=True, timeout=60
    )
    content = (tmp_path / "uv.lock").read_bytes()
    lock_file = parse_lock(content)
    versions = {name: len(found) for name, found in group_packages(lock_file).items()}
    assert versions == {"idna": 2, "iniconfig": 1, "sample": 1, "six": 2}
    files = [file for package in lock_file.packages for file in package.wheels]
    assert len(files) == 5
    assert all(file.sha256 and file.name.endswith("-none-any.whl") for file in files)
    assert parse_lock(re.sub(rb", hash", b" , hash", content)) == lock_file
    assert "//" not in repr(lock_file)
    selected = select(lock_file)
    assert selected.keys() == {"sample", "iniconfig", "six"}
    assert selected["six"] == ["1.16.0" if sys.version_info < (3, 14) else "1.17.0"]
