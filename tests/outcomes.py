"""Running a definition in the tests' own process, as a worker would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from reprokit.model.definition_wire import encode_definition
from reprokit.run import execute
from reprokit.run.messages import decode_answer

if TYPE_CHECKING:
    from reprokit.model.definition import Definition
    from reprokit.run.outcome import Outcome


def run_definition(definition: Definition) -> Outcome:
    """Run it, and read what it gave as a runner does."""
    facts = execute.run_definition(msgspec.to_builtins(encode_definition(definition)))
    outcome = decode_answer(json.dumps({"number": 1, "outcome": facts}).encode()).outcome
    assert outcome is not None
    return outcome
