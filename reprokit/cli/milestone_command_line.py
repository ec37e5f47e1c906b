"""The command line that makes a milestone again, whatever came since."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.cli.compare import Selection
    from reprokit.cli.milestone import MilestoneRequest
    from reprokit.model.comparison import Comparison

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t"}


def write_command(request: MilestoneRequest, comparison: Comparison, selection: Selection) -> str:
    """Write the command on one line, for bash and zsh: its machines, commit and date named.

    Args:
        request: With the why and the date that are in the document.
        comparison: The machines that were compared.
        selection: How they were chosen.
    """
    machines = ",".join(machine.name for machine in comparison.machines)
    words = ["uv", "run", "reprokit", "milestone", request.name, "--machines", machines]
    words += ["--commit", comparison.commit] if comparison.commit else ["--across-commits"]
    words += ["--probe", selection.probe_glob] if selection.probe_glob != "*" else []
    words += ["--why", request.why] if request.why else []
    words += ["--template", request.template] if request.template else []
    return " ".join(map(_quote, [*words, "--date", request.date]))


def _quote(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    escaped = "".join(
        _ESCAPES.get(char) or (char if char.isprintable() else _write_number(char)) for char in word
    )
    return f"$'{escaped}'"


def _write_number(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
