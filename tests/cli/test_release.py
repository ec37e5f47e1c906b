"""`reprokit check --release` and `--attestation` in a user's project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from reprokit.model.attestation import RELEASE_GATES
from tests.projects import PYPROJECT, SUITE, Project, make_project
from tests.render.test_schemas import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CI = {"CI": "true"}
FORBIDDEN = {"MLX_ENABLE_TF32": "0"}
ACCEPT = ("accept", "--machine", "here", "--by", "Ada", "--reason", "first results")
VERIFY = ("check", "--attestation", "milestones/attestation-v1.json")


def run(project: Project, *arguments: str, **environment: str) -> str:
    """Run what must not fail."""
    done = project.run(*arguments, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with results that were accepted, and nothing of it committed."""
    project = make_project(tmp_path_factory.mktemp("release") / "project")
    run(project, "snapshot", "--machine", "here")
    run(project, *ACCEPT)
    return project


@pytest.fixture(scope="module")
def tagged(accepted: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy with a second environment and a milestone; committed, tagged `v1` and attested."""
    root = tmp_path_factory.mktemp("tagged") / "project"
    shutil.copytree(accepted.root, root, symlinks=True)
    project = Project(root=root)
    run(project, "snapshot", "--machine", "here", **FORBIDDEN)
    run(project, *ACCEPT)
    run(project, "milestone", "r1", "--machines", "here")
    project.commit("evidence")
    project.git("tag", "v1")
    run(project, "check", "--release", "v1")
    return project


@pytest.fixture
def user(accepted: Project, tmp_path: Path) -> Project:
    """A copy of the first, to be changed."""
    return copy(accepted, tmp_path)


@pytest.fixture
def released(tagged: Project, tmp_path: Path) -> Project:
    """A copy of the second, to be changed."""
    return copy(tagged, tmp_path)


def copy(project: Project, folder: Path) -> Project:
    """Copy a project."""
    shutil.copytree(project.root, folder / "project", symlinks=True)
    return Project(root=folder / "project")


def find_baseline(project: Project) -> Path:
    """Find the one baseline there is."""
    (path,) = (project.root / "manifests" / "accepted").glob("*.toml")
    return path


def list_own(project: Project) -> list[str]:
    """List the manifests of `here`, from the project's folder."""
    folder = project.root / "manifests" / "here"
    return sorted(path.relative_to(project.root).as_posix() for path in folder.iterdir())


def read_attestation(project: Project) -> dict[str, Any]:
    """Read the attestation of `v1`."""
    text = (project.root / "milestones" / "attestation-v1.json").read_text()
    attestation: dict[str, Any] = json.loads(text)
    validate(attestation, "attestation-1")
    return attestation


def check_release(project: Project, tag: str = "v1") -> tuple[int, dict[str, list[str]]]:
    """Check a release; return the exit code, and each gate's findings."""
    done = project.run("check", "--release", tag, "--format", "json")
    report = json.loads(done.stdout)
    validate(report, "check-1")
    assert [gate["name"] for gate in report["gates"]] == list(RELEASE_GATES)
    found = {gate["name"]: [it["text"] for it in gate["findings"]] for gate in report["gates"]}
    return done.returncode, found


def commit_anew(project: Project, tag: str) -> None:
    """Commit a change of the code, let the evidence be of it, and tag that."""
    old = project.git("log", "-1", "--format=%H", "--", ".", ":(exclude)manifests")
    project.git("add", "--all", "--", ".", ":(exclude)manifests")
    project.git("commit", "--quiet", "--message", "code")
    new = project.git("rev-parse", "HEAD")
    for path in (project.root / "manifests" / "here").iterdir():
        path.write_text(path.read_text().replace(old, new))
        path.rename(path.with_name(path.name.replace(old[:12], new[:12])))
    project.commit("evidence")
    project.git("tag", tag)


def test_every_manifest_of_the_tag_is_attested(released: Project) -> None:
    """Of each environment; and settings and lock as the tag has them."""
    files = {it["path"]: it["kind"] for it in read_attestation(released)["files"]}
    own = list_own(released)
    assert len(own) == 2
    assert [path for path, kind in files.items() if kind == "manifest"] == own
    assert (files["uv.lock"], files["pyproject.toml"]) == ("lock", "project")
    assert list(read_attestation(released)["gates"]) == list(RELEASE_GATES)


def test_a_second_environment_hides_nothing(user: Project) -> None:
    """What is red stays red, in a check and in a release, however green the second one is."""
    shutil.rmtree(user.root / "manifests" / "accepted")
    (plain,) = list_own(user)
    run(user, "snapshot", "--machine", "here", **FORBIDDEN)
    run(user, *ACCEPT)
    done = user.run("check", "--no-run", "--format", "json")
    (gate,) = (it for it in json.loads(done.stdout)["gates"] if it["name"] == "baseline")
    assert (done.returncode, gate["verdict"]) == (1, "block")
    assert all(it["text"].endswith(f"(in {plain})") for it in gate["findings"])
    assert f"`git rm {plain}`" in gate["next"]
    user.commit("evidence")
    user.git("tag", "v1")
    code, found = check_release(user)
    assert (code, len(found["baseline"])) == (1, 3)
    assert all(text.endswith(f"(in {plain})") for text in found["baseline"])
    assert not (user.root / "milestones").exists()


def answer(project: Project, text: str, *options: str) -> str:
    """Review with answers from a pipe; return what was said."""
    command = project.command("review", "--by", "Ada", *options)
    done = subprocess.run(
        command, cwd=project.root, input=text, check=False, capture_output=True, text=True
    )
    return done.stdout


def test_a_review_reaches_every_environment(user: Project) -> None:
    """Whichever was measured first, by the machine's name and without it."""
    shutil.rmtree(user.root / "manifests" / "accepted")
    run(user, "snapshot", "--machine", "here", **FORBIDDEN)
    run(user, *ACCEPT)
    assert "1 accepted" in answer(user, "a\nlooked at\n", "--machine", "here")
    assert "2 accepted" in answer(user, "a\nlooked at\na\n\n")
    assert "nothing to review" in answer(user, "")
    run(user, "check", "--no-run")


def test_a_manifest_of_the_tag_that_is_not_here_blocks(released: Project) -> None:
    """None of the tag's is left out, whichever stands for the machine; nor is a baseline."""
    other = "manifests/accepted/other.toml"
    shutil.copy(find_baseline(released), released.root / other)
    edited = (released.root / other).read_text()
    (released.root / other).write_text(edited.replace(f'"{find_family(released)}"', '"other"', 1))
    released.commit("another family")
    released.git("tag", "v2")
    assert check_release(released, "v2")[0] == 0
    first, second = list_own(released)
    for path in (first, second, other):
        content = (released.root / path).read_bytes()
        (released.root / path).unlink()
        code, found = check_release(released, "v2")
        assert (code, found["release"]) == (1, [f"{path} is in v2 and was not read here"])
        (released.root / path).write_bytes(content)


def find_family(project: Project) -> str:
    """Name the family that was measured."""
    return next(
        path.stem
        for path in (project.root / "manifests" / "accepted").glob("*.toml")
        if path.stem != "other"
    )


def test_baselines_of_other_families_are_not_attested(released: Project) -> None:
    """The verdict does not rest on them."""
    other = released.root / "manifests" / "accepted" / "other.toml"
    text = find_baseline(released).read_text()
    other.write_text(text.replace(f'"{find_family(released)}"', '"other"', 1))
    released.commit("another family")
    released.git("tag", "v2")
    run(released, "check", "--release", "v2", "--attest-to", "milestones/attestation-v1-b.json")
    written = json.loads((released.root / "milestones" / "attestation-v1-b.json").read_text())
    baselines = [it["path"] for it in written["files"] if it["kind"] == "baseline"]
    assert baselines == [f"manifests/accepted/{find_family(released)}.toml"]


def test_required_families_are_those_of_the_tag(user: Project) -> None:
    """What is in the work tree, uncommitted, neither takes one away nor adds one."""
    settings = user.root / "pyproject.toml"
    text = settings.read_text()
    required = text + f'required-families = ["{find_family(user)}", "applegpu_g13x"]\n'
    settings.write_text(required)
    commit_anew(user, "v1")
    settings.write_text(text)
    code, found = check_release(user)
    assert (code, found["families"]) == (1, ["`applegpu_g13x` is required and has no manifest"])
    commit_anew(user, "v2")
    settings.write_text(required)
    code, found = check_release(user, "v2")
    assert (code, found["families"]) == (0, [])


def test_suites_are_those_of_the_tag(user: Project) -> None:
    """What one of them has in the baseline is not gone since its file is not here."""
    path = find_baseline(user)
    start, *entries = path.read_text().split("[[baseline.probe]]")
    extra = entries[0].replace('"key"', '"other"').replace('suite = "small"', 'suite = "extra"')
    path.write_text("[[baseline.probe]]".join([start, *entries, extra]))
    suite = user.write("suites/extra.toml", SUITE.replace('"small"', '"extra"'))
    commit_anew(user, "v1")
    _, before = check_release(user)
    suite.unlink()
    code, after = check_release(user)
    assert (code, before["baseline"]) == (1, ["not measured: the suite `extra` was not run"])
    assert after == before


def test_a_release_is_of_all_machines(released: Project) -> None:
    """One that is chosen would leave the others unjudged."""
    done = released.run("check", "--release", "v1", "--machine", "here")
    assert (done.returncode, "goes with no `--machine`" in done.stderr) == (2, True)


def test_what_is_pending_blocks_a_release(released: Project) -> None:
    """Outside of CI too, and under whatever key it stands."""
    path = find_baseline(released)
    path.write_text(path.read_text().replace('status = "accepted"', 'status = "pending"', 1))
    released.commit("put off")
    released.git("tag", "v2")
    assert released.run("check", "--no-run").returncode == 0
    code, found = check_release(released, "v2")
    assert (code, len(found["pending"])) == (1, 1)
    assert "under mlx" in found["pending"][0]


def test_a_spoiled_milestone_is_told(released: Project) -> None:
    """One whose JSON was edited was passed over: it is not attested, and the gate says why."""
    (path,) = (released.root / "milestones").glob("r1-*.json")
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"why": "Another one."}))
    released.commit("an edit")
    released.git("tag", "v2")
    code, found = check_release(released, "v2")
    assert code == 0
    assert any(it.startswith(f"milestones/{path.name}: was edited") for it in found["release"])


def test_an_attestation_holds_after_later_decisions(released: Project) -> None:
    """It is of a tag: what is accepted on a branch since then takes nothing from it."""
    path = find_baseline(released)
    path.write_text(path.read_text().replace("first results", "looked at again", 1))
    (released.root / list_own(released)[0]).unlink()
    released.write("pyproject.toml", "[project]\nname = 'renamed'\n")
    released.commit("later")
    done = released.run(*VERIFY)
    assert done.returncode == 0, done.stderr
    assert "all as attested in v1" in done.stdout


def leave_out(kind: str, index: int) -> Callable[[dict[str, Any]], None]:
    """Leave one file of a kind out."""

    def change(attestation: dict[str, Any]) -> None:
        files = [it for it in attestation["files"] if it["kind"] == kind]
        attestation["files"].remove(files[index])

    return change


def name_again(attestation: dict[str, Any]) -> None:
    """Call the lock a manifest, and the other way round."""
    for file in attestation["files"]:
        swapped = {"lock": "manifest", "manifest": "lock"}
        file["kind"] = swapped.get(file["kind"], file["kind"])


def change_digest(attestation: dict[str, Any]) -> None:
    """Let a file have had another digest."""
    attestation["files"][0]["sha256"] = "0" * 64


def add_file(attestation: dict[str, Any]) -> None:
    """Add a file that the tag has not."""
    file = {"kind": "manifest", "path": "manifests/m9/0.toml", "sha256": "0" * 64}
    attestation["files"].append(file)


SPOILED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "project": (lambda it: it.update(project="another"), "is of the project `another`"),
    "code": (lambda it: it.update(code_commit="0" * 40), "attested at 000000000000"),
    "a manifest less": (leave_out("manifest", 1), ".toml is in v1 and not attested"),
    "a kind": (name_again, "uv.lock is no manifest of v1"),
    "a digest": (change_digest, "is another one in v1"),
    "a file more": (add_file, "manifests/m9/0.toml is not in v1"),
    "a machine more": (
        lambda it: it["machines"].update(m9="applegpu_g13x"),
        "manifests/accepted/applegpu_g13x.toml is not attested",
    ),
    "a machine without a manifest": (
        lambda it: it["machines"].update(m9=next(iter(it["machines"].values()))),
        "no manifest of `m9` is attested",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_an_attestation_that_does_not_bind_to_its_tag(name: str, released: Project) -> None:
    """Project, commits, and the set of files with their kinds and digests are the tag's."""
    change, said = SPOILED[name]
    attestation = read_attestation(released)
    change(attestation)
    (released.root / "milestones" / "attestation-v1.json").write_text(json.dumps(attestation))
    done = released.run(*VERIFY)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr


def test_without_its_tag_files_are_those_of_the_work_tree(released: Project) -> None:
    """That is said, and is no 0; a file that is another one is a finding still."""
    released.git("tag", "--delete", "v1")
    done = released.run(*VERIFY)
    assert done.returncode == 2
    assert "all as attested in the files here" in done.stdout
    assert "held against those of the work tree" in done.stderr
    path = released.root / list_own(released)[0]
    path.write_text(path.read_text() + "\n")
    changed = released.run(*VERIFY)
    assert (changed.returncode, "was changed" in changed.stderr) == (1, True)


def test_a_member_of_a_workspace_is_released(tmp_path: Path) -> None:
    """Its lock is the workspace's; paths are those from the top, where they are unambiguous."""
    top = Project(root=tmp_path / "workspace")
    top.write("pyproject.toml", '[tool.uv.workspace]\nmembers = ["packages/*"]\n')
    top.write("packages/one/pyproject.toml", PYPROJECT)
    top.write("packages/one/suites/small.toml", SUITE)
    top.git("init", "--quiet", "--initial-branch=main")
    uv = os.environ.get("UV", "uv")
    subprocess.run([uv, "lock", "--quiet", "--offline"], cwd=top.root, check=True)
    top.commit("first")
    member = Project(root=top.root / "packages" / "one")
    run(member, "snapshot", "--machine", "here")
    run(member, *ACCEPT)
    assert "there is no uv.lock" not in run(member, "check", "--no-run")
    top.commit("evidence")
    top.git("tag", "v1")
    run(member, "check", "--release", "v1")
    files = {it["path"] for it in read_attestation(member)["files"]}
    assert {"uv.lock", "packages/one/pyproject.toml"} < files
    assert all(path == "uv.lock" or path.startswith("packages/one/") for path in files)
    run(member, *VERIFY)
    top.git("tag", "--delete", "v1")
    assert member.run(*VERIFY).returncode == 2
