"""Takes out of a text what must not be published: home, project and temporary paths, names."""

from __future__ import annotations

import getpass
import os
import re
import socket
import sys
import sysconfig
from functools import cache
from pathlib import Path

_SHORTEST_NAME = 3
"""Shorter names would hit parts of other words."""


def scrub(text: str) -> str:
    """Replace paths of this machine, and user and host name where they stand as words.

    Args:
        text: For instance the traceback of a probe.
    """
    for pattern, word in _replacements():
        text = pattern.sub(word, text)
    return text


@cache
def _replacements() -> tuple[tuple[re.Pattern[str], str], ...]:
    paths = {
        sysconfig.get_path("purelib"): "<site-packages>",
        sysconfig.get_path("stdlib"): "<python>",
        str(Path(__file__).resolve().parents[1]): "<reprokit>",
        sys.prefix: "<venv>",
        str(Path.cwd()): ".",
        str(Path.home()): "~",
    }
    longest_first = sorted(paths.items(), key=lambda item: -len(item[0]))
    by_path = [(re.compile(re.escape(path)), word) for path, word in longest_first if path != "/"]
    names = {_user_name(): "<user>", socket.gethostname(): "<host>"}
    by_name = [
        (re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])"), word)
        for name, word in names.items()
        if len(name) >= _SHORTEST_NAME and name != "root"
    ]
    return (*by_path, *by_name)


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return os.environ.get("USER", "")
