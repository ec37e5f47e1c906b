"""How much room there is to print in."""

from __future__ import annotations

import shutil
import sys


def read_width() -> int | None:
    """Return the columns of the terminal that standard output is; None for a file or a pipe.

    There, a line is as long as what it says, for `grep` and the like.
    """
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
