"""Drift between lock, project and installation: real uv on small real projects."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ProjectError
from reprokit.model.environment import DriftKind, DriftSeverity, Gap
from reprokit.observe.drift import Installation, observe_installation
from reprokit.observe.gaps import GapCollector

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = """\
[project]
name = "sample"
version = "1"
requires-python = ">=3.11"
dependencies = ["six<1.17", "iniconfig"]

[project.optional-dependencies]
more = ["idna==3.10"]
other = ["idna==3.7"]

[dependency-groups]
dev = ["pathspec"]
docs = ["mypy-extensions"]

[tool.uv]
package = false
conflicts = [[{ extra = "more" }, { extra = "other" }]]
"""

BUILDABLE = """\
[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.11"
dependencies = {dependencies}

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["{module}"]
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A project of a user's, with an environment of its own."""

    root: Path

    def uv(self, *arguments: str) -> None:
        """Run uv in the project, for the interpreter that runs the tests."""
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        done = subprocess.run(
            ["uv", *arguments], cwd=self.root, env=environment, capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def sync(self, *options: str) -> None:
        """Install what is locked."""
        self.uv("sync", "--python", sys.executable, *options)

    def install(self, *what: str) -> None:
        """Install past the lock."""
        self.uv("pip", "install", "--python", ".venv", *what)

    @property
    def site(self) -> Path:
        """Where packages lie."""
        return next(self.root.glob(".venv/lib/python*/site-packages"))

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def write_package(self, name: str, version: str = "1", dependencies: str = "[]") -> Path:
        """Write a package that can be built, into a folder beside the project."""
        module = name.replace("-", "_")
        text = BUILDABLE.format(
            name=name, version=version, module=module, dependencies=dependencies
        )
        self.write(f"../{name}/{module}/__init__.py", "")
        return self.write(f"../{name}/pyproject.toml", text).parent

    def edit_pyproject(self, old: str, new: str) -> None:
        """Change pyproject.toml, and leave the lock as it was."""
        path = self.root / "pyproject.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def observe(
        self, project: str = "sample", root: Path | None = None
    ) -> tuple[Installation, tuple[Gap, ...]]:
        """Observe the installation; `six` counts as numeric. Nothing private may be in it."""
        collector = GapCollector()
        installation = observe_installation(
            collector,
            root=root or self.root,
            project=project,
            numeric=["six", "Tiny_Git"],
            folders=[str(self.site)],
        )
        for private in (str(self.root), "://", "simple", str(self.root.parent.name)):
            assert private not in repr((installation, collector.gaps))
        return installation, collector.gaps

    def list_drift(self, project: str = "sample") -> list[tuple[str, str, str]]:
        """List each drift's kind, package and severity; there must be no gap."""
        installation, gaps = self.observe(project)
        assert gaps == ()
        return [(item.kind, item.package, item.severity) for item in installation.drift]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A synced project, to be copied."""
    sample = Sample(root=tmp_path_factory.mktemp("drift") / "synced")
    sample.write("pyproject.toml", PYPROJECT)
    sample.sync()
    return sample


@pytest.fixture
def sample(synced: Sample, tmp_path: Path) -> Sample:
    """A synced project of the test's own."""
    shutil.copytree(synced.root, tmp_path / "project", symlinks=True)
    return Sample(root=tmp_path / "project")


def test_synced(sample: Sample) -> None:
    """A project as uv synced it has no drift, and the package's facts are those of the lock.

    Neither the groups and extras that were not asked for are missing, nor the project itself.
    """
    before = {path: path.stat().st_mtime_ns for path in sample.root.glob("*")}
    installation, gaps = sample.observe()
    assert gaps == ()
    assert installation.drift == ()
    content = (sample.root / "uv.lock").read_bytes()
    assert installation.lock.sha256 == hashlib.sha256(content).hexdigest()
    assert installation.lock.current is True
    (six,) = installation.packages
    assert (six.name, six.version, six.wheel) == ("six", "1.16.0", "py2-none-any,py3-none-any")
    assert (six.source, six.installer) == ("registry", "uv")
    assert six.locked_file == "six-1.16.0-py2.py3-none-any.whl"
    assert f'{six.locked_file}", hash = "sha256:{six.locked_sha256}"' in content.decode()
    assert six.record_sha256 is not None
    assert before == {path: path.stat().st_mtime_ns for path in sample.root.glob("*")}


def test_other_group_and_extra(sample: Sample) -> None:
    """What belongs to other groups and extras of the lock is no extra, of whatever version."""
    sample.sync("--all-groups", "--extra", "other")
    assert sample.list_drift() == []


def test_group_that_was_left_out(sample: Sample) -> None:
    """What a default group holds is missing where it was left out, unless the project says so."""
    sample.sync("--no-dev")
    assert sample.list_drift() == [("missing", "pathspec", "low")]
    sample.edit_pyproject("package = false", "package = false\ndefault-groups = []")
    sample.uv("lock")
    assert sample.list_drift() == []


def test_planted_drift(sample: Sample) -> None:
    """Every drift is found at once, those first that can change bytes."""
    (sample.site / "six.py").write_bytes(b"other = 1\n")
    (sample.site / "six-1.16.0.dist-info/LICENSE").unlink()
    sample.install("--no-deps", "iniconfig==2.0.0", "attrs")
    sample.uv("pip", "uninstall", "--python", ".venv", "pathspec")
    sample.edit_pyproject('"iniconfig"', '"iniconfig>=2"')
    assert sample.list_drift() == [
        ("stale-lock", "uv.lock", "high"),
        ("edited", "six", "high"),
        ("deleted", "six", "high"),
        ("missing", "pathspec", "low"),
        ("other-version", "iniconfig", "low"),
        ("extra", "attrs", "low"),
    ]
    installation, _ = sample.observe()
    assert installation.lock.current is False
    details = {item.kind: item.detail for item in installation.drift}
    assert details[DriftKind.EDITED].startswith("`six.py` has sha256 ")
    assert re.fullmatch(r"uv\.lock has \S+; 2\.0\.0 is installed", details[DriftKind.OTHER_VERSION])


def test_numeric_package(sample: Sample) -> None:
    """A numeric package that is missing or of another version is severe."""
    sample.install("six==1.15.0")
    assert sample.list_drift() == [("other-version", "six", "high")]
    sample.uv("pip", "uninstall", "--python", ".venv", "six")
    assert sample.list_drift() == [("missing", "six", "high")]


def test_seeds_are_no_extra(sample: Sample) -> None:
    """The tools that come with an environment are left alone, as uv leaves them."""
    sample.install("pip")
    assert sample.list_drift() == []


def test_other_wheel_under_an_unchanged_lock(sample: Sample) -> None:
    """Story 9: native wheels drift under an unchanged lock; the wheel's tag gives it away."""
    wheel = sample.site / "six-1.16.0.dist-info/WHEEL"
    text = wheel.read_text(encoding="ascii")
    wheel.write_text(text.replace("-none-any", "-none-macosx_26_0_arm64"), encoding="ascii")
    installation, _ = sample.observe()
    kinds = [(item.kind, item.severity) for item in installation.drift]
    assert (DriftKind.OTHER_FILE, DriftSeverity.HIGH) in kinds
    assert "py3-none-macosx_26_0_arm64" in installation.drift[0].detail
    assert "built from source" in installation.drift[0].detail
    assert installation.packages[0].locked_file is None
    assert installation.packages[0].locked_sha256 is None


def test_a_wheel_that_calls_itself_one_for_any_platform(sample: Sample) -> None:
    """As playwright's do, of which the lock has one for each: drift of numeric packages only."""
    lock = sample.root / "uv.lock"
    text = lock.read_text(encoding="utf-8")
    assert text.count("-none-any.whl") >= 2
    lock.write_text(text.replace("-none-any.whl", "-none-manylinux1_x86_64.whl"), encoding="utf-8")
    installation, _ = sample.observe()
    others = [it.package for it in installation.drift if it.kind is DriftKind.OTHER_FILE]
    assert others == ["six"]


def test_built_from_source(sample: Sample) -> None:
    """A wheel that uv built itself is told apart, although its tags are those of the lock's."""
    sample.sync("--no-binary-package", "six", "--reinstall-package", "six")
    assert sample.list_drift() == [("other-file", "six", "high")]
    installation, _ = sample.observe()
    assert "built from source here" in installation.drift[0].detail


def test_other_source(sample: Sample) -> None:
    """A folder where the lock has a registry is another source, though the version is the same."""
    folder = sample.write_package("six", "1.16.0")
    sample.install(str(folder))
    assert sample.list_drift() == [("other-source", "six", "high")]
    installation, _ = sample.observe()
    assert installation.packages[0].source == "path"
    assert installation.drift[0].detail == (
        "uv.lock takes it from `registry`; it is installed from `path`"
    )


def test_editable_numeric_package(sample: Sample) -> None:
    """The code of an editable install is nowhere recorded, which is a gap."""
    sample.install("--editable", str(sample.write_package("six", "1.16.0")))
    installation, gaps = sample.observe()
    assert installation.packages[0].source == "editable"
    assert installation.packages[0].record_sha256 is None
    assert [gap.fact for gap in gaps] == ["packages.six.record_sha256"]
    assert [item.kind for item in installation.drift] == [DriftKind.OTHER_SOURCE]


def commit(folder: Path) -> str:
    """Commit all of a folder."""
    git = ["git", "-c", "user.name=Nobody", "-c", "user.email=nobody@mail.example"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


def test_git_source(tmp_path: Path) -> None:
    """A package from git is held against the locked commit; a copy of its folder is not git."""
    sample = Sample(root=tmp_path / "project")
    folder = sample.write_package("tiny-git")
    locked = commit(folder)
    sample.write(
        "pyproject.toml",
        '[project]\nname = "sample"\nversion = "1"\nrequires-python = ">=3.11"\n'
        'dependencies = ["tiny-git"]\n'
        f'[tool.uv.sources]\ntiny-git = {{ git = "{folder.as_uri()}" }}\n',
    )
    sample.sync()
    assert sample.list_drift() == []
    installation, _ = sample.observe()
    assert installation.packages[0].source == "git"
    assert installation.packages[0].locked_file is None
    sample.write("../tiny-git/tiny_git/more.py", "")
    other = commit(folder)
    sample.install(f"git+{folder.as_uri()}")
    (drift,) = sample.observe()[0].drift
    assert (drift.kind, drift.severity) == (DriftKind.OTHER_SOURCE, DriftSeverity.HIGH)
    assert drift.detail == (
        f"uv.lock takes it from `git` at commit {locked[:12]}; "
        f"it is installed from `git` at commit {other[:12]}"
    )
    sample.install("--reinstall", str(folder))
    assert sample.list_drift() == [("other-source", "tiny-git", "high")]


def test_workspace(tmp_path: Path) -> None:
    """In a workspace that is held against the lock which the project needs, root or member."""
    sample = Sample(root=tmp_path / "whole")
    sample.write_package("whole", dependencies='["left"]')
    for name, need in (("left", '["six"]'), ("right", '["idna"]')):
        folder = sample.write_package(name, dependencies=need)
        folder.rename(sample.root / name)
    with (sample.root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('[tool.uv.workspace]\nmembers = ["left", "right"]\n')
        file.write("[tool.uv.sources]\nleft = { workspace = true }\n")
    sample.sync()
    assert sample.list_drift("whole") == []
    installation, gaps = sample.observe("right", sample.root / "right")
    assert gaps == ()
    assert installation.lock.current is True
    assert [(item.kind, item.package) for item in installation.drift] == [
        (DriftKind.MISSING, "idna"),
        (DriftKind.MISSING, "right"),
    ]
    sample.sync("--all-packages", "--no-editable")
    assert sample.list_drift("right") == []


@pytest.mark.parametrize(
    ("name", "content", "fact", "reason"),
    [
        ("RECORD", None, "record_sha256", "RECORD is missing"),
        ("INSTALLER", None, "installer", "INSTALLER is missing"),
        ("INSTALLER", "", "installer", "INSTALLER is empty"),
        ("WHEEL", None, "wheel", "WHEEL is missing"),
        ("WHEEL", "Wheel-Version: 1.0\n", "wheel", "WHEEL names no tag"),
        ("METADATA", "Name: six\n", "version", "METADATA has no version"),
        ("direct_url.json", "{", "source", "direct_url.json is not valid JSON"),
        ("direct_url.json", "[]", "source", "direct_url.json tells no source"),
        ("direct_url.json", '{"dir_info": 1}', "source", "direct_url.json tells no source"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_a_gap(
    name: str, content: str | None, fact: str, reason: str, sample: Sample
) -> None:
    """Broken metadata of a package is a named gap, once, and never taken for another version."""
    path = sample.site / "six-1.16.0.dist-info" / name
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_text(content, encoding="ascii")
    installation, gaps = sample.observe()
    assert gaps == (Gap(fact=f"packages.six.{fact}", reason=reason),)
    kinds = {item.kind for item in installation.drift}
    assert kinds <= {DriftKind.EDITED, DriftKind.DELETED}


def test_without_uv(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where uv is not there, nobody knows whether the lock still holds."""
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", str(sample.root))
    installation, gaps = sample.observe()
    assert installation.lock.current is None
    assert installation.drift == ()
    assert [(gap.fact, gap.reason) for gap in gaps] == [
        ("lock.current", "`uv` is not there, or cannot be started")
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("six<1.17", "reprokit-nonesuch", "uv cannot tell without the network"),
        ("[project]", "[project", "`uv lock --check` ended with exit 2"),
        ('sion = "1"', 'sion = "1"\ndynamic = ["dependencies"]', "only when it is built"),
    ],
)  # fmt: skip
def test_lock_that_uv_cannot_judge(old: str, new: str, reason: str, sample: Sample) -> None:
    """Where uv would need the network, or to build, or fails, that is a gap and no stale lock."""
    sample.edit_pyproject(old, new)
    installation, gaps = sample.observe()
    assert installation.lock.current is None
    assert DriftKind.STALE_LOCK not in {item.kind for item in installation.drift}
    (gap,) = gaps
    assert gap.fact == "lock.current"
    assert reason in gap.reason


def test_lock_of_another_project(sample: Sample) -> None:
    """Where the lock does not hold the project, it is held against nothing."""
    installation, gaps = sample.observe("another")
    assert installation.drift == ()
    assert [gap.fact for gap in gaps] == ["drift"]
    assert installation.packages[0].locked_file is None
    assert installation.packages[0].record_sha256 is not None


def test_lock_missing_or_corrupt(sample: Sample) -> None:
    """Without a lock that can be read there is nothing to observe."""
    sample.write("uv.lock", "version = 1\n[[package\n")
    with pytest.raises(ProjectError, match="line 2"):
        sample.observe()
    (sample.root / "uv.lock").unlink()
    sample.write(".git", "")
    with pytest.raises(ProjectError, match=r"there is no uv\.lock"):
        sample.observe()


def test_this_environment() -> None:
    """By default the packages are those that Python imports here, and MLX is among them."""
    from pathlib import Path

    root = Path(__file__).parents[2]
    collector = GapCollector()
    installation = observe_installation(collector, root=root, project="reprokit-mlx")
    names = [package.name for package in installation.packages]
    assert names[0] == "mlx"
    assert all(package.record_sha256 and package.libraries for package in installation.packages)
