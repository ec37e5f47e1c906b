"""`reprokit check`, `accept` and `review` in a user's project."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.projects import Project, make_project
from tests.render.test_schemas import validate

CI = {"CI": "true"}
ACCEPT = ("accept", "--machine", "here", "--by", "Ada", "--reason", "first results")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a snapshot of the machine `here`, and nothing accepted."""
    project = make_project(tmp_path_factory.mktemp("check") / "project")
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def user(measured: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    shutil.copytree(measured.root, tmp_path / "project", symlinks=True)
    return Project(root=tmp_path / "project")


@pytest.fixture(scope="module")
def accepted(measured: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of it with all results accepted."""
    root = tmp_path_factory.mktemp("accepted") / "project"
    shutil.copytree(measured.root, root, symlinks=True)
    project = Project(root=root)
    assert project.run(*ACCEPT).returncode == 0
    return project


@pytest.fixture
def reviewed(accepted: Project, tmp_path: Path) -> Project:
    """A copy of that, to be changed."""
    shutil.copytree(accepted.root, tmp_path / "project", symlinks=True)
    return Project(root=tmp_path / "project")


def find_baseline(project: Project) -> Path:
    """Find the one baseline there is."""
    (path,) = (project.root / "manifests" / "accepted").glob("*.toml")
    return path


def edit(project: Project, old: str, new: str) -> None:
    """Edit the baseline."""
    path = find_baseline(project)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def move_normal(project: Project) -> None:
    """Make the baseline one whose probe `normal` is an ulp higher in its first element."""
    text = find_baseline(project).read_text()
    bits = text.split('bits = "')[2].split('"')[0]
    moved = f"{int(bits[:2], 16) ^ 1:02x}{bits[2:]}"
    digests = [hashlib.sha256(bytes.fromhex(it)).hexdigest() for it in (bits, moved)]
    edit(project, bits, moved)
    edit(project, *digests)


def answer(project: Project, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a review with answers from a pipe."""
    return subprocess.run(
        project.command("review", "--by", "Ada", *options),
        cwd=project.root,
        input=text,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def check_json(project: Project, *options: str) -> dict[str, Any]:
    """Check without a run, and read the JSON."""
    done = project.run("check", "--no-run", "--format", "json", *options)
    report: dict[str, Any] = json.loads(done.stdout)
    validate(report, "check-1")
    assert done.returncode == {"block": 1, "unknown": 2}.get(report["verdict"], 0)
    return report


def find_gate(report: dict[str, Any], name: str) -> dict[str, Any]:
    """Find a gate in a report."""
    gate: dict[str, Any] = next(it for it in report["gates"] if it["name"] == name)
    return gate


def test_from_red_to_review_to_green(user: Project) -> None:
    """A first check stops, a review decides one by one, and the next check lets go."""
    red = user.run("check", "--no-run")
    assert red.returncode == 1
    assert "1. environment" in red.stdout or "baseline: run `reprokit review`" in red.stdout
    decided = answer(user, "a\nfirst results\na\n\np\nnot sure\n")
    assert decided.returncode == 0, decided.stderr
    assert "2 accepted, 1 left pending" in decided.stdout
    assert "published" in decided.stdout
    text = find_baseline(user).read_text()
    assert (text.count('"accepted"'), text.count('"pending"')) == (2, 1)
    assert text.count('reason = "first results"') == 2
    assert text.count('by = "Ada"') == 3
    assert "@" not in text
    again = answer(user, "accept\nsure now\n")
    assert "1 accepted" in again.stdout
    green = user.run("check", "--no-run")
    assert green.returncode == 0, green.stdout
    assert "3 results are as accepted" in green.stdout
    assert "nothing to review" in answer(user, "").stdout


def test_a_review_shows_how_far_a_result_moved(reviewed: Project) -> None:
    """The distance in ulps, who accepted the old one and why; and keeps what it replaces."""
    move_normal(reviewed)
    done = answer(reviewed, "a\na new compiler\n")
    assert "CHANGED: normal" in done.stdout
    assert "1 of 8 elements differs, by up to 1 ulp, the first at [0]" in done.stdout
    assert "first results" in done.stdout
    text = find_baseline(reviewed).read_text()
    assert 'reason = "a new compiler"' in text
    assert text.count("replaces = ") == 1


def test_a_review_is_durable_decision_by_decision(user: Project) -> None:
    """Where the answers end, what was decided is kept, and the exit code says that it broke off."""
    done = answer(user, "a\nfirst\n")
    assert done.returncode == 2
    assert "nobody answers" in done.stderr
    assert find_baseline(user).read_text().count('"accepted"') == 1
    stopped = answer(user, "quit\n")
    assert (stopped.returncode, "stopped" in stopped.stdout) == (0, True)


def test_a_review_settles_what_tests_left_pending(reviewed: Project) -> None:
    """Which no manifest has: the baseline itself is all there is of it."""
    path = find_baseline(reviewed)
    entry = path.read_text().partition("[[baseline.probe]]")[2].partition("[[baseline.probe]]")[0]
    lines = [line for line in entry.splitlines() if not line.startswith("suite")]
    text = "\n".join(lines).replace('"key"', '"test_a.py::test_b"').replace("accepted", "pending")
    path.write_text(f"{path.read_text()}\n[[baseline.probe]]{text}\n")
    assert reviewed.run("check", "--no-run", environment=CI).returncode == 1
    done = answer(reviewed, "a\nlooked at\n")
    assert "test_a.py::test_b" in done.stdout
    assert "1 accepted" in done.stdout
    assert reviewed.run("check", "--no-run", environment=CI).returncode == 0


def test_a_review_without_anybody(user: Project) -> None:
    """No answers at all decide nothing; in CI it does not begin."""
    done = answer(user, "")
    assert done.returncode == 2
    assert "`reprokit accept`" in done.stderr
    refused = user.run("review", "--by", "Ada", environment=CI)
    assert refused.returncode == 2
    assert "writes no baseline in CI" in refused.stderr
    assert not (user.root / "manifests" / "accepted").exists()


def test_new_and_changed_are_separate_verbs(reviewed: Project) -> None:
    """A changed result is not accepted by the way; `--new` leaves it, `--changed` takes it."""
    move_normal(reviewed)
    edit(reviewed, 'id = "key"', 'id = "other"')
    before = find_baseline(reviewed).read_bytes()
    plain = reviewed.run(*ACCEPT)
    assert plain.returncode == 2
    assert "`normal` changed against the baseline; nothing was written" in plain.stderr
    assert find_baseline(reviewed).read_bytes() == before
    new = reviewed.run(*ACCEPT, "--new")
    assert "accepted 1" in new.stdout
    changed = reviewed.run(*ACCEPT, "--changed", "--probe", "norm*")
    assert "accepted 1" in changed.stdout
    report = check_json(reviewed)
    assert [it["probe"] for it in find_gate(report, "baseline")["findings"]] == ["other"]
    assert find_gate(report, "baseline")["verdict"] == "warn"


def test_what_did_not_run_is_removed_by_its_own_verb_alone(reviewed: Project) -> None:
    """All else leaves it; `--remove-gone` and a review's `remove` take it out."""
    edit(reviewed, 'id = "key"', 'id = "other"')
    reviewed.run(*ACCEPT, "--new", "--changed")
    assert 'id = "other"' in find_baseline(reviewed).read_text()
    done = reviewed.run(*ACCEPT, "--remove-gone")
    assert "removed 1" in done.stdout
    assert 'id = "other"' not in find_baseline(reviewed).read_text()


REFUSALS = {
    "no such machine": (("--machine", "nowhere"), "--machine: there is no machine `nowhere`"),
    "an address": (("--by", "ada@mail.example"), "must be one line without an address"),
    "no reason": (("--reason", "  "), "says why it was accepted"),
    "no such probe": (("--probe", "norm"), "fits `norm`"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_accept_refuses(name: str, user: Project) -> None:
    """A usage error, and nothing is written."""
    options, said = REFUSALS[name]
    done = user.run(*ACCEPT, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (user.root / "manifests" / "accepted").exists()


def test_accept_writes_nothing_in_ci(user: Project) -> None:
    """Nobody reviews there."""
    done = user.run(*ACCEPT, environment=CI)
    assert done.returncode == 2
    assert not (user.root / "manifests" / "accepted").exists()


OBJECTIONS = {
    "dirty": ("[repository]\n", "[repository]\ndirty = true\n"),
    "published": ('kind = "measured"', 'kind = "published"'),
    "drifted": ("[environment.lock]", None),
}


@pytest.mark.parametrize("word", OBJECTIONS)
def test_unfit_evidence_is_accepted_only_by_its_word(word: str, user: Project) -> None:
    """Dirty, drifted or published evidence is refused, unless somebody asks for it."""
    (path,) = (user.root / "manifests" / "here").glob("*.toml")
    text = path.read_text()
    old, new = OBJECTIONS[word]
    if new is None:
        kind = 'kind = "edited"\npackage = "mlx"\ndetail = "a file"\nseverity = "high"\n'
        new = f"[[environment.drift]]\n{kind}\n{old}"
    text = text.replace("dirty = false\n", "") if word == "dirty" else text
    assert old in text
    path.write_text(text.replace(old, new, 1))
    refused = user.run(*ACCEPT)
    assert refused.returncode == 2
    assert f"--allow {word}" in refused.stderr
    assert user.run(*ACCEPT, "--allow", word).returncode == 0


def test_in_ci_a_check_measures_and_writes_nothing(reviewed: Project) -> None:
    """It judges what it measured; no manifest, no journal, no lock is left in the project.

    A word of the machine's name is enough, as everywhere.
    """
    reviewed.write("code.py", "x = 1\n")
    commit = reviewed.commit()
    (reviewed.root / "manifests" / "here").rename(reviewed.root / "manifests" / "here-now")
    for path in reviewed.manifests():
        path.write_text(path.read_text().replace('machine = "here"', 'machine = "here-now"'))
    reviewed.commit()
    before = {path for path in reviewed.root.rglob("*") if ".git" not in path.parts}
    done = reviewed.run("check", "--machine", "here", environment=CI)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "here-now (" in done.stdout
    assert f"evidence is of the code at {commit[:12]}" in done.stdout
    after = {path for path in reviewed.root.rglob("*") if ".git" not in path.parts}
    assert after == before


def test_a_dirty_tree_blocks_and_is_not_measured(reviewed: Project) -> None:
    """The newest evidence is judged beside it, so that one screen says all."""
    reviewed.write("code.py", "x = 1\n")
    done = reviewed.run("check", "--machine", "here")
    assert done.returncode == 1
    assert "not measured: there are uncommitted changes" in done.stderr
    assert "uncommitted changes: 1 untracked (code.py)" in done.stdout
    assert "3 results are as accepted" in done.stdout
    assert len(reviewed.manifests()) == 2


def test_evidence_that_was_removed_or_changed_blocks(reviewed: Project) -> None:
    """A manifest of a machine that went missing turns no stop into a go."""
    family = find_baseline(reviewed)
    (manifest,) = (reviewed.root / "manifests" / "here").glob("*.toml")
    text = manifest.read_text().replace('machine = "here"', 'machine = "m5"', 1)
    other = reviewed.write(f"manifests/m5/{manifest.name}", text)
    uncommitted = find_gate(check_json(reviewed), "tree")
    assert uncommitted["verdict"] == "warn"
    assert uncommitted["findings"][0]["text"].startswith("3 files of evidence are not committed: ")
    reviewed.commit("evidence")
    assert find_gate(check_json(reviewed), "tree")["verdict"] == "pass"
    other.unlink()
    family.write_text(family.read_text() + "\n")
    gate = find_gate(check_json(reviewed), "tree")
    assert gate["verdict"] == "block"
    named = [finding["text"].partition(" ")[0] for finding in gate["findings"]]
    assert named == [path.relative_to(reviewed.root).as_posix() for path in (family, other)]
    commands = gate["next"].split("`")[1::2]
    assert commands[0].startswith("git add manifests/accepted/")  # a review's decisions go first
    for restore in commands[1:]:
        subprocess.run(restore, shell=True, cwd=reviewed.root, check=True)  # noqa: S602 - our own
    assert find_gate(check_json(reviewed), "tree")["verdict"] == "pass"


def test_evidence_of_another_commit_blocks(reviewed: Project) -> None:
    """Code that changed since needs evidence of its own."""
    reviewed.write("code.py", "x = 1\n")
    reviewed.commit()
    gate = find_gate(check_json(reviewed), "commit")
    assert gate["verdict"] == "block"
    assert "the newest evidence is of" in gate["findings"][0]["text"]
    assert "reprokit snapshot" in gate["next"]


def test_a_machine_without_evidence_at_the_commit_blocks(reviewed: Project) -> None:
    """It is known from another commit; one that nobody knows is a usage error."""
    (path,) = (reviewed.root / "manifests" / "here").glob("*.toml")
    text = path.read_text().replace('machine = "here"', 'machine = "m5"', 1)
    text = text.replace(f'commit = "{path.stem}', 'commit = "0a8ec29f1c21', 1)
    reviewed.write("manifests/m5/0a8ec29f1c21.toml", text)
    gate = find_gate(check_json(reviewed, "--machine", "m5"), "commit")
    assert gate["findings"][0]["text"] == f"has no manifest at {path.stem}"
    unknown = reviewed.run("check", "--no-run", "--machine", "m7")
    assert (unknown.returncode, "no machine `m7`" in unknown.stderr) == (2, True)


def test_the_page_names_every_gate(reviewed: Project) -> None:
    """The table of docs/baselines.md, in the order of the report."""
    page = (Path(__file__).parents[2] / "docs" / "baselines.md").read_text()
    table = page.partition("| gate | what blocks |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)
    assert named == [gate["name"] for gate in check_json(reviewed)["gates"]]


def test_nothing_measured_is_nothing_green(project: Project) -> None:
    """Without evidence no gate on results passes."""
    report = check_json(project)
    assert report["verdict"] == "block"
    assert find_gate(report, "baseline")["verdict"] == "unknown"
    assert find_gate(report, "machines")["verdict"] == "unknown"


def test_a_required_family_without_evidence_blocks(reviewed: Project) -> None:
    """`required-families` names those that a release needs."""
    settings = (reviewed.root / "pyproject.toml").read_text()
    family = find_baseline(reviewed).stem
    named = f'required-families = ["{family}", "applegpu_g13s"]\n'
    reviewed.write("pyproject.toml", settings + named)
    gate = find_gate(check_json(reviewed), "families")
    (finding,) = gate["findings"]
    assert "`applegpu_g13s` is required and has no manifest" in finding["text"]


def test_another_lock_blocks(reviewed: Project) -> None:
    """What was measured under another lock says nothing of this one."""
    lock = reviewed.root / "uv.lock"
    lock.write_text(lock.read_text() + "\n")
    assert find_gate(check_json(reviewed), "lock")["verdict"] == "block"


def test_formats_and_output(user: Project) -> None:
    """Each format says the same; a file is written where one is named."""
    junit = user.run("check", "--no-run", "--format", "junit")
    cases = {case.attrib["name"]: case for case in ET.fromstring(junit.stdout).iter("testcase")}  # noqa: S314 - our own
    assert cases["baseline"].find("failure") is not None
    assert cases["tree"].find("failure") is None
    github = user.run("check", "--no-run", "--format", "github")
    assert "::error title=reprokit check%3A baseline::here: the family" in github.stdout
    markdown = user.run("check", "--no-run", "--format", "markdown", "--output", "report.md")
    assert (markdown.returncode, markdown.stdout) == (1, "")
    assert "| baseline | BLOCK |" in (user.root / "report.md").read_text()


def release(project: Project, tag: str) -> None:
    """Commit evidence with a milestone, and set a tag on it."""
    done = project.run("milestone", "r1", "--machines", "here")
    assert done.returncode == 0, done.stderr
    project.commit("evidence")
    project.git("tag", tag)


def test_a_release_is_attested_and_verified_later(reviewed: Project) -> None:
    """The attestation names the files by their hashes; the same one is written again."""
    release(reviewed, "v1")
    done = reviewed.run("check", "--release", "v1")
    assert done.returncode == 0, done.stdout
    path = reviewed.root / "milestones" / "attestation-v1.json"
    attestation = json.loads(path.read_text())
    validate(attestation, "attestation-1")
    kinds = sorted(file["kind"] for file in attestation["files"])
    assert kinds == ["baseline", "lock", "manifest", "milestone", "milestone", "project"]
    assert attestation["tag_commit"] == reviewed.git("rev-parse", "v1")
    assert attestation["code_commit"] == reviewed.git("rev-parse", "v1~1")
    verify = ("check", "--attestation", "milestones/attestation-v1.json")
    assert reviewed.run(*verify).returncode == 0
    assert reviewed.run("check", "--release", "v1").returncode == 0


def test_a_tag_that_moved_is_found(reviewed: Project) -> None:
    """The attestation is of one commit."""
    release(reviewed, "v1")
    reviewed.run("check", "--release", "v1")
    reviewed.git("tag", "--force", "v1", "HEAD~1")
    done = reviewed.run("check", "--attestation", "milestones/attestation-v1.json")
    assert done.returncode == 1
    assert "the tag v1 is on" in done.stderr


def test_a_tag_that_is_not_here_is_not_passed_over(reviewed: Project) -> None:
    """The files are as attested; of the tag it could not be told, which is no 0."""
    release(reviewed, "v1")
    reviewed.run("check", "--release", "v1")
    reviewed.git("tag", "--delete", "v1")
    done = reviewed.run("check", "--attestation", "milestones/attestation-v1.json")
    assert done.returncode == 2
    assert "all as attested" in done.stdout
    assert "there is no tag `v1` here" in done.stderr
    assert "`git fetch --tags`" in done.stderr


def test_an_attestation_that_contradicts_itself_is_refused(reviewed: Project) -> None:
    """Whatever its files are."""
    release(reviewed, "v1")
    reviewed.run("check", "--release", "v1")
    path = reviewed.root / "milestones" / "attestation-v1.json"
    text = json.loads(path.read_text())
    path.write_text(json.dumps(text | {"gates": text["gates"] | {"lock": "block"}}))
    done = reviewed.run("check", "--attestation", "milestones/attestation-v1.json")
    assert done.returncode == 2
    assert "gates.lock: says `block`" in done.stderr


def test_a_tag_without_the_evidence_is_not_released(reviewed: Project) -> None:
    """Evidence that was committed later, or not at all, is not in the tag."""
    reviewed.git("tag", "v0")
    done = reviewed.run("check", "--release", "v0")
    assert done.returncode == 1
    assert "toml is not in v0" in done.stdout
    assert "no attestation was written" in done.stderr
    assert not (reviewed.root / "milestones").exists()
    unknown = reviewed.run("check", "--release", "v9")
    assert (unknown.returncode, "there is no tag `v9`" in unknown.stderr) == (2, True)


def test_in_ci_an_attestation_is_written_where_it_is_named(reviewed: Project) -> None:
    """And nowhere else."""
    release(reviewed, "v1")
    silent = reviewed.run("check", "--release", "v1", environment=CI)
    assert silent.returncode == 0, silent.stdout
    assert not (reviewed.root / "milestones" / "attestation-v1.json").exists()
    reviewed.run("check", "--release", "v1", "--attest-to", "out.json", environment=CI)
    assert reviewed.run("check", "--attestation", "out.json").returncode == 0


def test_no_run_does_not_load_mlx(reviewed: Project) -> None:
    """Nor what would."""
    code = (
        "import sys; from reprokit.cli.app import main\n"
        "sys.argv = ['reprokit', 'check', '--no-run']\n"
        "try:\n    main()\n"
        "finally:\n    assert not {'mlx', 'tomlkit'} & set(sys.modules), 'loaded'\n"
    )
    command = [reviewed.command()[0], "-c", code]
    done = subprocess.run(command, cwd=reviewed.root, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
