"""How long observing the environment takes; medians, ratios in one run.

    uv run python benchmarks/environment.py

- `reprokit env`, the whole command.
- Verification of the numeric packages against their RECORD, over plain hashing of the same files.
- Parsing a uv.lock of 500 packages: this project's own, its packages repeated under other names.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from reprokit.observe.gaps import GapCollector
from reprokit.observe.installed_files import verify_files
from reprokit.observe.lock_file_parsing import parse_lock
from reprokit.observe.packages import list_installed

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
RUNS = 9
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
NAMES = ("mlx", "mlx-cpu", "mlx-metal")


def measure(function: Callable[[], object]) -> float:
    """Return the median seconds of a call, after a first one."""
    function()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)


def run_env() -> None:
    """Run the command."""
    command = [sys.executable, "-m", "reprokit", "env"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=ENVIRONMENT)


def hash_files() -> int:
    """Hash what the packages' RECORDs list, one file after the other."""
    count = 0
    for name in NAMES:
        try:
            files = metadata.distribution(name).files or []
        except metadata.PackageNotFoundError:
            continue
        for file in files:
            path = Path(str(file.locate()))
            if file.hash and path.is_file():
                hashlib.sha256(path.read_bytes()).digest()
                count += 1
    return count


def make_large_lock(packages: int) -> bytes:
    """Repeat the project's lock under other names until it has so many packages."""
    head, *blocks = (ROOT / "uv.lock").read_text(encoding="utf-8").split("[[package]]\n")
    copies = -(-packages // len(blocks))
    text = head
    for copy in range(copies):
        for block in blocks:
            text += "[[package]]\n" + re.sub(r'^name = "', f'name = "c{copy}-', block, count=1)
    return text.encode()


if __name__ == "__main__":
    seconds = measure(run_env)
    print(f"reprokit env              {seconds:.3f} s")
    installed = list_installed(GapCollector())
    chosen = [installed[name] for name in NAMES if name in installed]
    verified = measure(lambda: verify_files(GapCollector(), chosen, installed.values()))
    plain = measure(hash_files)
    print(f"RECORD verification       {verified:.3f} s  {verified / plain:.2f} x plain hashing")
    lock = make_large_lock(500)
    parsed = measure(lambda: parse_lock(lock))
    print(f"parse of {lock.count(b'[[package]]')} packages     {parsed:.3f} s")
