"""Options that several commands have, and the formats they write."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """How a comparison is written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"
    JUNIT = "junit"
    GITHUB = "github"


class ExplanationFormat(StrEnum):
    """How an explanation or a history is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class EnvironmentFormat(StrEnum):
    """How an environment is written."""

    TEXT = "text"
    JSON = "json"


MachinesOption = Annotated[
    str,
    typer.Option(
        "--machines",
        help="Machines with commas between: whole names, or words that only one of them has.",
        metavar="A,B",
        show_default="all",
    ),
]
CommitOption = Annotated[
    str,
    typer.Option(
        "--commit",
        help="A commit, tag or branch; or the first hex digits of a commit.",
        metavar="REV",
        show_default="the newest that all have",
    ),
]
AcrossOption = Annotated[
    bool,
    typer.Option(
        "--across-commits", help="Compare the newest of each machine, whatever its commit."
    ),
]
ProbeOption = Annotated[
    str, typer.Option("--probe", help="Only probes whose id fits.", metavar="GLOB")
]
OutputOption = Annotated[
    str, typer.Option("--output", help="Write to a file.", metavar="FILE", show_default="stdout")
]
VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Name all probes where else many are only counted."),
]
EnvironmentFormatOption = Annotated[
    EnvironmentFormat, typer.Option("--format", help="How to write it.")
]
ImportOption = Annotated[
    bool, typer.Option("--import", help="Import the project's functions too, each in a process.")
]
