"""`reprokit init` in real git repositories with real uv projects."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reprokit.store.templates import fill_template
from tests.projects import PYPROJECT, SUITE, Project, make_project

FRESH = """\
[project]
name = "Fresh.Start"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = []  # none yet

[dependency-groups]
dev = []
"""

NOBODY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Nobody"), ("EMAIL", "nobody@mail.example"))
}

FILES = (
    "pyproject.toml",
    "suites/fresh-start.toml",
    "manifests/README.md",
    "milestones/README.md",
    ".gitattributes",
    ".gitignore",
    ".github/workflows/reprokit.yml",
    ".pre-commit-config.yaml",
)

ENTRY = "uv run --locked reprokit check --no-run"

NOTING = """\
#!/bin/sh
# Stands for uv where nothing is to be installed: notes its words, a line for each.
printf '%s\\n' "$@" > "$NOTES"
"""

TRAINING = """\
import mlx.core as mx

def one_step(*, key, rows: int = 8):
    weights = mx.random.normal((rows, 16), key=key)
    return {"weights": weights, "loss": (weights**2).mean()}
"""


def make_fresh(root: Path, text: str = FRESH) -> Project:
    """Make what `uv init` leaves: a pyproject.toml in a repository without a commit."""
    root.mkdir(parents=True)
    project = Project(root=root)
    project.git("init", "--quiet", "--initial-branch=main")
    project.write("pyproject.toml", text)
    return project


def read_changes(project: Project, *options: str) -> dict[str, str]:
    """Run `init`, and return what became of each file."""
    done = project.run("init", *options)
    assert done.returncode == 0, done.stderr
    rows = done.stdout.split("\n\n")[0].splitlines()
    place = rows[0].index("file")
    return {row[place:].split()[0]: row[:place].strip() for row in rows[2:]}


def read_files(project: Project) -> dict[str, bytes]:
    """Read all files of a project but git's."""
    paths = (path for path in project.root.rglob("*") if path.is_file())
    names = {path.relative_to(project.root).as_posix(): path for path in paths}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith(".git/")}


def read_attributes(project: Project, path: str) -> list[str]:
    """Ask git of a file's text, eol, merge and linguist-generated, in this order."""
    names = ("text", "eol", "merge", "linguist-generated")
    told = project.git("check-attr", *names, "--", path).splitlines()
    values = dict(line.removeprefix(f"{path}: ").split(": ") for line in told)
    return [values[name] for name in names]


def validate(command: str, path: Path) -> str:
    """Have pre-commit validate a file, and return what it says against it."""
    words = [sys.executable, "-m", "pre_commit", command, str(path)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that was just set up."""
    project = make_fresh(tmp_path_factory.mktemp("init") / "fresh")
    changes = read_changes(project)
    assert changes == dict.fromkeys(FILES, "written") | {"pyproject.toml": "updated"}
    return project


def test_a_fresh_project_is_set_up(fresh: Project) -> None:
    """Its pyproject.toml begins as it was; its settings name the suite that was written."""
    text = (fresh.root / "pyproject.toml").read_text()
    assert text.startswith(f"{FRESH}\n[tool.reprokit]\n")
    assert tomllib.loads(text)["tool"]["reprokit"] == {"suites": ["core", "fresh-start"]}
    assert set(read_files(fresh)) == set(FILES)


def test_what_is_left_to_do_is_said(fresh: Project) -> None:
    """Without reprokit among the dependencies, the next command is uv's."""
    told = fresh.run("init").stdout
    assert "  uv add --dev reprokit-mlx\n" in told
    assert "  git add pyproject.toml uv.lock .gitattributes " in told
    assert " && git commit --message 'Set reprokit up'\n" in told
    assert told.endswith("  uv run reprokit snapshot\n")


def test_a_second_time_keeps_everything(fresh: Project) -> None:
    """Nothing is written: not even the times of the files change."""
    before = read_files(fresh)
    times = {name: (fresh.root / name).stat().st_mtime_ns for name in before}
    assert set(read_changes(fresh).values()) == {"kept"}
    assert read_files(fresh) == before
    assert {name: (fresh.root / name).stat().st_mtime_ns for name in before} == times


def test_its_suites_are_right(fresh: Project) -> None:
    """`suite check` finds no error in what was written."""
    checked = fresh.run("suite", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.splitlines()[0] == "fresh-start: 4 probes, no error"


def test_a_snapshot_works_at_once(tmp_path: Path) -> None:
    """Locked and committed, the new project is measured, its commented-out function too."""
    project = make_fresh(tmp_path / "fresh")
    read_changes(project)
    project.write("fresh_start/__init__.py", "")
    project.write("fresh_start/training.py", TRAINING)
    suite = project.root / "suites/fresh-start.toml"
    head, _, example = suite.read_text().rpartition("#\n# [[probe]]\n")
    own = "".join(f"{line.removeprefix('# ')}\n" for line in example.splitlines())
    suite.write_text(f"{head}\n[[probe]]\n{own}")
    project.write(".gitignore", f"__pycache__/\n{(project.root / '.gitignore').read_text()}")
    uv = os.environ.get("UV", "uv")
    subprocess.run([uv, "lock", "--quiet", "--offline"], cwd=project.root, check=True)
    project.commit("set up")
    done = project.run("snapshot", "--machine", "here", "--suite", "fresh-start")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 ok; 0 blocking" in done.stdout
    assert project.run("milestone", "first", "--date", "2026-11-23").returncode == 0
    told = (project.root / "milestones/first-2026-11-23.md").read_text()
    excluded = (
        "The project's own functions, but for those that probes of this suite name as their op."
    )
    assert f"- **suite fresh-start**: {excluded}\n" in told  # no file's "below" is in a document
    (manifest,) = project.manifests()
    assert read_attributes(project, str(manifest)) == ["set", "lf", "unset", "set"]
    baseline = "manifests/accepted/linux-x86_64.toml"
    assert read_attributes(project, baseline) == ["set", "lf", "set", "unset"]
    assert project.git("check-ignore", ".reprokit/lock") == ".reprokit/lock"


def test_the_next_steps_lead_to_a_snapshot(tmp_path: Path) -> None:
    """Followed to the letter, in what `uv init` leaves: nothing of it is in a commit yet."""
    project = make_fresh(tmp_path / "fresh")
    for name in ("README.md", ".python-version", "src/fresh_start/__init__.py", "src/a b.py"):
        project.write(name, f"# {name}\n")
    done = project.run("init")
    steps = done.stdout.partition("next:\n")[2].partition("\n\n")[0].splitlines()
    commands = [line.strip() for line in steps if not line.startswith("  #")]
    assert commands[0] == "uv add --dev reprokit-mlx"
    assert "git add .python-version README.md src/ && " in commands[2]
    assert commands[-1] == "uv run reprokit snapshot"
    uv = os.environ.get("UV", "uv")
    subprocess.run([uv, "lock", "--quiet", "--offline"], cwd=project.root, check=True)
    early = project.run("snapshot", "--suite", "fresh-start")
    assert early.returncode == 2
    for command in commands[1:-1]:
        subprocess.run(command, shell=True, cwd=project.root, check=True, env=os.environ | NOBODY)  # noqa: S602 - our own
    taken = project.run("snapshot", "--suite", "fresh-start")
    assert taken.returncode == 0, taken.stderr
    assert "next:" in project.run("init").stdout  # the manifest is to be committed


def test_a_snapshot_names_what_is_uncommitted(tmp_path: Path) -> None:
    """The first files, so that nobody has to ask git."""
    project = make_project(tmp_path / "project")
    for name in "abcd":
        project.write(f"{name}.py", "")
    done = project.run("snapshot")
    assert done.returncode == 2
    assert "says what was measured: a.py, b.py, c.py and 1 more" in done.stderr


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    """It says what would become of each file."""
    project = make_fresh(tmp_path / "fresh")
    changes = read_changes(project, "--dry-run")
    assert changes.pop("pyproject.toml") == "would be updated"
    assert changes == dict.fromkeys(FILES[1:], "would be written")
    assert read_files(project) == {"pyproject.toml": FRESH.encode()}


def test_no_workflow(tmp_path: Path) -> None:
    """Without one there is no folder of GitHub's."""
    project = make_fresh(tmp_path / "fresh")
    assert FILES[-2] not in read_changes(project, "--no-workflow")
    assert not (project.root / ".github").exists()


def test_no_hook(tmp_path: Path) -> None:
    """Without one no file of hooks is written, and none that is there is spoken of."""
    project = make_fresh(tmp_path / "fresh")
    assert FILES[-1] not in read_changes(project, "--no-hook")
    project.write(FILES[-1], "repos: []\n")
    told = project.run("init", "--no-hook").stdout
    assert "pre-commit" not in told.partition("next:")[0]
    assert "add to the `repos`" not in told


def test_what_exists_is_kept(tmp_path: Path) -> None:
    """A project with settings, suites, a workflow and hooks of its own gains only lines."""
    project = make_project(tmp_path / "project")
    project.write(".github/workflows/reprokit.yml", "name: mine\n")
    project.write("manifests/old/.keep", "")
    project.write(".gitattributes", "manifests/*/*.toml diff\r\n*.png binary")
    project.write(".pre-commit-config.yaml", "repos: []\n")
    before = read_files(project)
    assert read_changes(project) == {
        "pyproject.toml": "kept",
        "suites/": "kept",
        "manifests/": "kept",
        "milestones/README.md": "written",
        ".gitattributes": "updated",
        ".gitignore": "updated",
        ".github/workflows/reprokit.yml": "kept",
        ".pre-commit-config.yaml": "kept",
    }
    after = read_files(project)
    for name, content in before.items():
        assert after[name].startswith(content)
    assert after[".gitattributes"].count(b"manifests/*/*.toml") == 1
    assert {name for name in before if after[name] != before[name]} == {
        ".gitattributes",
        ".gitignore",
    }


def test_the_suite_of_the_projects_name_is_run(tmp_path: Path) -> None:
    """Where it is there before the settings are, they name it, and it stays as it is."""
    project = make_fresh(tmp_path / "fresh")
    own = SUITE.replace('"small"', '"fresh-start"')
    project.write("suites/fresh-start.toml", own)
    assert read_changes(project)["suites/fresh-start.toml"] == "kept"
    assert (project.root / "suites/fresh-start.toml").read_text() == own
    checked = project.run("suite", "check")
    assert checked.stdout.splitlines()[0] == "fresh-start: 3 probes, no error"


@pytest.mark.parametrize("name", ["core", "accepted", "..."])
def test_a_name_that_is_taken_gets_another(tmp_path: Path, name: str) -> None:
    """A first suite hides none of those that come with reprokit."""
    project = make_fresh(tmp_path / "fresh", f'[project]\nname = "{name}"\n')
    expected = "project" if name == "..." else f"{name}-suite"
    assert read_changes(project)[f"suites/{expected}.toml"] == "written"
    assert project.run("suite", "check").returncode == 0


def test_a_project_below_the_top(tmp_path: Path) -> None:
    """Its workflow lies where GitHub looks, bears its name, and works in its folder."""
    project = make_fresh(tmp_path / "mono" / "packages" / "fresh one")
    (project.root / ".git").rename(tmp_path / "mono" / ".git")
    name = "../../.github/workflows/reprokit-fresh-start.yml"
    assert read_changes(project)[name] == "written"
    text = (project.root / name).read_text()
    assert 'working-directory: "packages/fresh one"' in text
    assert 'path: "packages/fresh one/manifests/${{ matrix.machine }}/"' in text


def test_a_file_of_hooks_is_written(fresh: Project) -> None:
    """Where there is none; pre-commit takes it as it is, and nothing is turned on by it."""
    path = fresh.root / ".pre-commit-config.yaml"
    assert validate("validate-config", path) == ""
    content = YAML(typ="safe").load(path)
    assert content["default_install_hook_types"] == ["pre-commit", "pre-push"]
    entry = fill_template("pre-commit.yaml", entry=ENTRY)
    assert content["repos"] == YAML(typ="safe").load(entry)
    assert not (fresh.root / ".git/hooks/pre-push").exists()
    told = fresh.run("init", "--dry-run").stdout
    assert "has the hook" in told
    assert "add to the `repos`" not in told


@pytest.mark.parametrize("folder", [".", 'packages/it\'s a: "dir" #1'])
def test_the_hook_runs_before_a_push(tmp_path: Path, folder: str) -> None:
    """Once the real pre-commit is installed; not before a commit, and in whatever folder."""
    top = Project(root=tmp_path / "mono")
    project = make_fresh(top.root / folder)
    if folder != ".":
        (project.root / ".git").rename(top.root / ".git")
    told = project.run("init")
    assert "off until `pre-commit install`" in told.stdout, told.stderr
    top.write("../bin/uv", NOTING).chmod(0o755)
    environment = os.environ | NOBODY
    environment |= {
        "NOTES": str(tmp_path / "notes"),
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
    }
    remote = str(tmp_path / "remote.git")
    for command in (
        ("git", "init", "--quiet", "--bare", remote),
        (sys.executable, "-m", "pre_commit", "install"),
        ("git", "add", "--all"),
        ("git", "commit", "--quiet", "--message", "set up"),
    ):
        subprocess.run(command, cwd=top.root, check=True, capture_output=True, env=environment)
    assert not (tmp_path / "notes").exists()
    push = ("git", "push", "--quiet", remote, "HEAD:refs/heads/main")
    subprocess.run(push, cwd=top.root, check=True, capture_output=True, env=environment)
    words = ["run", *([] if folder == "." else ["--directory", folder]), *ENTRY.split()[2:]]
    assert (tmp_path / "notes").read_text().splitlines() == words


def test_hook_is_told_where_pre_commit_is_used(tmp_path: Path) -> None:
    """Its entry is printed until it stands there."""
    project = make_fresh(tmp_path / "fresh")
    project.write(".pre-commit-config.yaml", "repos:\n")
    told = project.run("init").stdout
    entry = told.partition("add to the `repos` of .pre-commit-config.yaml:\n\n")[2]
    assert entry.startswith("  - repo: local\n")
    project.write(".pre-commit-config.yaml", f"repos:\n{entry}")
    assert validate("validate-config", project.root / ".pre-commit-config.yaml") == ""
    again = project.run("init").stdout
    assert "has the hook" in again
    assert "add to the `repos`" not in again


def test_this_repository_offers_the_hook() -> None:
    """pre-commit accepts it, and it runs what `init` tells."""
    offered = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
    assert validate("validate-manifest", offered) == ""
    (hook,) = YAML(typ="safe").load(offered)
    (told,) = YAML(typ="safe").load(fill_template("pre-commit.yaml", entry=ENTRY))
    (entry,) = told["hooks"]
    assert entry.items() <= hook.items()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no pyproject.toml here or above"),
        ('[project]\nname = "x\n', "pyproject.toml (line 2): not valid TOML: a text is not closed"),
        ("[tool.reprokit]\nsuits = []\n", "pyproject.toml: tool.reprokit.suits (line 2)"),
        ("tool = {}\n", "pyproject.toml: the table `tool.reprokit` cannot be added"),
    ],
)
def test_what_cannot_be_set_up_is_left_alone(tmp_path: Path, text: str | None, said: str) -> None:
    """The error names the line and a mend; nothing is written."""
    project = make_fresh(tmp_path / "fresh", text or "")
    if text is None:
        (project.root / "pyproject.toml").unlink()
    done = project.run("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "hint: " in done.stderr
    assert set(read_files(project)) <= {"pyproject.toml"}


def test_outside_git_nothing_is_written(tmp_path: Path) -> None:
    """A repository is asked for."""
    project = Project(root=tmp_path)
    project.write("pyproject.toml", PYPROJECT)
    done = project.run("init")
    assert (done.returncode, done.stdout) == (2, "")
    assert "this is not in a git repository" in done.stderr
    assert "hint: a snapshot belongs to a commit: `git init` first" in done.stderr
    assert set(read_files(project)) == {"pyproject.toml"}


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    """A file where a folder has to be stops it, and is named."""
    project = make_fresh(tmp_path / "fresh")
    project.write(".github", "a file\n")
    done = project.run("init")
    assert done.returncode == 2
    assert "error: .github/workflows/reprokit.yml: cannot be written: " in done.stderr
    assert read_files(project)[".github"] == b"a file\n"


def test_the_page_shows_the_hook() -> None:
    """Its entry is the one that `init` prints."""
    page = Path(__file__).parents[2] / "docs" / "ci.md"
    entry = fill_template("pre-commit.yaml", entry=ENTRY)
    assert f"```yaml\n{entry}```\n" in page.read_text(encoding="utf-8")
