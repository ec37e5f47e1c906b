"""`reprokit env`, `env --check` and `env diff` on real projects."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reprokit.observe.privacy import scrub
from reprokit.observe.repository import observe_repository
from reprokit.observe.variables import observe_variables
from tests.committed import copy_manifests
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.projects import Project

FOLDERS = ("manifests", "milestones")


def test_remote_is_kept_without_its_host(project: Project) -> None:
    """Of an address only `owner/name` is kept, whatever host and credentials stand before it."""
    for address, expected in {
        "https://jane:hf_secret1@git.example/lab/thing.git": "lab/thing",
        "git@git.example:lab/thing.git": "lab/thing",
        "ssh://git@git.example:22/lab/thing": "lab/thing",
        "ssh://git@git.example/home/jane/thing.git": None,
        "git.example:/home/jane/thing.git": None,
        "file:///home/jane/thing.git": None,
        "C:/Users/jane/thing": None,
        "/home/jane/thing.git": None,
        "../thing": None,
    }.items():
        project.git("config", "remote.origin.url", address)
        assert observe_repository(project.root, FOLDERS).remote == expected


def test_tag_and_files_by_kind_are_told(project: Project) -> None:
    """A tag of the commit, and how many files are modified, deleted and not tracked."""
    project.write("a.py", "x = 1\n")
    project.write("b.py", "x = 1\n")
    project.commit()
    project.git("tag", "v1.0")
    project.write("a.py", "x = 2\n")
    (project.root / "b.py").unlink()
    project.write("c.py", "x = 1\n")
    repository = observe_repository(project.root, FOLDERS)
    assert repository.tag == "v1.0"
    assert (repository.modified, repository.deleted, repository.untracked) == (1, 1, 1)
    assert repository.dirty


def test_digest_of_changes_is_that_of_their_contents(project: Project) -> None:
    """Staging changes nothing; another content does."""
    project.write("a.py", "x = 1\n")
    before = observe_repository(project.root, FOLDERS).diff_sha256
    project.git("add", "a.py")
    assert observe_repository(project.root, FOLDERS).diff_sha256 == before
    project.write("a.py", "x = 2\n")
    assert observe_repository(project.root, FOLDERS).diff_sha256 != before


def test_worktrees_and_submodules_are_told(project: Project, tmp_path: Path) -> None:
    """A linked work tree is named as such, and a submodule by path and commit."""
    part = tmp_path / "part"
    subprocess.run(["git", "clone", "--quiet", str(project.root), str(part)], check=True)
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part), "sub")
    project.commit("add a submodule")
    (line,) = observe_repository(project.root, FOLDERS).submodules
    path, commit = line.split()
    assert path == "sub"
    assert len(commit) == 40
    project.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    linked = observe_repository(tmp_path / "linked", FOLDERS)
    assert linked.worktree
    assert linked.branch is None


def test_only_listed_variables_are_observed() -> None:
    """A variable that can change results is told; no other is, and no value that is odd."""
    found = observe_variables(
        {
            "MLX_ENABLE_TF32": "0",
            "MLX_CONV_WINOGRAD_MIN": "16",
            "MLX_METAL_GPU_ARCH": "/home/jane/secret token",
            "HF_TOKEN": "hf_secret",
            "MLX_PRIVATE": "x",
        }
    )
    assert [(item.name, item.value) for item in found] == [
        ("MLX_CONV_WINOGRAD_MIN", "16"),
        ("MLX_ENABLE_TF32", "0"),
        ("MLX_METAL_GPU_ARCH", "(set)"),
    ]


def test_variables_are_in_the_environment(project: Project) -> None:
    """What is set when reprokit runs stands in its output."""
    done = project.run("env", environment={"MLX_ENABLE_TF32": "0"})
    assert "variables.MLX_ENABLE_TF32" in done.stdout


def test_nothing_private_is_in_any_output(project: Project, tmp_path: Path) -> None:
    """Host, user, home, e-mail, tokens and addresses stand in neither text, JSON nor manifest.

    They are planted in variables and in all that a user names: remote, branch, tag, submodule.
    """
    secrets = {
        "HF_TOKEN": "hf_Abcdefgh12345678",
        "GITHUB_TOKEN": "ghp_zyxwvut98765432100",
        "UV_INDEX_URL": "https://jane:secretword@registry.example/simple",
        "EMAIL": "jane@corp.example",
        "MLX_METAL_GPU_ARCH": "jane@corp.example",
    }
    project.git("config", "remote.origin.url", "https://jane:tok_1@git.corp.example/lab/thing")
    project.git("config", "user.email", "jane@corp.example")
    part = tmp_path / "part"
    subprocess.run(["git", "clone", "--quiet", str(project.root), str(part)], check=True)
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part))
    project.git(*add, f"parts/{secrets['GITHUB_TOKEN']}")
    project.git("switch", "--quiet", "--create", "jane@corp.example/trial")
    project.commit("add a submodule")
    project.git("tag", secrets["HF_TOKEN"])
    outputs = [
        project.run("env", environment=secrets).stdout,
        project.run("env", "--format", "json", environment=secrets).stdout,
        project.run("snapshot", "--machine", "here", environment=secrets).stdout,
        *(path.read_text(encoding="utf-8") for path in project.manifests()),
        *(path.read_text() for path in (project.root / ".reprokit").rglob("*.json*")),
    ]
    assert len(project.manifests()) == 1
    assert re.search(r"repository.submodules +parts/<secret> ", outputs[0])
    assert re.search(r"repository.tag +<secret>\n", outputs[0])
    assert re.search(r"repository.branch +<email>/trial\n", outputs[0])
    private = [
        *secrets.values(),
        "registry.example",
        "corp.example",
        "secretword",
        str(project.root),
        os.path.expanduser("~") + "/",  # noqa: PTH111 - as a text
        socket.gethostname(),
    ]
    for output in outputs:
        assert output
        for word in private:
            assert word not in output


WORDS = st.from_regex(r"[a-z]{4,12}", fullmatch=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(user=WORDS, host=WORDS, secret=st.from_regex(r"[A-Za-z0-9]{20,40}", fullmatch=True))
def test_planted_values_do_not_survive(user: str, host: str, secret: str) -> None:
    """Whatever is planted in a traceback, as a path, an address or a token, is gone from it."""
    text = (
        f'File "/Users/{user}/lab/{host}/run.py", line 3\n'
        f"mail {user}@{host}.example, https://{user}:{secret}@{host}.example/simple\n"
        f"token hf_{secret}, key sk-{secret}\n"
    )
    cleaned = scrub(text)
    assert f"/Users/{user}" not in cleaned
    assert f"{user}@{host}" not in cleaned
    assert secret not in cleaned
    assert f"{host}.example" not in cleaned


def test_missing_git_and_lock_are_told(project: Project) -> None:
    """Without a repository `env` has a gap; without a lock it says what to do."""
    (project.root / ".git").rename(project.root / "gone")
    done = project.run("env")
    assert done.returncode == 0, done.stderr
    assert "unknown: this is not in a git repository" in done.stdout
    (project.root / "uv.lock").write_text("nonsense")
    done = project.run("env")
    assert done.returncode == 0, done.stderr
    assert "unknown: uv.lock (line 1): not valid TOML: no `=` behind a key" in done.stdout
    assert "packages.mlx.version" in done.stdout
    (project.root / "uv.lock").unlink()
    done = project.run("env", "--check")
    assert done.returncode == 2
    assert "cannot tell lock.sha256: there is no uv.lock" in done.stderr


def test_check_finds_drift(project: Project) -> None:
    """A lock that does not hold what is installed is drift, and the exit code 1 or 2."""
    done = project.run("env", "--check")
    assert done.returncode in {1, 2}
    assert "drift" in done.stderr
    assert project.run("env").returncode == 0


@pytest.mark.parametrize("form", ["text", "json"])
def test_env_diff_ranks_the_published_machines(project: Project, form: str) -> None:
    """M1 Max and M5 differ in GPU and system; their lock's hash is unknown, not equal."""
    copy_manifests(project.root / "manifests", "apple-m1-max", "apple-m5")
    done = project.run("env", "diff", "m1", "m5", "--format", form)
    assert done.returncode == 0, done.stderr
    if form == "json":
        facts = {it["fact"]: it["impact"] for it in json.loads(done.stdout)["differences"]}
        assert facts["hardware.gpu_architecture"] == "high"
        assert facts["os.version"] == "high"
        assert facts["hardware.memory_bytes"] == "low"
        assert "lock.sha256" not in facts
    else:
        first = done.stdout.splitlines()[2]
        assert first.startswith("high")


def test_env_diff_takes_manifest_files(project: Project) -> None:
    """Two files anywhere on disk can be held against each other."""
    files = [str(ROOT / f"manifests/{name}/0a8ec29f1c21.toml") for name in ("apple-m5",) * 2]
    done = project.run("env", "diff", *files)
    assert done.returncode == 0, done.stderr
    assert "no difference" in done.stdout
    wrong = project.run("env", "diff", "nowhere/x.toml", files[0])
    assert wrong.returncode == 2
    assert "no such file" in wrong.stderr


def test_story_7_metadata_does_not_churn(project: Project) -> None:
    """Another commit of evidence alone and a second snapshot leave every manifest as it was."""
    project.run("snapshot", "--machine", "here")
    project.commit("evidence")
    before = {path: path.read_bytes() for path in project.manifests()}
    project.run("snapshot", "--machine", "here")
    assert {path: path.read_bytes() for path in project.manifests()} == before
    assert project.git("status", "--porcelain") == ""
