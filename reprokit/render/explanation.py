"""An explanation of one probe, for a terminal or as markdown."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

from reprokit.model.names import short
from reprokit.model.witness import LOG
from reprokit.render.cells import SEVERITY_WORDS, VERDICT_WORDS
from reprokit.render.divergence_text import describe_divergence
from reprokit.render.element import write_element
from reprokit.render.markdown import render_attributions
from reprokit.render.suite import describe_definition
from reprokit.render.table import render_attributions as render_text_attributions
from reprokit.render.text import (
    escape_markdown,
    render_count,
    render_list,
    render_markdown_table,
    render_table,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.model.divergence import Divergence
    from reprokit.model.explanation import ExplainedCluster, Explanation, Occurrence, Search

FEW_ELEMENTS = 20
"""So many elements are shown; of more the first, unless all are asked for."""

_TREE = "tree"

CLUSTER_HEAD = ("cluster", "machines", "digest", "bytes")


def render_text(
    explanation: Explanation, *, width: int | None = None, verbose: bool = False
) -> str:
    """Write an explanation for a terminal: clusters, each pair of them, causes, searches.

    Args:
        explanation: The explanation.
        width: Columns there are; None for as many as it takes.
        verbose: Whether to show every element that differs.
    """
    rows = _list_clusters(explanation)
    clusters = render_table(CLUSTER_HEAD, rows, width=width) if rows else ""
    parts = [wrap(_head(explanation), width), clusters]
    for pair in explanation.pairs:
        told = _describe_pair(pair)
        rows, left = _list_elements(explanation, pair, verbose=verbose)
        table = render_table(_name_columns(explanation, pair), rows, width=width) if rows else ""
        title = wrap(f"{_name_pair(explanation, pair)}: {told}", width, indent="  ")
        parts.append("\n".join(filter(None, [title, table, left])))
    parts.append(render_text_attributions(explanation.attributions, width=width, verbose=verbose))
    parts.append("\n".join(wrap(it, width, indent="  ") for it in _list_remarks(explanation)))
    return "\n\n".join(filter(None, parts)) + "\n"


def render_markdown(explanation: Explanation, *, verbose: bool = False) -> str:
    """Write an explanation as markdown, with the same parts."""
    escaped = [[escape_markdown(cell) for cell in row] for row in _list_clusters(explanation)]
    parts = [
        f"## {escape_markdown(explanation.probe)}",
        escape_markdown(_head(explanation)),
        render_markdown_table(CLUSTER_HEAD, escaped) if escaped else "",
    ]
    for pair in explanation.pairs:
        title = f"{_name_pair(explanation, pair)}: {_describe_pair(pair)}"
        rows, left = _list_elements(explanation, pair, verbose=verbose)
        cells = [[escape_markdown(cell) for cell in row] for row in rows]
        head = [escape_markdown(it) for it in _name_columns(explanation, pair)]
        parts.append(f"**{escape_markdown(title)}**")
        parts += [render_markdown_table(head, cells)] if rows else []
        parts += [left] if left else []
    parts.append(render_attributions(explanation.attributions, verbose=verbose))
    parts.append("\n".join(f"- {escape_markdown(it)}" for it in _list_remarks(explanation)))
    return "\n\n".join(filter(None, parts)) + "\n"


def _head(explanation: Explanation) -> str:
    parts = [VERDICT_WORDS[explanation.verdict], f"promise {explanation.expectation}"]
    parts += [SEVERITY_WORDS[explanation.severity]] if SEVERITY_WORDS[explanation.severity] else []
    parts += [explanation.reason] if explanation.reason else []
    definitions = {it.definition.digest: it.definition for it in explanation.clusters}
    computed = "; ".join(map(describe_definition, definitions.values()))
    told = f"{explanation.probe}: {', '.join(parts)}"
    return f"{told}; {computed}" if computed else told


def _letter(explanation: Explanation, machines: tuple[str, ...]) -> str:
    index = next(at for at, it in enumerate(explanation.clusters) if it.machines == machines)
    return ascii_uppercase[index] if index < len(ascii_uppercase) else f"#{index + 1}"


def _list_clusters(explanation: Explanation) -> list[tuple[str, ...]]:
    return [
        (
            _letter(explanation, it.machines),
            ", ".join(f"{name}{_tell_commit(explanation, name)}" for name in it.machines),
            short(it.digest),
            _tell_source(it),
        )
        for it in explanation.clusters
    ]


def _tell_commit(explanation: Explanation, machine: str) -> str:
    commits = set(explanation.commits.values())
    commit = explanation.commits[machine]
    return f" ({short(commit)})" if commit and len(commits) > 1 else ""


def _tell_source(cluster: ExplainedCluster) -> str:
    if cluster.result.dtype == _TREE:
        return "a tree of arrays"
    array = f"{cluster.result.dtype}{list(cluster.result.shape)}" if cluster.result.dtype else ""
    return ", ".join(filter(None, [array, cluster.source or "not at hand"]))


def _describe_pair(pair: Divergence) -> str:
    """Say how two clusters part; where runs of bytes are all that is known, how to learn more."""
    told = describe_divergence(pair)
    return f"{told}. {pair.gap}" if pair.gap and pair.blocks else told


def _name_pair(explanation: Explanation, pair: Divergence) -> str:
    baseline, candidate = (_letter(explanation, it) for it in (pair.baseline, pair.candidate))
    return f"{candidate} against {baseline}"


def _name_columns(explanation: Explanation, pair: Divergence) -> tuple[str, ...]:
    letters = [_letter(explanation, it) for it in (pair.baseline, pair.candidate)]
    stage = [f"{LOG} ulp"] if _has_stage(pair) else []
    return ("element", letters[0], letters[1], "ulp", *stage)


def _has_stage(pair: Divergence) -> bool:
    return pair.witness is not None and any(
        it.stage_ulp is not None for it in pair.witness.elements
    )


def _list_elements(
    explanation: Explanation, pair: Divergence, *, verbose: bool
) -> tuple[list[tuple[str, ...]], str]:
    """List the elements that differ, and say how many are left out."""
    if pair.witness is None:
        return [], ""
    dtype = next(it.result.dtype for it in explanation.clusters if it.machines == pair.baseline)
    elements = pair.witness.elements
    shown = elements if verbose else elements[:FEW_ELEMENTS]
    rows = [
        (
            str(it.index),
            write_element(it.baseline, dtype),
            write_element(it.candidate, dtype),
            "" if it.ulp is None else f"{it.ulp:+d}",
            *(["" if it.stage_ulp is None else f"{it.stage_ulp:+d}"] if _has_stage(pair) else []),
        )
        for it in shown
    ]
    return rows, _tell_rest(pair, len(elements), len(shown))


def _tell_rest(pair: Divergence, listed: int, shown: int) -> str:
    """Say how many elements that differ are not shown: of very many, a witness lists the first."""
    differing = pair.distance.differing if pair.distance else listed
    if differing == shown:
        return ""
    if listed == shown:
        return f"and {differing - shown:,} more"
    first = "" if listed == differing else f"the first {listed:,} of "
    return f"and {differing - shown:,} more (`--verbose` shows {first}them)"


def _list_remarks(explanation: Explanation) -> Iterator[str]:
    if explanation.pairs_left_out:
        left = render_count(explanation.pairs_left_out, "pair")
        yield f"{left} of other clusters left out: `--machines` with one of each shows two"
    yield from map(_tell_search, explanation.searches)
    yield from map(_tell_occurrence, explanation.occurrences)


def _tell_search(search: Search) -> str:
    if search.found:
        return (
            f"search: the array of {short(search.digest)} was found among {search.tried:,} tried; "
            "its digest proves it"
        )
    reach = render_list(
        [
            f"{it.tried:,} by {it.stage} within {it.span} ulp "
            f"({'all there are' if it.exhausted else _tell_reach(it.complete_changes)})"
            for it in search.parts
        ]
    )
    elsewhere = search.tried - sum(it.tried for it in search.parts)
    more = f"; {elsewhere:,} more from other arrays at hand" if elsewhere else ""
    return f"search: no array of {short(search.digest)} among {search.tried:,} tried: {reach}{more}"


def _tell_reach(changes: int) -> str:
    if not changes:
        return "not all with one element changed"
    return f"all with up to {changes} element{'' if changes == 1 else 's'} changed"


def _tell_occurrence(occurrence: Occurrence) -> str:
    part = "" if occurrence.part == "result" else f"{occurrence.part} of "
    return (
        f"{part}{occurrence.probe} on {occurrence.machine} at {short(occurrence.commit)} "
        f"gave this digest ({occurrence.manifest})"
    )
