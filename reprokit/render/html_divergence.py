"""What a page shows of how two clusters part: elements, distance, runs of bytes, stages, leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.witness import LOG
from reprokit.render.cells import letter_clusters
from reprokit.render.divergence_text import describe_blocks, describe_distance, describe_divergence
from reprokit.render.element import write_element
from reprokit.render.page_table import PageTable
from reprokit.render.text import render_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence, ProbeComparison
    from reprokit.model.divergence import Distance, Divergence, PartDifference
    from reprokit.model.witness import Witness


@dataclass(frozen=True, kw_only=True, slots=True)
class DivergenceView:
    """How two clusters part.

    Attributes:
        title: Which two, by letters and machines.
        text: How, in clauses.
        evidence: How well that is known of the elements; empty where none are.
        distance: What was measured over all elements that differ; empty where nothing was.
        tables: The elements that differ, stages and leaves: those that there are.
    """

    title: str
    text: str
    evidence: str
    distance: str
    tables: tuple[PageTable, ...]


def view_divergence(
    divergence: Divergence,
    probe: ProbeComparison,
    machines: Mapping[str, MachineEvidence],
    *,
    most_elements: int,
) -> DivergenceView:
    """Put a divergence into words and rows.

    Args:
        divergence: One of the probe's.
        probe: The probe.
        machines: The evidence by machine; it tells the dtype.
        most_elements: How many elements are listed.
    """
    letters = letter_clusters(probe)
    sides = (divergence.baseline, divergence.candidate)
    one, other = (letters[it[0]] for it in sides)
    baseline, candidate = (f"{letters[it[0]]} ({render_list(it)})" for it in sides)
    record = machines[divergence.baseline[0]].probes[probe.id].record
    dtype = record.result.dtype if record.result else ""
    tables = [
        _list_elements(divergence, (one, other), dtype, most_elements),
        _list_parts("Stages, in order", "stage", divergence.stages),
        _list_parts("Leaves", "leaf", divergence.leaves),
    ]
    return DivergenceView(
        title=f"{candidate} against {baseline}",
        text=describe_divergence(divergence),
        evidence=_describe_evidence(divergence.witness),
        distance=_tell_distance(divergence.distance),
        tables=tuple(it for it in tables if it is not None),
    )


def _describe_evidence(witness: Witness | None) -> str:
    if witness is None:
        return ""
    proof = "proven by both digests" if witness.proven else "not proven by the digests"
    found = f"found among {witness.searched:,} arrays tried" if witness.searched else "at hand"
    return f"The bytes of both sides are {found}, and {proof}."


def _list_elements(
    divergence: Divergence, letters: tuple[str, str], dtype: str, most: int
) -> PageTable | None:
    witness = divergence.witness
    if witness is None or not witness.elements:
        return None
    shown = witness.elements[:most]
    has_stage = any(it.stage_ulp is not None for it in shown)
    rows = [
        (
            f"{it.index:,}",
            write_element(it.baseline, dtype),
            write_element(it.candidate, dtype),
            f"0x{it.baseline:x}",
            f"0x{it.candidate:x}",
            "" if it.ulp is None else f"{it.ulp:+,}",
            *(["" if it.stage_ulp is None else f"{it.stage_ulp:+,}"] if has_stage else []),
        )
        for it in shown
    ]
    differing = divergence.distance.differing if divergence.distance else len(witness.elements)
    title = "Elements that differ"
    if differing > len(shown):
        title += f": the first {len(shown)} of {differing:,}"
    one, other = letters
    head = ("element", one, other, f"{one} bits", f"{other} bits", "ulp")
    stage = [f"{witness.stage or LOG} ulp"] if has_stage else []
    return PageTable(title=title, head=(*head, *stage), rows=tuple(rows))


def _tell_distance(distance: Distance | None) -> str:
    """Say what was measured: as `Over all that differ, 2 of 8: first 5, …`."""
    if distance is None:
        return ""
    measured = {
        "first": f"{distance.first_index:,}",
        "farthest": _write(distance.worst_index, ","),
        "greatest distance in ulp": _write(distance.max_ulp, ","),
        "mean": _write(distance.mean_ulp, ".6g"),
        "greatest absolute difference": _write(distance.max_absolute, ".6g"),
        "greatest relative": _write(distance.max_relative, ".6g"),
    }
    counted = {
        "changes of sign": distance.sign_changes,
        "0 against -0": distance.zero_signs,
        "number against NaN": distance.nan_changes,
        "NaN of other bits": distance.nan_payloads,
    }
    amounts = measured | {name: f"{count:,}" for name, count in counted.items() if count}
    told = ", ".join(f"{name} {amount}" for name, amount in amounts.items() if amount)
    return f"Over all that differ, {distance.differing:,} of {distance.size:,}: {told}."


def _write(amount: float | None, form: str) -> str:
    return "" if amount is None else format(amount, form)


def _list_parts(title: str, noun: str, parts: Sequence[PartDifference]) -> PageTable | None:
    rows = tuple((it.name, it.state.value, _describe_part(it)) for it in parts)
    return PageTable(title=title, head=(noun, "state", "how it parts"), rows=rows) if rows else None


def _describe_part(part: PartDifference) -> str:
    if part.distance is not None:
        return describe_distance(part.distance)
    return describe_blocks(part.blocks) if part.blocks is not None else ""
