"""Writing what is new or changed, as pending: in one process, once, under the baselines' lock."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprokit.compare.baseline import equal_arrays
from reprokit.errors import BaselineError, ProjectError, ReprokitError
from reprokit.model.baseline import BaselineEntry, BaselineStatus, Review, put_entries
from reprokit.model.names import short
from reprokit.model.record import ArrayFacts, NamedArray
from reprokit.observe.project import read_settings
from reprokit.observe.repository import observe_repository
from reprokit.pytest_plugin import UPDATE
from reprokit.pytest_plugin.gathering import UNREPEATED, read_place
from reprokit.store.baselines import check_text, find_place, update_baseline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.baseline import Baseline
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.settings import Settings
    from reprokit.pytest_plugin.gathering import Gathering, Place

WRITER = "pytest"
"""Who stands beside what nobody has reviewed."""

_LONGEST_REASON = 1000


def write_pending(gathering: Gathering, start: Path) -> None:
    """Write to each family's baseline what tests gave, and say in the gathering what was done.

    What another process decided meanwhile stays as it is.

    Args:
        gathering: The results.
        start: A folder of the project.
    """
    for result in gathering.others.values():
        if result["state"] == UNREPEATED:
            gathering.troubles.append(f"not written: `{result['id']}` gave two results in this run")
    try:
        settings = read_settings(start)
        commit = _find_commit(settings)
        for place in gathering.accepted:
            _write_place(gathering, place, settings, commit)
    except ReprokitError as error:
        gathering.troubles.append(f"nothing was written: {error}")


def _find_commit(settings: Settings) -> str:
    """Find the commit that results are of; empty with uncommitted changes, and without git."""
    try:
        state = observe_repository(settings.root, (settings.manifests, settings.milestones))
    except ProjectError:
        return ""
    return "" if state.dirty else state.commit


def _write_place(gathering: Gathering, place: Place, settings: Settings, commit: str) -> None:
    results = gathering.list_keepable(place)
    for result in [it for it in results if _tells_folder(it["id"])]:
        results.remove(result)
        gathering.troubles.append(
            f"not written: `{result['id']}` names a folder of this machine; "
            "give it a `full_name`, or its parameter an id"
        )
    if not results:
        return
    written: list[str] = []
    refused: list[str] = []
    family, key = read_place(place)
    change = partial(
        _put_results,
        key=key,
        results=results,
        commit=commit,
        written=written,
        refused=refused,
    )
    update_baseline(settings.manifests_path, family, change, root=settings.root)
    path = Path(os.path.relpath(find_place(settings.manifests_path, family)))
    if written:
        gathering.written.append(f"wrote {len(written)} pending to {path.as_posix()}")
    gathering.troubles += [f"not written: {it}" for it in refused]


def _tells_folder(name: str) -> bool:
    """Tell whether a name holds a path into a folder that is nobody else's business."""
    folders = [re.escape(str(it)) for it in (Path.home(), Path.cwd()) if len(it.parts) > 1]
    return any(re.search(rf"(?<![\w.]){it}(?![\w.])", name) for it in folders)


def _put_results(
    baseline: Baseline,
    *,
    key: BaselineKey,
    results: Sequence[Mapping[str, Any]],
    commit: str,
    written: list[str],
    refused: list[str],
) -> Baseline:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    fresh = []
    for result in results:
        array = read_facts(result["result"])
        there = baseline.find(key, result["id"])
        if there is not None and equal_arrays(there.result, array):
            continue
        seen = [there.status.value, there.result.digest] if there else None
        if seen != result["seen"]:
            refused.append(f"`{result['id']}` was decided on meanwhile")
            continue
        review = Review(
            by=WRITER,
            at=now,
            reason=_tell_reason(result, there),
            commit=commit,
            replaces=_find_replaced(there),
        )
        entry = _make_entry(result, array, review)
        fault = _find_fault(replace(baseline, tables=()), key, entry)
        if fault:
            refused.append(f"`{entry.id}` does not fit into a baseline: {fault}")
            continue
        written.append(entry.id)
        fresh.append(entry)
    return put_entries(baseline, key, fresh)


def _make_entry(result: Mapping[str, Any], array: ArrayFacts, review: Review) -> BaselineEntry:
    leaves = (NamedArray(name=it["name"], array=read_facts(it["array"])) for it in result["leaves"])
    return BaselineEntry(
        id=result["id"],
        status=BaselineStatus.PENDING,
        result=array,
        review=review,
        leaves=tuple(leaves),
    )


def _find_fault(empty: Baseline, key: BaselineKey, entry: BaselineEntry) -> str:
    """Find what would be refused of an entry, tried alone, so that others are written."""
    try:
        check_text(put_entries(empty, key, [entry]), where="")
    except BaselineError as error:
        field = re.sub(r"^.*?probe\[0\]\.?| \(line \d+\)$", "", error.where or "")
        return f"`{field}`: {error.message}" if field else error.message
    return ""


def read_facts(sent: Mapping[str, Any]) -> ArrayFacts:
    """Make an array's facts of what a report carried."""
    return ArrayFacts(**{**sent, "shape": tuple(sent["shape"]), "blocks": tuple(sent["blocks"])})


def _tell_reason(result: Mapping[str, Any], there: BaselineEntry | None) -> str:
    """Say what moved; also what moved before, where nobody has decided on that yet."""
    start = f"pytest {UPDATE}: "
    told = f"{start}{result['state']}"
    if there is not None:
        told += f" from {short(there.result.digest)} ({there.status} by {there.review.by})"
    told += f": {result['said']}" if result["said"] else ""
    if there is not None and there.status is BaselineStatus.PENDING:
        if there.review.replaces == result["result"]["digest"]:
            told += "; these are the bytes that were accepted last"
        elif there.review.by == WRITER:
            told += f"; before that {there.review.reason.removeprefix(start)}"
    return told[:_LONGEST_REASON]


def _find_replaced(there: BaselineEntry | None) -> str:
    """Find the digest that was accepted last."""
    if there is None:
        return ""
    if there.status is BaselineStatus.ACCEPTED:
        return there.result.digest
    return there.review.replaces
