"""The workflow that `init` writes: what linters say of it, and its steps, run as GitHub does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.projects import Project, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent

UV = f"""\
#!/bin/bash
# Stands for `uv run --locked reprokit ...` where nothing is to be installed.
[ "$1 $2 $3" = "run --locked reprokit" ] || exit 64
[ -z "$UV_EXITS" ] || exit "$UV_EXITS"
exec "{sys.executable}" -m reprokit "${{@:4}}"
"""

GH = """\
#!/bin/bash
# Stands for `gh api`: notes its arguments, and answers a question with what GitHub would.
printf '%s\\n' "$@" >> "$RUNNER_TEMP/calls"
case "$*" in *--paginate*) printf "$FOUND" ;; esac
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that was set up, with stand-ins for the commands that reach for the network."""
    project = make_project(tmp_path_factory.mktemp("workflow") / "project")
    done = project.run("init")
    assert done.returncode == 0, done.stderr
    project.commit("set up")
    for name, text in (("uv", UV), ("gh", GH)):
        project.write(f"../bin/{name}", text).chmod(0o755)
    return project


@pytest.fixture(scope="module")
def workflow(project: Project) -> dict[str, Any]:
    """What stands in it."""
    path = project.root / ".github/workflows/reprokit.yml"
    content: dict[str, Any] = YAML(typ="safe").load(path)
    return content


@pytest.fixture(scope="module")
def runners(workflow: dict[str, Any]) -> list[str]:
    """The machines that it measures."""
    return [it["machine"] for it in workflow["jobs"]["snapshot"]["strategy"]["matrix"]["include"]]


def lint(tool: str, *arguments: str, folder: Path) -> None:
    """Run a linter, which must find nothing."""
    words = [str(TOOLS / tool), *arguments, ".github/workflows/reprokit.yml"]
    done = subprocess.run(words, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def list_steps(workflow: Mapping[str, Any], job: str) -> list[dict[str, Any]]:
    """List the steps of a job."""
    steps: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return steps


def run_step(
    project: Project, workflow: Mapping[str, Any], job: str, name: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a step's script in the shell and with the options that GitHub gives it."""
    (step,) = [it for it in list_steps(workflow, job) if it["name"] == name]
    temporary = project.root.parent
    folder = temporary if "working-directory" in step else project.root
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ
        | {name: text for name, text in step.get("env", {}).items() if "${{" not in text}
        | {
            "PATH": f"{temporary / 'bin'}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(temporary),
            "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
            "GITHUB_OUTPUT": str(temporary / "outputs"),
            "GITHUB_REPOSITORY": "owner/name",
        }
        | variables,
    )


def test_it_fits_the_published_schema(project: Project) -> None:
    """So it does where every job must have a limit of time."""
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        lint("check-jsonschema", "--builtin-schema", schema, folder=project.root)


def test_a_linter_of_its_security_finds_nothing(project: Project) -> None:
    """zizmor, in its strictest mood."""
    options = ("--offline", "--no-progress", "--strict-collection", "--persona", "auditor")
    lint("zizmor", *options, folder=project.root)


def test_the_linters_would_find_something(project: Project) -> None:
    """They are given an action that is not pinned, and a key that is none."""
    path = project.root / ".github/workflows/reprokit.yml"
    text = path.read_text()
    bad = re.sub("actions/checkout@[0-9a-f]+", "actions/checkout@v7", text)
    try:
        for tool, wrong, options in (
            ("zizmor", bad, ("--offline", "--no-progress")),
            (
                "check-jsonschema",
                f"{text}steps: 1\n",
                ("--builtin-schema", "vendor.github-workflows"),
            ),
        ):
            path.write_text(wrong)
            with pytest.raises(AssertionError):
                lint(tool, *options, folder=project.root)
    finally:
        path.write_text(text)


def test_actions_are_pinned(project: Project, workflow: dict[str, Any]) -> None:
    """Each by a full commit, with the version that it is beside it."""
    text = (project.root / ".github/workflows/reprokit.yml").read_text()
    used = [
        it["uses"] for job in workflow["jobs"] for it in list_steps(workflow, job) if "uses" in it
    ]
    pinned = re.findall(r"uses: (\w[\w./-]+@[0-9a-f]{40}) # v\d+\.\d+\.\d+$", text, re.MULTILINE)
    assert sorted(pinned) == sorted(used)
    assert {it.partition("@")[0] for it in used} == {
        "actions/checkout",
        "actions/download-artifact",
        "actions/upload-artifact",
        "astral-sh/setup-uv",
    }
    assert len(set(used)) == 4


def test_only_the_comment_may_write(project: Project, workflow: dict[str, Any]) -> None:
    """It checks nothing out; nothing knows a secret, or runs with the rights of the base branch."""
    given = {name: job["permissions"] for name, job in workflow["jobs"].items()}
    assert workflow["permissions"] == {}
    assert given == {
        "snapshot": {"contents": "read"},
        "compare": {"contents": "read"},
        "comment": {"pull-requests": "write"},
    }
    comment = workflow["jobs"]["comment"]
    assert [it.get("uses", "").partition("@")[0] for it in comment["steps"]] == [
        "actions/download-artifact",
        "",
    ]
    assert "head.repo.full_name == github.repository" in comment["if"]
    text = (project.root / ".github/workflows/reprokit.yml").read_text()
    assert "secrets" not in text
    assert "pull_request_target" not in text
    assert "workflow_run" not in text
    assert not any(
        "${{" in it.get("run", "") for job in workflow["jobs"] for it in list_steps(workflow, job)
    )


def test_every_checkout_forgets_its_token(workflow: dict[str, Any]) -> None:
    """And has all history, without which the commit of the code cannot be told."""
    steps = [it for job in workflow["jobs"] for it in list_steps(workflow, job)]
    checkouts = [it["with"] for it in steps if it.get("uses", "").startswith("actions/checkout@")]
    assert checkouts == [{"fetch-depth": 0, "persist-credentials": False}] * 2


@pytest.fixture(scope="module")
def merged(project: Project, runners: list[str]) -> str:
    """The commit that a run is of: a pull request, merged into a branch that went on meanwhile.

    A commit that changes evidence alone follows it. Of two runners there are manifests in older
    commits; none was measured at this one.
    """
    for machine in runners[:2]:
        assert project.run("snapshot", "--machine", machine).returncode == 0
    project.commit("evidence")
    project.git("switch", "--quiet", "--create", "request")
    project.write("one.py", "one = 1\n")
    project.commit("one")
    project.git("switch", "--quiet", "main")
    project.write("two.py", "two = 2\n")
    project.commit("two")
    project.git("merge", "--quiet", "--no-edit", "request")
    commit = project.git("rev-parse", "HEAD")
    project.write("manifests/README.md", "Evidence.\n")
    project.commit("words on evidence")
    project.git("checkout", "--quiet", "--detach")
    return commit[:12]


@pytest.fixture
def pulled(project: Project, merged: str) -> Iterator[str]:
    """The same commit, of which no manifest is left for another test."""
    yield merged
    project.git("clean", "-d", "--force", "--quiet", "manifests")


def measure(project: Project, workflow: Mapping[str, Any], machine: str, folder: Path) -> None:
    """Measure a machine, and put its folder where artifacts are fetched to."""
    done = run_step(
        project, workflow, "snapshot", "Take a snapshot",
        MACHINE=machine, GITHUB_OUTPUT=str(folder / machine),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (folder / machine).read_text() == "taken=true\n"
    upload(project, machine, folder)


def upload(project: Project, machine: str, folder: Path) -> None:
    """Put a machine's folder where artifacts are fetched to."""
    kept = project.root / "manifests" / machine
    shutil.copytree(kept, folder / "manifests" / f"manifest-{machine}")


def compare(
    project: Project, workflow: Mapping[str, Any], folder: Path, *, snapshots: str
) -> subprocess.CompletedProcess[str]:
    """Compare what was fetched; the summary and the comment are told the same, whatever it is."""
    done = run_step(
        project, workflow, "compare", "Compare what was measured at this commit",
        RUNNER_TEMP=str(folder),
        GITHUB_OUTPUT=str(folder / "outputs"),
        GITHUB_STEP_SUMMARY=str(folder / "summary.md"),
        SNAPSHOTS=snapshots,
    )  # fmt: skip
    assert (folder / "summary.md").read_text() == (folder / "comparison.md").read_text()
    assert (folder / "outputs").read_text() == "written=true\n"
    return done


def test_snapshots_are_compared(
    project: Project, workflow: dict[str, Any], runners: list[str], pulled: str, tmp_path: Path
) -> None:
    """At the commit that was measured, which is not the newest there is, nor the one before it."""
    for machine in runners[:2]:
        measure(project, workflow, machine, tmp_path)
        assert len(list((tmp_path / f"manifests/manifest-{machine}").iterdir())) == 2
    done = compare(project, workflow, tmp_path, snapshots="success")
    assert done.returncode == 0, done.stderr
    comparison = (tmp_path / "comparison.md").read_text()
    assert comparison.startswith(f"## Comparison at commit `{pulled}`\n")
    for word in (*runners[:2], "uniform"):
        assert word in comparison


def test_an_older_commit_is_not_compared(
    project: Project, workflow: dict[str, Any], runners: list[str], pulled: str, tmp_path: Path
) -> None:
    """Where a runner was not measured, its committed manifests do not stand for it."""
    measure(project, workflow, runners[0], tmp_path)
    upload(project, runners[1], tmp_path)
    done = compare(project, workflow, tmp_path, snapshots="failure")
    assert done.returncode == 2
    assert f"no manifest of `{runners[1]}` at commit {pulled}" in done.stderr
    comparison = (tmp_path / "comparison.md").read_text()
    assert comparison == "**No comparison was made: the log of this run says why.**\n"


def test_the_others_are_compared_where_one_fails(
    project: Project, workflow: dict[str, Any], runners: list[str], pulled: str, tmp_path: Path
) -> None:
    """And the comparison says so before all else."""
    for machine in (runners[0], runners[2]):
        measure(project, workflow, machine, tmp_path)
    done = compare(project, workflow, tmp_path, snapshots="failure")
    assert done.returncode == 0, done.stderr
    head, _, rest = (tmp_path / "comparison.md").read_text().partition("\n\n")
    assert head == "**A snapshot failed, or found something: the run says which.**"
    assert rest.startswith(f"## Comparison at commit `{pulled}`\n")
    assert runners[1] not in rest


@pytest.mark.parametrize(("code", "taken"), [(0, True), (1, True), (2, False), (137, False)])
def test_what_was_not_measured_is_not_kept(
    project: Project, workflow: dict[str, Any], tmp_path: Path, code: int, *, taken: bool
) -> None:
    """A snapshot with a finding is; without one there are committed manifests at most."""
    done = run_step(
        project, workflow, "snapshot", "Take a snapshot",
        MACHINE="here", GITHUB_OUTPUT=str(tmp_path / "outputs"), UV_EXITS=str(code),
    )  # fmt: skip
    assert done.returncode == code
    assert (tmp_path / "outputs").exists() is taken
    (measures, keeps) = list_steps(workflow, "snapshot")[-2:]
    assert measures["id"] == "snapshot"
    assert keeps["if"] == "${{ !cancelled() && steps.snapshot.outputs.taken == 'true' }}"


def test_without_two_snapshots_the_job_fails(
    project: Project, workflow: dict[str, Any], tmp_path: Path
) -> None:
    """A comment of an earlier commit does not stay as it is."""
    done = compare(project, workflow, tmp_path, snapshots="failure")
    assert done.returncode == 2
    assert "error: " in done.stderr
    assert "No comparison was made" in (tmp_path / "comparison.md").read_text()


@pytest.mark.parametrize(
    ("found", "call"),
    [
        ("", ["POST", "repos/owner/name/issues/7/comments"]),
        ("12\n34\n", ["PATCH", "repos/owner/name/issues/comments/12"]),
    ],
)
@pytest.mark.parametrize("length", [100, 70_000])
def test_there_is_one_comment(
    project: Project, workflow: dict[str, Any], found: str, call: list[str], length: int
) -> None:
    """The first one is made, later ones change it; one that is too long points to the summary."""
    temporary = project.root.parent
    (temporary / "calls").unlink(missing_ok=True)
    (temporary / "comparison.md").write_text("ü" * (length // 2))
    done = run_step(
        project, workflow, "comment", "Comment, or change the comment that is there",
        NUMBER="7", RUN="the run", FOUND=found,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    calls = (temporary / "calls").read_text().splitlines()
    assert calls[-5:] == ["--method", *call, "--field", "body=@comment.md"]
    said = "ü" * 50 if length == 100 else "The comparison is too long for a comment: see"
    text = (temporary / "comment.md").read_text()
    assert text.startswith(f"<!-- reprokit comparison -->\n{said}")
    assert text.endswith("\nthe run\n")
