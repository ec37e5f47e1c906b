"""How a test's results are called in a baseline: by the test, whatever folder pytest began in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reprokit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LONGEST = 300
_DIGITS = 12
_FIRST = frozenset("_.")


def name_test(item: pytest.Item, root: Path) -> str:
    """Name a test: its file from the project's folder on, then what pytest calls it in there.

    Args:
        item: The test.
        root: The project's folder.
    """
    name = item.nodeid
    if item.config.getoption("loadgroup", default=False):
        name = name.removesuffix(_write_groups(item))
    if item.config.rootpath == root or not item.path.is_relative_to(root):
        return name
    _, separator, rest = name.partition("::")
    return f"{item.path.relative_to(root).as_posix()}{separator}{rest}"


def _write_groups(item: pytest.Item) -> str:
    """Write what `pytest -n 2 --dist loadgroup` puts behind the name of a test."""
    marks = item.iter_markers("xdist_group")
    names = {str(it.args[0] if it.args else it.kwargs.get("name", "default")) for it in marks}
    return f"@{'_'.join(sorted(names))}" if names else ""


def name_result(test: str, name: str, full_name: str) -> str:
    """Name a result: by its test alone, by a name within it, or by one that stands for itself.

    Returns:
        Printable ASCII, at most 300 characters: other letters are written as Python escapes them,
        and of what is longer the end is a hash.

    Raises:
        UsageError: For a name that no file should hold.
    """
    for place, given in {"name": name, "full_name": full_name}.items():
        if not isinstance(given, str):
            raise UsageError(f"{given!r} is no text", where=place, hint=f'write "{given}"')
    own = full_name or name
    whole = full_name or (f"{test}#{name}" if name else test)
    if (name and full_name) or own != own.strip() or not own.isprintable():
        raise _refuse_name(name, full_name)
    if not (whole.isascii() and whole.isprintable()):
        whole = "".join(
            char if char.isascii() and char.isprintable() else ascii(char)[1:-1] for char in whole
        )
    if not (whole[0].isalnum() or whole[0] in _FIRST):
        whole = f"_{whole}"
    if len(whole) <= LONGEST:
        return whole
    digits = hashlib.sha256(whole.encode("ascii")).hexdigest()[:_DIGITS]
    return f"{whole[: LONGEST - _DIGITS - 1]}~{digits}"


def _refuse_name(name: str, full_name: str) -> UsageError:
    if name and full_name:
        return UsageError("give a `name` within the test, or a `full_name`, not both", where="name")
    return UsageError(
        f"{full_name or name!r} has blanks around it, or what cannot be printed",
        where="full_name" if full_name else "name",
    )
