"""Keeps the bytes of arrays in files that their digests name; `store.arrays` reads them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from reprokit.numerics.digest import view_bytes
from reprokit.numerics.outcome import Related, Staged, flatten_tree
from reprokit.run.description import is_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PIECE_BYTES = 1 << 20


def keep_result(
    value: Any,  # noqa: ANN401 - whatever an op returned
    result: Mapping[str, Any],
    leaves: Sequence[Mapping[str, Any]],
    place: Mapping[str, Any],
) -> None:
    """Keep the arrays of an op's result: the one that it is, or the leaves of a tree.

    What is too large, was streamed, or finds no room on the disk is not kept, which is no failure
    of the op: whoever looks for the file sees that it is not there.

    Args:
        value: What the op returned.
        result: The `ArrayFacts` that `describe_tree` made of it.
        leaves: The `NamedArray`s, likewise.
        place: An `ArrayPlace`.
    """
    while isinstance(value, Staged | Related):
        value = value.result
    facts = [it["array"] for it in leaves] or [result]
    for (_, array), known in zip(flatten_tree(value), facts, strict=True):
        _keep_array(array, known["digest"], place)


def keep_stages(
    value: Any,  # noqa: ANN401 - as above
    stages: Sequence[Mapping[str, Any]],
    place: Mapping[str, Any],
) -> None:
    """Keep the stages of a value that has some, as `describe_stages` has described them."""
    while isinstance(value, Related):
        value = value.result
    arrays = value.stages.values() if isinstance(value, Staged) else ()
    for array, known in zip(arrays, stages, strict=True):
        _keep_array(array, known["array"]["digest"], place)


def _keep_array(array: Any, digest: str, place: Mapping[str, Any]) -> None:  # noqa: ANN401
    if not is_array(array):
        return
    data = view_bytes(array)
    if len(data) > place["largest_bytes"]:
        return
    with contextlib.suppress(OSError):  # no room, or no right to write there
        if not _is_there(f"{place['folder']}/{digest}", data) and _has_room(place, len(data)):
            _write_file(place["folder"], digest, data)


def _is_there(path: str, data: memoryview) -> bool:
    """Tell whether a file holds these bytes; one that was spoiled is written again."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib loads slowly
            if os.fstat(file.fileno()).st_size != len(data):
                return False
            return all(file.read(_PIECE_BYTES) == bytes(piece) for piece in _list_pieces(data))
    except FileNotFoundError:
        return False


def _list_pieces(data: memoryview) -> Iterator[memoryview]:
    return (data[start : start + _PIECE_BYTES] for start in range(0, len(data), _PIECE_BYTES))


def _has_room(place: Mapping[str, Any], size_bytes: int) -> bool:
    room = os.statvfs(place["folder"])
    free_bytes: int = room.f_bavail * room.f_frsize
    return free_bytes - size_bytes >= int(place["spare_bytes"])


def _write_file(folder: str, digest: str, data: memoryview) -> None:
    """Write a file whole and durable, and only then give it its name."""
    temporary = f"{folder}/.{digest}.{os.getpid()}"
    try:
        with open(temporary, "wb") as file:  # noqa: PTH123 - as above
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, f"{folder}/{digest}")  # noqa: PTH105 - as above
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108 - as above
        raise
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
