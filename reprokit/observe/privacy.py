"""Takes out of a text what must not be published.

Paths of this machine, e-mail addresses, the user's and the host's names, values of secret
variables, and words that look like tokens. What is left is meant for manifests, which strangers
read: where in doubt, a word goes.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

_SHORTEST_NAME = 2
"""Shorter names would hit parts of other words."""

_SHORTEST_SECRET = 6
_SECRET_VARIABLE = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w.<>~)/])/(?=[\w.~-])(?:[^\s/'\"<>:,;()]+/)*([^\s/'\"<>:,;()]*)")
_TRACEBACK_PATH = re.compile(r'(?<=File ")/(?:[^"\n]*/)?([^"/\n]+)(?=")')
"""A path that may have blanks in it, since a traceback quotes it."""

_TOKEN = re.compile(
    r"\b(?:hf|sk|pk|gh[a-z]|github_pat|glpat|xox[a-z]|npm|pypi)[-_][A-Za-z0-9_-]{4,}"
    r"|\b(?=[A-Za-z0-9+=_-]*\d)(?=[A-Za-z0-9+=_-]*[A-Za-z])[A-Za-z0-9+=_-]{32,}"
)


def scrub(text: str) -> str:
    """Replace what must not be published by words in angle brackets.

    Args:
        text: For instance the traceback of a probe; lone surrogates in it are written out.
    """
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    for secret in _secrets():
        text = text.replace(secret, "<secret>")
    for folder, word in _known_folders():
        text = re.sub(rf"{re.escape(folder)}(?![\w-])", word, text)
    text = _TRACEBACK_PATH.sub(r"<path>/\1", text)
    text = _URL.sub("<url>", text)
    text = _EMAIL.sub("<email>", text)
    text = _PATH.sub(lambda match: f"<path>/{match[1]}" if match[1] else "<path>", text)
    for name, word in _names():
        pattern = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
        text = re.sub(pattern, word, text, flags=re.IGNORECASE)
    return _TOKEN.sub("<secret>", text)


@cache
def _known_folders() -> tuple[tuple[str, str], ...]:
    """Folders whose meaning is worth keeping, the longest first."""
    import sysconfig  # needed only where a probe fails, and workers start often

    folders = {
        sysconfig.get_path("purelib"): "<site-packages>",
        sysconfig.get_path("stdlib"): "<python>",
        str(Path(__file__).resolve().parents[1]): "<reprokit>",
        str(Path.cwd()): "<project>",
        str(Path.home()): "<home>",
    }
    longest_first = sorted(folders.items(), key=lambda item: -len(item[0]))
    return tuple((folder, word) for folder, word in longest_first if len(folder) > 1)


@cache
def _names() -> tuple[tuple[str, str], ...]:
    import socket  # as above

    host = socket.gethostname()
    names = {_user_name(): "<user>", host: "<host>", host.partition(".")[0]: "<host>"}
    return tuple(
        (name, word)
        for name, word in sorted(names.items(), key=lambda item: -len(item[0]))
        if len(name) >= _SHORTEST_NAME and name not in {"root", "localhost"}
    )


def _secrets() -> list[str]:
    return [
        value
        for name, value in os.environ.items()
        if len(value) >= _SHORTEST_SECRET and _SECRET_VARIABLE.search(name)
    ]


def _user_name() -> str:
    import getpass  # as above

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return os.environ.get("USER", "")
