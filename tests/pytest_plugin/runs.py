"""Runs of pytest in a user's project.

MLX and NumPy are loaded here: what a run in this process loads is dropped behind it, and these two
cannot be loaded a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mlx.core
import numpy as np

from reprokit.pytest_plugin.session import observe_family
from reprokit.store.baselines import read_baseline

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from reprokit.model.baseline import Baseline, BaselineEntry

LOADED = (mlx.core, np)
PYPROJECT = '[project]\nname = "sample"\nversion = "1"\n'


@dataclass(frozen=True, kw_only=True, slots=True)
class TestedProject:
    """A project with tests in `test_a.py`."""

    __test__ = False

    pytester: pytest.Pytester

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.pytester.path

    @property
    def path(self) -> Path:
        """The baseline of this machine's family."""
        return self.root / "manifests" / "accepted" / f"{observe_family()}.toml"

    def write(self, body: str) -> None:
        """Write the tests."""
        head = "import mlx.core as mx\nimport numpy as np\nimport pytest\n\n"
        (self.root / "test_a.py").write_text(head + body)

    def run(self, *options: str) -> pytest.RunResult:
        """Run the tests, in this process."""
        return self.pytester.runpytest_inprocess(
            "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist", *options
        )

    def read(self) -> Baseline:
        """Read the baseline."""
        return read_baseline(self.root / "manifests", observe_family(), root=self.root)

    def list_entries(self) -> dict[str, BaselineEntry]:
        """Read its entries, by id."""
        return {it.id: it for table in self.read().tables for it in table.entries}

    def update(self) -> None:
        """Write what is new or changed, as pending."""
        done = self.run("--reprokit-update")
        assert done.ret == 0, done.stdout.str()

    def accept(self) -> None:
        """Write what is new or changed, and make all that is pending accepted."""
        self.update()
        self.path.write_text(self.path.read_text().replace('"pending"', '"accepted"'))
