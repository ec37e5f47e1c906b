"""`reprokit snapshot` on real projects, with real workers."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.processes import list_descendants, wait_until_gone

if TYPE_CHECKING:
    from pathlib import Path

    from tests.projects import Project

SLOW_PROBE = """
[[probe]]
id = "slow"
op = "random.normal_chunked"
dtype = "bfloat16"
seed = 0
arguments = { shape = [300000000], chunk_elements = 65536 }
expectation = "family"
"""


def read(path: Path) -> dict[str, Any]:
    """Read a manifest as plain TOML."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_first_snapshot_writes_a_manifest(project: Project) -> None:
    """It lies under machine and commit, and holds environment, suite and records."""
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stderr
    commit = project.git("rev-parse", "HEAD")
    path = project.root / "manifests" / "here" / f"{commit[:12]}.toml"
    assert f"wrote manifests/here/{commit[:12]}.toml" in done.stdout
    manifest = read(path)
    repository = manifest["repository"]
    assert (repository["commit"], repository["branch"], repository["dirty"]) == (
        commit,
        "main",
        False,
    )
    assert [probe["status"] for probe in manifest["probes"]] == ["ok"] * 3
    assert all(len(probe["runs"]["cold_s"]) == 2 for probe in manifest["probes"])
    environment = manifest["environment"]
    assert {"mlx"} <= {package["name"] for package in environment["packages"]}
    assert environment["os"]["version"]
    assert environment["python"]["version"]
    assert len(environment["lock"]["sha256"]) == 64


def test_second_snapshot_verifies_the_first(project: Project) -> None:
    """At the same commit, lock and suite the file does not change."""
    project.run("snapshot", "--machine", "here")
    before = project.manifests()[0].read_bytes()
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stderr
    assert "3 probes gave the same bytes again" in done.stdout
    assert project.manifests()[0].read_bytes() == before


def test_committing_a_manifest_does_not_make_it_stale(project: Project) -> None:
    """The commit of a snapshot is the newest that changes anything but evidence."""
    code = project.git("rev-parse", "HEAD")
    project.run("snapshot", "--machine", "here")
    project.commit("add the manifest")
    done = project.run("snapshot", "--machine", "here")
    assert "verified" in done.stdout
    assert [path.stem for path in project.manifests()] == [code[:12]]


def test_difference_on_one_machine_is_a_finding_and_overwrites_nothing(project: Project) -> None:
    """Contradicting evidence is kept aside, the first is left as it is, the exit code is 1."""
    project.run("snapshot", "--machine", "here")
    path = project.manifests()[0]
    digest = read(path)["probes"][2]["result"]["digest"]
    other = digest[::-1]  # of 20,000 bytes, which the manifest does not hold
    path.write_text(path.read_text().replace(digest, other))
    before = path.read_bytes()
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 1
    assert f"uniform: {other[:12]} before, {digest[:12]} now" in done.stdout
    assert path.read_bytes() == before
    kept = list((project.root / ".reprokit" / "differing").glob("*.toml"))
    assert [read(item)["probes"][2]["result"]["digest"] for item in kept] == [digest]


def test_dirty_tree_is_refused_and_otherwise_marked(project: Project) -> None:
    """Uncommitted code needs `--allow-dirty`, and never takes the clean manifest's name."""
    project.write("code.py", "x = 1\n")
    refused = project.run("snapshot", "--machine", "here")
    assert refused.returncode == 2
    assert "--allow-dirty" in refused.stderr
    assert not project.manifests()
    allowed = project.run("snapshot", "--machine", "here", "--allow-dirty")
    assert allowed.returncode == 0, allowed.stderr
    manifest = read(project.manifests()[0])
    assert manifest["repository"]["dirty"] is True
    assert len(manifest["repository"]["diff_sha256"]) == 64
    assert project.manifests()[0].stem != manifest["repository"]["commit"][:12]


def test_part_of_a_suite_is_completed_later(project: Project) -> None:
    """Probes that a first snapshot left out are added in suite order, the others kept."""
    project.run("snapshot", "--machine", "here", "--probe", "normal")
    first = read(project.manifests()[0])["probes"]
    done = project.run("snapshot", "--machine", "here")
    assert "toml: key, uniform" in done.stdout
    probes = read(project.manifests()[0])["probes"]
    assert [probe["id"] for probe in probes] == ["key", "normal", "uniform"]
    assert probes[1] == first[0]


def test_another_suite_has_a_manifest_of_its_own(project: Project) -> None:
    """The first manifest at a commit stays; one with other suites has a suffix."""
    project.run("snapshot", "--machine", "here")
    other = project.root / "suites" / "other.toml"
    text = (project.root / "suites" / "small.toml").read_text().replace('"small"', '"other"')
    other.write_text(text.replace("[8]", "[9]"))
    done = project.run("snapshot", "--machine", "here", "--suite", "other", "--allow-dirty")
    assert done.returncode == 0, done.stderr
    assert len(project.manifests()) == 2


def test_suite_of_which_nothing_ran_is_not_recorded(project: Project) -> None:
    """A manifest names the suites that its probes are of, and no other that was asked for."""
    text = (project.root / "suites" / "small.toml").read_text().replace('"small"', '"other"')
    for name in ("key", "normal", "uniform"):
        text = text.replace(f'"{name}"', f'"other-{name}"')
    project.write("suites/other.toml", text)
    project.commit()
    both = ("snapshot", "--machine", "here", "--suite", "small", "--suite", "other")
    done = project.run(*both, "--probe", "other-*")
    assert done.returncode == 0, done.stderr
    (path,) = project.manifests()
    assert [suite["name"] for suite in read(path)["suites"]] == ["other"]


def test_probe_beyond_memory_is_skipped_with_the_numbers(project: Project) -> None:
    """Nothing is started that cannot fit; the record says what it needs and what there is."""
    text = project.root.joinpath("suites/small.toml").read_text()
    project.write("suites/small.toml", text.replace("[5000]", "[1000000, 1000000]"))
    project.commit()
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stderr
    probe = read(project.manifests()[0])["probes"][2]
    assert probe["status"] == "skipped"
    assert "needs 4.4 TB" in probe["failure"]["reason"]
    assert "available" in probe["failure"]["reason"]
    assert "needs 4.4 TB" in done.stdout


def start_slow_snapshot(project: Project) -> subprocess.Popen[str]:
    """Start a snapshot and wait until its quick probes are finished and the slow one runs."""
    with (project.root / "suites/small.toml").open("a") as file:
        file.write(SLOW_PROBE)
    project.commit("slow")
    process = subprocess.Popen(
        project.command("snapshot", "--machine", "here"),
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("3/4"):
            break
    return process


def test_interrupt_keeps_finished_records_and_exits_130(project: Project) -> None:
    """Ctrl-C leaves no worker and no manifest, but a journal that the next one goes on from."""
    process = start_slow_snapshot(project)
    workers = list_descendants(process.pid)
    assert workers
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "3 of 4 probes are finished and kept" in errors
    assert not wait_until_gone(workers)
    assert not project.manifests()
    assert len(journal_lines(project)) == 3


def journal_lines(project: Project) -> list[bytes]:
    """Read the one journal there is."""
    (journal,) = (project.root / ".reprokit" / "journal").glob("*.jsonl")
    return journal.read_bytes().splitlines()


def test_killed_snapshot_goes_on_where_it_stopped(project: Project) -> None:
    """After SIGKILL the workers end by themselves, and finished probes are not run again."""
    process = start_slow_snapshot(project)
    workers = list_descendants(process.pid)
    process.kill()
    process.communicate()
    assert not wait_until_gone(workers)
    lines = journal_lines(project)
    assert len(lines) == 3
    again = subprocess.Popen(
        project.command("snapshot", "--machine", "here"),
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert again.stderr is not None
    assert "continuing: 3 of 4 probes" in again.stderr.readline()
    assert journal_lines(project) == lines
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=30)


def test_worker_that_is_killed_costs_one_probe(project: Project) -> None:
    """Its record says by which signal, and the snapshot goes on to its end."""
    process = start_slow_snapshot(project)
    while process.poll() is None:
        for pid in list_descendants(process.pid):
            os.kill(pid, signal.SIGABRT)
        time.sleep(0.5)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert "crashed" in output
    probe = read(project.manifests()[0])["probes"][3]
    assert probe["status"] == "crashed"
    assert probe["failure"]["reason"] == "SIGABRT"


def test_time_limit_stops_a_probe(project: Project) -> None:
    """A probe over its limit is a record; the others are measured."""
    with (project.root / "suites/small.toml").open("a") as file:
        file.write(SLOW_PROBE)
    project.commit("slow")
    done = project.run("snapshot", "--machine", "here", "--timeout", "1")
    assert done.returncode == 1, done.stderr
    probes = read(project.manifests()[0])["probes"]
    assert [probe["status"] for probe in probes] == ["ok", "ok", "ok", "timed-out"]
    assert probes[3]["failure"]["reason"] == "no result within 1 s"


def test_probe_of_no_dimensions_is_read_again(project: Project) -> None:
    """A shape without axes is an argument like any other."""
    text = (project.root / "suites/small.toml").read_text()
    project.write("suites/small.toml", text.replace("shape = [8]", "shape = []"))
    project.commit()
    assert project.run("snapshot", "--machine", "here").returncode == 0
    again = project.run("snapshot", "--machine", "here")
    assert again.returncode == 0, again.stderr
    assert "3 probes gave the same bytes again" in again.stdout


def test_failure_is_healed_by_a_later_success(project: Project) -> None:
    """A record without bytes is replaced by one with bytes; two failures are not agreement."""
    with (project.root / "suites/small.toml").open("a") as file:
        file.write(SLOW_PROBE.replace("300000000", "20000000"))
    project.commit("slow")
    hasty = ("snapshot", "--machine", "here", "--timeout", "0.5")
    assert project.run(*hasty).returncode == 1
    again = project.run(*hasty)
    assert "verified: 3 probes" in again.stdout
    assert "no bytes again: slow" in again.stdout
    healed = project.run("snapshot", "--machine", "here")
    assert healed.returncode == 0, healed.stdout
    (path,) = project.manifests()
    assert [probe["status"] for probe in read(path)["probes"]] == ["ok"] * 4


def test_records_of_another_environment_have_a_manifest_of_their_own(project: Project) -> None:
    """What is measured under another system is not filed under the old one."""
    project.run("snapshot", "--machine", "here", "--probe", "normal")
    (path,) = project.manifests()
    path.write_text(path.read_text().replace('libc = "glibc', 'libc = "other'))
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stdout
    assert "the environment changed since: os" in done.stdout
    first, second = sorted(project.manifests(), key=lambda item: len(item.name))
    assert [probe["id"] for probe in read(first)["probes"]] == ["normal"]
    assert [probe["id"] for probe in read(second)["probes"]] == ["key", "normal", "uniform"]


def test_difference_across_suites_is_found(project: Project) -> None:
    """A probe is held against all evidence of the machine at the commit."""
    text = (project.root / "suites/small.toml").read_text().replace('"small"', '"other"')
    project.write("suites/other.toml", text)
    project.commit()
    project.run("snapshot", "--machine", "here")
    (path,) = project.manifests()
    digest = read(path)["probes"][2]["result"]["digest"]
    path.write_text(path.read_text().replace(digest, digest[::-1]))
    done = project.run("snapshot", "--machine", "here", "--suite", "other")
    assert done.returncode == 1
    assert "DIFFERENT from manifests/here/" in done.stdout
    compared = project.run("milestone", "one", "--machines", "here", "--date", "2026-01-01")
    assert compared.returncode == 1, "contradicting evidence is a finding later, too"


def test_two_snapshots_at_once_are_refused(project: Project) -> None:
    """The second says so and touches nothing."""
    process = start_slow_snapshot(project)
    second = project.run("snapshot", "--machine", "here")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert second.returncode == 2
    assert "another snapshot of this project is under way" in second.stderr


def test_tree_that_changes_meanwhile_is_refused(project: Project) -> None:
    """What was measured then is filed under no commit."""
    process = start_slow_snapshot(project)
    project.write("code.py", "x = 1\n")
    while process.poll() is None:
        for pid in list_descendants(process.pid):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.5)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "the work tree changed" in errors
    assert not project.manifests()


def test_reader_of_progress_that_goes_away_stops_nothing(project: Project) -> None:
    """With standard error closed the snapshot still comes to its end."""
    words = " ".join(f"'{word}'" for word in project.command("snapshot", "--machine", "here"))
    subprocess.run(["sh", "-c", f"{words} 2>&1 >/dev/null | true"], cwd=project.root, check=True)
    assert [probe["status"] for probe in read(project.manifests()[0])["probes"]] == ["ok"] * 3


def test_shallow_clone_is_refused(project: Project, tmp_path: Path) -> None:
    """Where the history that tells the commit is not there, no manifest is filed under another."""
    project.run("snapshot", "--machine", "here")
    project.commit("add the manifest")
    origin = project.root.as_uri()
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", origin, str(tmp_path / "shallow")], check=True
    )
    shallow = replace(project, root=tmp_path / "shallow")
    done = shallow.run("snapshot", "--machine", "here")
    assert done.returncode == 2
    assert "too shallow" in done.stderr
    assert "fetch-depth: 0" in done.stderr
