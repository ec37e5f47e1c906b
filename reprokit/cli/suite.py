"""`reprokit suite list`, `show` and `check`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import typer

from reprokit.cli.exits import ExitCode
from reprokit.errors import SuiteError, UsageError
from reprokit.observe.hardware import read_available_bytes
from reprokit.observe.project import read_settings
from reprokit.probes.suite_file import list_suites, load_suite
from reprokit.render.suite import render_suite, render_suites


def list_all_suites() -> ExitCode:
    """Print a row for each suite there is."""
    settings = read_settings(Path.cwd())
    names = list_suites(settings.suites_path)
    suites = [load_suite(name, settings.suites_path, root=settings.root) for name in names]
    own = {path.stem for path in settings.suites_path.glob("*.toml")}
    typer.echo(render_suites(suites, own=own, chosen=settings.suites), nl=False)
    return ExitCode.EXPECTED


def show_suite(name: str, probe_glob: str) -> ExitCode:
    """Print a suite's probes, what they cover, and the memory they need beside what there is."""
    settings = read_settings(Path.cwd())
    suite = load_suite(name, settings.suites_path, root=settings.root)
    probes = tuple(probe for probe in suite.probes if fnmatchcase(probe.id, probe_glob))
    if not probes:
        raise UsageError(f"no probe of `{name}` fits `{probe_glob}`", where="--probe")
    typer.echo(render_suite(suite, probes, available_bytes=read_available_bytes()), nl=False)
    return ExitCode.EXPECTED


def check_suites(names: tuple[str, ...]) -> ExitCode:
    """Check suites, all of them, and print each one's error or size.

    Returns:
        2 where one is wrong: what it would measure could not be told.
    """
    settings = read_settings(Path.cwd())
    own = tuple(sorted(path.stem for path in settings.suites_path.glob("*.toml")))
    code = ExitCode.EXPECTED
    for name in names or own or settings.suites:
        try:
            suite = load_suite(name, settings.suites_path, root=settings.root)
        except SuiteError as error:
            typer.echo(f"error: {error}", err=True)
            code = ExitCode.TROUBLE
        else:
            typer.echo(f"{name}: {len(suite.probes)} probes, no error")
    return code
