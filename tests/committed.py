"""The project's own manifests, as they are committed: not what a snapshot of today adds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.published.convert import ROOT

if TYPE_CHECKING:
    from pathlib import Path

COMMITS = ("0a8ec29f1c21", "1491acf7db13", "c45869a12920")
"""Of these; whoever runs the tests may have measured others in the same clone."""


def copy_manifests(folder: Path, *machines: str) -> Path:
    """Copy the manifests of machines, all where none is named; return the folder.

    Args:
        folder: The folder of manifests; each machine has its own in it.
        machines: Their names.
    """
    for commit in COMMITS:
        for path in sorted((ROOT / "manifests").glob(f"*/{commit}*.toml")):
            if not machines or path.parent.name in machines:
                (folder / path.parent.name).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / path.parent.name / path.name)
    return folder
