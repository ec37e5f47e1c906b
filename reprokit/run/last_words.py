"""What a worker printed last, and where in Python it was when it crashed or ran out of time."""

from __future__ import annotations

import re

from reprokit.observe.privacy import scrub

_LONGEST_CHARACTERS = 2000
_HEAD = re.compile(r"^(?:Fatal Python error: .*|Timeout \([0-9:.]+\)!)$", re.MULTILINE)
_THREAD = re.compile(r"(?:Current t|T)hread 0x[0-9a-f]+ .*")
_FRAME = re.compile(r'  File "(.*)", line \d+ in .*')
_FRAME_LINE = re.compile(r'^  File ".*$', re.MULTILINE)
_OWN = re.compile(r"<reprokit>/run/|<frozen runpy>|<python>/threading\.py")
"""Files whose frames are the same in every worker."""

_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4}))")


def read_last_words(printed: str) -> str:
    """Shorten what a worker printed, and make it fit to be published.

    Where a traceback by `faulthandler` ends it, that is turned round, so that the call that went
    wrong stands last, as in Python's other tracebacks; the worker's own frames are left out.

    Args:
        printed: Standard output and error, of which the beginning may be missing.
    """
    text = scrub(_FRAME_LINE.sub(lambda line: _unescape(line[0]), printed)).strip()
    heads = list(_HEAD.finditer(text))
    if heads:
        start, end = heads[-1].span()
        text = "\n".join([text[:start] + heads[-1][0], *_turn_round(text[end:])])
    return text[-_LONGEST_CHARACTERS:].strip()


def _unescape(line: str) -> str:
    """Write the characters that `faulthandler` escapes, so that names in them are recognised."""
    return _ESCAPED.sub(lambda match: chr(int(match[1] or match[2] or match[3], 16)), line)


def _turn_round(trace: str) -> list[str]:
    """List the frames of all threads, the current one's last, its innermost call at the end."""
    threads: list[tuple[bool, list[str]]] = []
    for line in trace.splitlines():
        if _THREAD.fullmatch(line):
            threads.append((line.startswith("Current"), []))
        elif threads and (match := _FRAME.fullmatch(line)) and not _OWN.match(match[1]):
            threads[-1][1].append(line)
    threads.sort(key=lambda thread: thread[0])
    return [frame for _, frames in threads for frame in reversed(frames)]
