"""What is said of a result that is new, changed or pending."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from reprokit.compare.baseline_distance import FEW_LEAVES, tell_distance, tell_tree_distance
from reprokit.model.names import short
from reprokit.pytest_plugin import UPDATE
from reprokit.render.changed_result import describe_elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.baseline import BaselineEntry
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.record import ArrayFacts, NamedArray
    from reprokit.pytest_plugin.description import Described
    from reprokit.pytest_plugin.session import TestedBaseline

_UPDATE_HINT = f"`pytest {UPDATE}` writes it as pending, and `reprokit review` accepts it"
_REVIEW_HINT = "hint: decide with `reprokit review`, and commit manifests/accepted/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A result that is not the one held.

    Attributes:
        id: Its name.
        state: `new` or `changed`.
        said: How far it is from what is held, in a clause; empty where nothing is.
        text: All there is to say, in lines.
        seen: Status and digest of what is held; None where nothing is.
    """

    id: str
    state: str
    said: str
    text: str
    seen: tuple[str, str] | None

    def as_sent(self, described: Described, *, keep: bool) -> dict[str, Any]:
        """Write it as a report can carry it; the value itself where it may be kept."""
        sent: dict[str, Any] = {"id": self.id, "state": self.state, "said": self.said}
        sent["digest"] = described.result.digest
        if keep:
            sent["seen"] = list(self.seen) if self.seen else None
            sent["result"] = _as_sent(described.result)
            sent["leaves"] = [
                {"name": it.name, "array": _as_sent(it.array)} for it in described.leaves
            ]
        return sent


def _as_sent(array: ArrayFacts) -> dict[str, Any]:
    facts = asdict(array)
    del facts["statistics"]
    return facts | {"shape": list(array.shape), "blocks": list(array.blocks)}


def judge_difference(tested: TestedBaseline, name: str, described: Described) -> Difference:
    """Say how a result differs from what the baseline holds, or that it holds nothing."""
    entry = tested.baseline.find(tested.key, name) if name in tested.held else None
    if entry is None:
        return _judge_new(tested, name, described)
    said = tell_change(entry, described)
    lines = [
        f"`{name}` changed against the baseline of {_name_family(tested)}",
        f"  {entry.status}  {_name_entry(entry)}",
        f"  now       {_name_array(described.result)}",
        f"  {said}",
        *_list_details(entry, described),
        _hint_change(entry, described),
    ]
    return Difference(
        id=name,
        state="changed",
        said=said,
        text="\n".join(lines),
        seen=(entry.status.value, entry.result.digest),
    )


def _hint_change(entry: BaselineEntry, described: Described) -> str:
    if entry.review.replaces == described.result.digest:
        return (
            "hint: these are the bytes that were accepted last: `git restore manifests/accepted` "
            "takes the pending ones back, as long as they are in no commit"
        )
    return f"hint: if that is meant, {_UPDATE_HINT}"


def tell_change(entry: BaselineEntry, described: Described) -> str:
    """Say in a clause how a result differs from an entry: by leaves, elements or runs of bytes."""
    if entry.leaves and described.leaves:
        return tell_tree_distance(entry.leaves, described.leaves)
    return tell_distance(entry.result, described.result)


def _judge_new(tested: TestedBaseline, name: str, described: Described) -> Difference:
    lines = [
        f"`{name}` is new: nobody has accepted it for {_name_family(tested)}",
        f"  now  {_name_array(described.result)}",
    ]
    elsewhere = tested.baseline.find_elsewhere(tested.key, name)
    said = ""
    if elsewhere is not None:
        said = _tell_elsewhere(*elsewhere, described)
        lines += [f"  {said}", *_list_details(elsewhere[1], described)]
    elif not tested.known:
        lines.append("  the family has no baseline yet")
    lines.append(f"hint: {_UPDATE_HINT}")
    return Difference(id=name, state="new", said=said, text="\n".join(lines), seen=None)


def _tell_elsewhere(key: BaselineKey, entry: BaselineEntry, described: Described) -> str:
    told = tell_change(entry, described)
    return f"under {key} it is {short(entry.result.digest)} ({entry.status}): {told}"


def explain_pending(tested: TestedBaseline, name: str) -> str:
    """Say of a result that is as it was left pending why that is not enough."""
    entry = tested.baseline.find(tested.key, name)
    lines = [f"`{name}` is pending: nobody has accepted it for {_name_family(tested)}"]
    lines += [f"  {_name_entry(entry)}"] if entry else []
    return "\n".join([*lines, _REVIEW_HINT])


def _name_family(tested: TestedBaseline) -> str:
    return f"{tested.family} ({tested.key})"


def _name_entry(entry: BaselineEntry) -> str:
    review = entry.review
    return f"{_name_array(entry.result)}, by {review.by} on {review.at[:10]}: {review.reason}"


def _name_array(array: ArrayFacts) -> str:
    kind = f" {array.dtype}{list(array.shape)}" if array.dtype and array.dtype != "tree" else ""
    return f"{short(array.digest)}{kind}{' tree' if array.dtype == 'tree' else ''}"


def _list_details(entry: BaselineEntry, described: Described) -> Iterator[str]:
    """Show the elements that differ: of an array, or of a tree's first leaves that do."""
    if not entry.leaves or not described.leaves:
        yield from _indent(describe_elements(entry.result, described.result))
        return
    for name, before, after in _pair_differing(entry.leaves, described.leaves)[:FEW_LEAVES]:
        shown = _indent(describe_elements(before, after))
        yield from [f"  {name}", *shown] if shown else []


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _pair_differing(
    before: Sequence[NamedArray], after: Sequence[NamedArray]
) -> list[tuple[str, ArrayFacts, ArrayFacts]]:
    there = {it.name: it.array for it in before}
    return [
        (it.name, there[it.name], it.array)
        for it in after
        if it.name in there and there[it.name] != it.array
    ]
