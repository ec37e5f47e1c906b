"""A worker's start: what it loads, and what stands for what it does not load."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

READY = """
import gc, json, os, sys
from reprokit.run.start import start

def tell():
    print(json.dumps(sorted(sys.modules)), flush=True)
    os._exit(0)

gc.enable = tell  # the last that a worker does before it is ready
start(*os.pipe(), os.getppid())
"""

SLOW = {
    *("ast", "concurrent.futures", "dis", "logging", "msgspec", "numpy"),
    *("pathlib", "random", "socket", "tempfile", "tomli", "tomlkit", "traceback", "typer"),
    *("reprokit.errors", "reprokit.model.definition", "reprokit.model.record"),
    *("reprokit.numerics.random_state", "reprokit.numerics.streaming"),
    *("reprokit.observe.privacy", "reprokit.run.messages", "reprokit.run.runner"),
}
"""Modules of which one alone, with what it imports, may take as long as all that are needed."""

DEFERRED = """
from reprokit.run.start import defer_inspect
import importlib.util, sys
defer_inspect()
import dataclasses, inspect as stand_in
@dataclasses.dataclass
class Pair:
    'Two numbers.'
    x: int
    y: "int" = 1
assert "ast" not in sys.modules
assert importlib.util.find_spec("inspect") is not None
def function(a, *, b: "int" = 1): pass
assert stand_in.get_annotations(Pair) == {"x": int, "y": "int"}
assert stand_in.get_annotations(type("Empty", (), {})) == {}
assert stand_in.get_annotations(function, eval_str=True) == {"b": int}
assert stand_in.get_annotations(Pair, eval_str=True) == {"x": int, "y": int}
from inspect import Parameter
import inspect
assert inspect is not stand_in and inspect.Parameter is Parameter is stand_in.Parameter
assert stand_in.get_annotations is inspect.get_annotations
print(stand_in.signature(function), stand_in.signature(Pair))
"""


def test_worker_loads_no_more_than_it_needs() -> None:
    """When it would serve, none of the modules is there that cost its start the most."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", READY], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert "reprokit.run.execute" in loaded
    assert not loaded & SLOW


def test_deferred_module_is_there_when_it_is_used() -> None:
    """Nobody who imports it can tell, but by the time that it takes."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", DEFERRED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "(a, *, b: 'int' = 1) (x: int, y: 'int' = 1) -> None\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is forked")
def test_worker_without_its_runner_ends_at_once() -> None:
    """Where the runner has ended before the keeper could ask for the signal, nobody waits."""
    code = "import os\nfrom reprokit.run.start import start\nstart(*os.pipe(), 1 << 30)"
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert done.stderr == ""
