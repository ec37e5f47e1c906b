"""The commands and their options. What a command does stands in a module of its own.

Those modules are imported when their command runs, so that `--help` loads Typer alone.
"""

from __future__ import annotations

import gc
import os
import signal
from typing import Annotated

import typer

from reprokit.cli.baseline_commands import add_commands
from reprokit.cli.exits import ExitCode, guard
from reprokit.cli.milestone_options import milestone
from reprokit.cli.options import (
    AcrossOption,
    CommitOption,
    EnvironmentFormat,
    EnvironmentFormatOption,
    ImportOption,
    MachinesOption,
    OutputFormat,
    OutputOption,
    ProbeOption,
    VerboseOption,
)
from reprokit.cli.probe_commands import add_probe_commands
from reprokit.cli.report_command import report
from reprokit.cli.setup_command import set_up_project
from reprokit.cli.snapshot_command import snapshot

app = typer.Typer(
    help="Find out whether seeded MLX results are the same bytes everywhere, and where not, why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - Typer's callback form
    if value:
        from reprokit import __version__

        typer.echo(f"reprokit {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


app.command("init")(set_up_project)

env_app = typer.Typer(
    help="Show this machine's environment: chip, system, Python, MLX wheel, lock, commit, drift.",
    invoke_without_command=True,
)
app.add_typer(env_app, name="env")


@env_app.callback()
@guard
def env(
    context: typer.Context,
    *,
    format: EnvironmentFormatOption = EnvironmentFormat.TEXT,  # noqa: A002
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit 1 where lock, project and installation do not agree."),
    ] = False,
) -> ExitCode:
    """Show this machine's environment: chip, system, Python, MLX wheel, lock, commit, drift."""
    if context.invoked_subcommand is not None:
        return ExitCode.EXPECTED
    from reprokit.cli.env import show_environment

    return show_environment(as_json=format is EnvironmentFormat.JSON, check=check)


@env_app.command("diff")
@guard
def env_diff(
    first: Annotated[str, typer.Argument(help="A machine, or a manifest file.", metavar="A")],
    second: Annotated[str, typer.Argument(help="Another.", metavar="B")],
    *,
    format: EnvironmentFormatOption = EnvironmentFormat.TEXT,  # noqa: A002
) -> ExitCode:
    """Show what differs between two environments, the likeliest causes of other bytes first."""
    from reprokit.cli.env_diff import show_difference

    return show_difference(first, second, as_json=format is EnvironmentFormat.JSON)


app.command("snapshot")(snapshot)

suite_app = typer.Typer(help="Show and check suites.", no_args_is_help=True)
app.add_typer(suite_app, name="suite")


@suite_app.command("list")
@guard
def suite_list() -> ExitCode:
    """List the suites there are, with what they are for."""
    from reprokit.cli.suite import list_all_suites

    return list_all_suites()


@suite_app.command("show")
@guard
def suite_show(
    name: Annotated[str, typer.Argument(help="The suite.")],
    *,
    probe: ProbeOption = "*",
) -> ExitCode:
    """Show what a suite would run: probes, promises, memory needed, and what each covers."""
    from reprokit.cli.suite import show_suite

    return show_suite(name, probe)


@suite_app.command("check")
@guard
def suite_check(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Suites.", show_default="the project's own, and those it runs"),
    ] = None,
    *,
    imports: ImportOption = False,
) -> ExitCode:
    """Check suite files: the first error of each, with its line and a hint; nothing is run."""
    from reprokit.cli.suite import check_suites

    return check_suites(tuple(names or ()), imports=imports)


@app.command()
@guard
def machines() -> ExitCode:
    """List the machines that have manifests, with their families and commits."""
    from reprokit.cli.machines import show_machines

    return show_machines()


@app.command()
@guard
def compare(  # noqa: PLR0913 - a command has as many as it has options
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Manifest files, folders that hold some, or machines of this project.",
            metavar="A B …",
            show_default="the project's manifests",
        ),
    ] = None,
    *,
    machines: MachinesOption = "",
    commit: CommitOption = "",
    across_commits: AcrossOption = False,
    probe: ProbeOption = "*",
    format: Annotated[OutputFormat, typer.Option(help="How to write it.")] = OutputFormat.TABLE,  # noqa: A002
    output: OutputOption = "",
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on a warning too.")] = False,
    verbose: VerboseOption = False,
) -> ExitCode:
    """Compare machines at the same commit: which probes agree, which part, along which line."""
    from reprokit.cli.compare import Selection, show_comparison

    selection = Selection(
        machines=machines,
        commit=commit,
        across_commits=across_commits,
        probe_glob=probe,
        paths=tuple(paths or ()),
    )
    return show_comparison(
        selection, format_name=format.value, output=output, strict=strict, verbose=verbose
    )


add_probe_commands(app)


app.command()(milestone)
app.command()(report)
add_commands(app)


def main() -> None:
    """Run the command line; SIGTERM interrupts it as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _open_standard_streams()
    try:
        app(prog_name="reprokit")
    finally:
        gc.freeze()  # nothing of ours needs the search for cycles with which Python ends


def _open_standard_streams() -> None:
    """Open /dev/null where a standard stream is closed, before a pipe takes its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
