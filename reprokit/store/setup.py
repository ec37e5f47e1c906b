"""Sets a project up: plans what becomes of each file, and writes what is new or gains something.

Nothing that is there is written over: a file is made where there is none, or lines are added
behind those that it has.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError
from reprokit.model.names import PYPROJECT
from reprokit.model.place import Place
from reprokit.model.setup import Change, PlannedFile
from reprokit.model.wire import decode_text, parse_toml
from reprokit.store.additions import add_lines, add_settings
from reprokit.store.atomic import write_atomically
from reprokit.store.templates import fill_template
from reprokit.store.yaml_text import escape_text, write_scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.setup import SetupRequest

_HOOKS = ".pre-commit-config.yaml"
_HOOK = re.compile(r"^[^#]*reprokit[ -]check\b")


def plan_setup(request: SetupRequest) -> tuple[PlannedFile, ...]:
    """Plan what becomes of each file of a project.

    Args:
        request: What is to be set up.

    Raises:
        ProjectError: Where a file cannot be read, or cannot be added to; nothing is written then.
    """
    return tuple(_plan_files(request))


def _plan_files(request: SetupRequest) -> Iterator[PlannedFile]:
    settings = request.settings
    folders = {
        "manifests": settings.manifests,
        "milestones": settings.milestones,
        "suite_folder": settings.suite_folder,
    }
    yield _plan_settings(request)
    yield _plan_suite(request)
    for path, template in (
        (settings.manifests_path, "manifests.md"),
        (settings.milestones_path, "milestones.md"),
    ):
        yield _plan_folder(path, settings.root, template)
    patterns = {name: folder.replace(" ", "[[:space:]]") for name, folder in folders.items()}
    attributes = fill_template("gitattributes", **patterns)
    yield _plan_lines(settings.root / ".gitattributes", attributes, "how git keeps evidence")
    yield _plan_lines(settings.root / ".gitignore", fill_template("gitignore"), "`.reprokit/`")
    if request.workflow:
        yield _plan_workflow(request)
    if request.hook:
        yield _plan_hook(request)


def _plan_settings(request: SetupRequest) -> PlannedFile:
    root = request.settings.root
    path = root / PYPROJECT
    text = _read(path, root)
    tools = parse_toml(text, where=Place(PYPROJECT), error=ProjectError).get("tool", {})
    if "reprokit" in tools:
        return _keep(path, root, "has `[tool.reprokit]`")
    suites = ["core"]
    if _plan_suite(request).content is not None or _name_suite(request).is_file():
        suites.append(request.suite)
    table = fill_template(
        "settings.toml",
        suite_folder=request.settings.suite_folder,
        suites=json.dumps(suites)[1:-1],
    )
    return PlannedFile(
        path=path,
        name=PYPROJECT,
        change=Change.UPDATED,
        content=add_settings(text, table, file=PYPROJECT).encode(),
        note="`[tool.reprokit]`",
    )


def _name_suite(request: SetupRequest) -> Path:
    return request.settings.suites_path / f"{request.suite}.toml"


def _plan_suite(request: SetupRequest) -> PlannedFile:
    """Plan a first suite, where the project has none of its own."""
    root, folder = request.settings.root, request.settings.suites_path
    path = _name_suite(request)
    if path.exists():
        return _keep(path, root)
    if any(folder.glob("*.toml")):
        return _keep(folder, root, "has suites of its own")
    package = request.suite.replace("-", "_")
    content = fill_template("suite.toml", suite=request.suite, package=package)
    return _make(path, root, content, "a first suite, to be changed")


def _plan_folder(path: Path, root: Path, template: str) -> PlannedFile:
    """Plan a folder, with a page that says what lies in it: git keeps no empty ones."""
    if path.exists():
        return _keep(path, root)
    return _make(path / "README.md", root, fill_template(template), "a folder for evidence")


def _plan_lines(path: Path, blocks: str, note: str) -> PlannedFile:
    root = path.parent
    before = _read(path, root)
    after = add_lines(before, blocks)
    if after == before:
        return _keep(path, root)
    change = Change.UPDATED if path.exists() else Change.WRITTEN
    return PlannedFile(path=path, name=path.name, change=change, content=after.encode(), note=note)


def _plan_workflow(request: SetupRequest) -> PlannedFile:
    root = request.settings.root
    folder = _name_folder(request)
    title = "reprokit" if folder == "." else f"reprokit {request.suite}"
    name = f"{title.replace(' ', '-')}.yml"
    path = request.work_tree / ".github" / "workflows" / name
    if path.exists():
        return _keep(path, root)
    manifests = (Path(folder) / request.settings.manifests).as_posix()
    content = fill_template(
        "workflow.yml",
        title=title,
        folder=escape_text(folder),
        manifests=escape_text(manifests),
    )
    return _make(path, root, content, "snapshots and a comparison in GitHub Actions")


def _plan_hook(request: SetupRequest) -> PlannedFile:
    """Plan a file of hooks where there is none; one that is there is its owner's to change."""
    root = request.settings.root
    path = request.work_tree / _HOOKS
    if path.exists():
        note = "lacks the hook, which stands below" if lacks_hook(request) else "has the hook"
        return _keep(path, root, note)
    content = fill_template("pre-commit-config.yaml") + describe_hook(request)
    return _make(path, root, content, "a check before each push, off until `pre-commit install`")


def lacks_hook(request: SetupRequest) -> bool:
    """Tell whether a hook is wanted, and the project's file of hooks has none that checks it."""
    hooks = request.work_tree / _HOOKS
    if not request.hook or not hooks.is_file():
        return False
    text = _read(hooks, request.settings.root)
    folder = _name_folder(request)
    lines = [line for line in text.splitlines() if _HOOK.search(line)]
    if folder != ".":  # another project of the repository may have one
        lines = [it for it in lines if folder in it or _describe_entry(request) in it]
    return not lines


def describe_hook(request: SetupRequest) -> str:
    """Write the entry of `.pre-commit-config.yaml` that checks before each push."""
    return fill_template("pre-commit.yaml", entry=_describe_entry(request))


def _describe_entry(request: SetupRequest) -> str:
    """Write the command, which pre-commit splits as a shell would, and gives to none."""
    folder = _name_folder(request)
    place = [] if folder == "." else ["--directory", folder]
    words = ("uv", "run", *place, "--locked", "reprokit", "check", "--no-run")
    return write_scalar(shlex.join(words))


def _name_folder(request: SetupRequest) -> str:
    """Name the project's folder from the top of the work tree."""
    return request.settings.root.relative_to(request.work_tree).as_posix()


def _read(path: Path, root: Path) -> str:
    """Read a text, its line ends as they are; an empty one where there is no file."""
    name = _name(path, root)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", where=name) from None
    return decode_text(content, where=Place(name), error=ProjectError)


def _name(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _keep(path: Path, root: Path, note: str = "") -> PlannedFile:
    name = _name(path, root) + "/" * path.is_dir()
    return PlannedFile(path=path, name=name, change=Change.KEPT, note=note)


def _make(path: Path, root: Path, text: str, note: str = "") -> PlannedFile:
    return PlannedFile(
        path=path,
        name=_name(path, root),
        change=Change.WRITTEN,
        content=text.encode(),
        note=note,
    )


def write_setup(files: Sequence[PlannedFile]) -> None:
    """Write what is new or gains something.

    Raises:
        ProjectError: Where a file cannot be written; those before it are written, and the same
            command goes on from there.
    """
    for file in files:
        if file.content is None:
            continue
        try:
            write_atomically(file.path.resolve(), file.content)
        except OSError as error:
            raise ProjectError(
                f"cannot be written: {error.strerror}",
                where=file.name,
                hint="mend that, and give the same command again",
            ) from None
