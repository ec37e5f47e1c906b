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
from reprokit.model.record import Status
from reprokit.observe.hardware import read_available_bytes
from reprokit.observe.project import read_settings
from reprokit.probes.operation import SEPARATOR
from reprokit.probes.suite_file import list_suites, load_suite, locate_probe
from reprokit.probes.user_source import find_module
from reprokit.render.suite import render_suite, render_suites
from reprokit.render.text import list_last_lines, render_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.errors import ReprokitError
    from reprokit.model.probe import Probe, Suite
    from reprokit.model.record import Failure
    from reprokit.model.settings import Settings

_MOST_LINES = 10
"""So much is shown of what was printed before an import failed."""


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


def check_suites(names: tuple[str, ...], *, imports: bool = False) -> ExitCode:
    """Check suites, all of them, and print each one's first error or its size.

    Without names these are the project's own, and those that a snapshot runs; of the latter no
    two may share an id.

    Args:
        names: The suites.
        imports: Whether the project's functions are imported too, each in a process of its own.

    Returns:
        2 where one is wrong: what it would measure could not be told.
    """
    settings = read_settings(Path.cwd())
    checked: list[Suite] = []
    code = ExitCode.EXPECTED
    errors: list[ReprokitError]
    for name in names or dict.fromkeys([*_list_own(settings), *settings.suites]):
        try:
            suite = load_suite(name, settings.suites_path, root=settings.root)
            if name in settings.suites:
                refuse_duplicates([*checked, suite], settings)
                checked.append(suite)
            errors = list(_import_functions(suite, settings)) if imports else []
        except (SuiteError, UsageError) as problem:
            errors = [problem]
        for error in errors:
            complain(f"error: {error}")
            code = ExitCode.TROUBLE
        if not errors:
            did = "imported" if imports else "read"
            typer.echo(f"{name}: {render_count(len(suite.probes), 'probe')}, {_say(suite, did)}")
    return code


def _say(suite: Suite, did: str) -> str:
    if all(probe.definition.source is None for probe in suite.probes):
        return "no error"
    return f"no error; functions of the project were {did}, not run"


def _import_functions(suite: Suite, settings: Settings) -> Iterator[ReprokitError]:
    """Import the project's functions that a suite names, each once; give an error for a failure."""
    from reprokit.run.importing import try_import  # the other commands start no worker

    seen: set[str] = set()
    for probe in suite.probes:
        op = probe.definition.op
        if SEPARATOR in op and op not in seen:
            seen.add(op)
            outcome = try_import(op, time_limit_s=probe.time_limit_s, folder=settings.root)
            if outcome.failure is not None:
                yield _explain_import(probe, outcome.status, outcome.failure, settings)


def _explain_import(
    probe: Probe, status: Status, failure: Failure, settings: Settings
) -> SuiteError:
    op = probe.definition.op
    path = find_module(op.partition(SEPARATOR)[0], settings.root)
    file = f" of {path.relative_to(settings.root).as_posix()}" if path else ""
    reason = failure.reason if status is Status.FAILED else f"{status}: {failure.reason}"
    lines = [f"`{op}`{file} cannot be imported: {reason}"]
    return SuiteError(
        "\n  ".join(lines + list_last_lines(failure.stderr, _MOST_LINES)),
        where=str(locate_probe(probe, settings.suites_path) / "op"),
        hint="mend it there, and install what it imports, as with `uv add`"
        if status is Status.FAILED
        else "let the module define things only, and move what it does into the function",
    )
