"""MLX is loaded by use, not by import."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
loaded = sorted(name for name in sys.modules if name.partition(".")[0] == "mlx")
sys.exit(f"loaded {loaded}" if loaded else 0)
"""


@pytest.mark.parametrize(
    "package", ["numerics", "probes", "model", "compare", "store", "render", "observe"]
)
def test_import_does_not_load_mlx(package: str) -> None:
    """Every module of these rooms can be imported where MLX must not be loaded."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, f"reprokit.{package}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_reading_suites_does_not_load_mlx() -> None:
    """The shipped suite can be read, its ops bound and their memory estimated, without MLX."""
    code = (
        "import sys; from pathlib import Path\n"
        "from reprokit.probes.suite_file import load_suite\n"
        "assert load_suite('core', Path('suites')).probes\n"
        "assert 'mlx.core' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_use_loads_mlx() -> None:
    """The first attribute asked for loads it."""
    code = (
        "import sys; from reprokit.numerics.backend import mx\n"
        "assert 'mlx.core' not in sys.modules\n"
        "assert mx.uint32 is not None\n"
        "assert 'mlx.core' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
