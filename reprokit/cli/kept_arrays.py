"""Arrays whose bytes are kept beside the manifests: where, which of them, and which not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.cli.exits import complain
from reprokit.errors import UsageError
from reprokit.model.units import format_bytes
from reprokit.render.text import render_count
from reprokit.store.arrays import (
    LARGEST_BYTES,
    SPARE_BYTES,
    KeptArrays,
    find_arrays,
    is_kept,
    list_wholes,
    prepare_arrays,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.model.manifest import ProbeRecord
    from reprokit.model.record import Record
    from reprokit.model.settings import Settings
    from reprokit.run.messages import ArrayPlace


def place_arrays(settings: Settings) -> ArrayPlace:
    """Make the project's folder of arrays ready for workers."""
    from reprokit.run.messages import ArrayPlace  # other commands start no workers

    folder = prepare_arrays(settings.root)
    return ArrayPlace(
        folder=str(folder.absolute()), largest_bytes=LARGEST_BYTES, spare_bytes=SPARE_BYTES
    )


def has_arrays(record: Record, place: ArrayPlace | None) -> bool:
    """Tell whether all arrays of a record that should be kept are."""
    return place is None or all(
        it.size_bytes > place.largest_bytes or is_kept(it, Path(place.folder))
        for it in list_wholes(record)
    )


def tell_arrays(probes: Iterable[ProbeRecord], settings: Settings, place: ArrayPlace | None) -> str:
    """Say how many arrays of a snapshot are kept, and of which probes some are not, and why."""
    if place is None:
        return ""
    folder = Path(place.folder)
    records = {it.id: it.record for it in probes}
    wholes = {it.digest: it for record in records.values() for it in list_wholes(record)}
    kept = [it for it in wholes.values() if is_kept(it, folder)]
    size = format_bytes(sum(it.size_bytes for it in kept))
    lines = [f"kept {render_count(len(kept), 'array')} ({size}) in {_name(folder, settings)}"]
    lacking = {name: _explain_lack(record, place) for name, record in records.items()}
    lines += [f"not kept: {name}: {why}" for name, why in lacking.items() if why]
    return "\n".join(lines)


def _name(folder: Path, settings: Settings) -> str:
    return folder.relative_to(settings.root.absolute()).as_posix()


def _explain_lack(record: Record, place: ArrayPlace) -> str:
    """Say why not all arrays of a record are kept; nothing where they are."""
    return "; ".join(dict.fromkeys(_list_lacks(record, place)))


def _list_lacks(record: Record, place: ArrayPlace) -> Iterator[str]:
    arrays = (record.result, *(it.array for it in (*record.leaves, *record.stages)))
    if any(it is not None and it.statistics for it in arrays):
        yield "a streamed array is never held whole"
    for array in list_wholes(record):
        size = format_bytes(array.size_bytes)
        if array.size_bytes > place.largest_bytes:
            yield f"{size} are more than {format_bytes(place.largest_bytes)}"
        elif not is_kept(array, Path(place.folder)):
            spare = format_bytes(place.spare_bytes)
            yield f"{size} were streamed, not written, or would leave less than {spare} on the disk"


def find_kept(
    settings: Settings | None, folders: Sequence[str], *, largest_bytes: int = LARGEST_BYTES
) -> KeptArrays:
    """Find the arrays that a project keeps, and those in other folders.

    Args:
        settings: The project's; None outside any.
        folders: More of them, as the command line names them.
        largest_bytes: Larger arrays are left alone.

    Raises:
        UsageError: Where one is no folder.
    """
    for name in folders:
        if not Path(name).is_dir():
            raise UsageError("is no folder", where=name, hint="name one that holds kept arrays")
    own = [find_arrays(settings.root)] if settings else []
    return KeptArrays([*own, *map(Path, folders)], largest_bytes=largest_bytes)


def warn_of_faults(kept: KeptArrays) -> None:
    """Tell which files of arrays were not used, and why."""
    for fault in kept.faults:
        complain(f"warning: {fault}")
