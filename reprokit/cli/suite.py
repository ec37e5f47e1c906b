"""`reprokit suite list`, `show` and `check`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.choice import refuse_duplicates, refuse_glob
from reprokit.cli.exits import ExitCode, complain
from reprokit.cli.terminal import read_width
from reprokit.errors import SuiteError, UsageError
from reprokit.observe.hardware import read_available_bytes
from reprokit.observe.project import read_settings
from reprokit.probes.suite_file import list_suites, load_suite
from reprokit.render.suite import render_suite, render_suites
from reprokit.render.text import render_count

if TYPE_CHECKING:
    from reprokit.model.probe import Suite
    from reprokit.model.settings import Settings


def list_all_suites() -> ExitCode:
    """Print a row for each suite there is.

    Returns:
        2 where one is wrong; the others are listed.
    """
    settings = read_settings(Path.cwd())
    own = _list_own(settings)
    suites = []
    code = ExitCode.EXPECTED
    for name in list_suites(settings.suites_path):
        try:
            suites.append(load_suite(name, settings.suites_path, root=settings.root))
        except SuiteError as error:
            complain(f"error: {error}")
            code = ExitCode.TROUBLE
    text = render_suites(suites, own=own, chosen=settings.suites, width=read_width())
    typer.echo(text, nl=False)
    return code


def _list_own(settings: Settings) -> list[str]:
    return sorted(path.stem for path in settings.suites_path.glob("*.toml"))


def show_suite(name: str, probe_glob: str) -> ExitCode:
    """Print a suite's probes, what they cover, and the memory they need beside what there is."""
    settings = read_settings(Path.cwd())
    suite = load_suite(name, settings.suites_path, root=settings.root)
    probes = tuple(probe for probe in suite.probes if fnmatchcase(probe.id, probe_glob))
    if not probes:
        raise refuse_glob(
            probe_glob,
            settings,
            asked=f"of the suite `{name}`",
            known=[probe.id for probe in suite.probes],
            command="reprokit suite show {suite} --probe {glob}",
        )
    text = render_suite(suite, probes, available_bytes=read_available_bytes(), width=read_width())
    typer.echo(text, nl=False)
    return ExitCode.EXPECTED


def check_suites(names: tuple[str, ...]) -> ExitCode:
    """Check suites, all of them, and print each one's first error or its size.

    Without names these are the project's own, and those that a snapshot runs; of the latter no
    two may share an id.

    Returns:
        2 where one is wrong: what it would measure could not be told.
    """
    settings = read_settings(Path.cwd())
    checked: list[Suite] = []
    code = ExitCode.EXPECTED
    for name in names or dict.fromkeys([*_list_own(settings), *settings.suites]):
        try:
            suite = load_suite(name, settings.suites_path, root=settings.root)
            if name in settings.suites:
                refuse_duplicates([*checked, suite], settings)
                checked.append(suite)
        except (SuiteError, UsageError) as error:
            complain(f"error: {error}")
            code = ExitCode.TROUBLE
        else:
            typer.echo(f"{name}: {render_count(len(suite.probes), 'probe')}, {_say_read(suite)}")
    return code


def _say_read(suite: Suite) -> str:
    if all(probe.definition.source is None for probe in suite.probes):
        return "no error"
    return "no error; functions of the project were read, not run"
