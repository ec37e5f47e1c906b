"""Probes that agree and tell nothing by it: too few elements for a difference to be expected."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from reprokit.model.comparison import Verdict
from reprokit.model.milestone import SmallAgreement

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, ProbeComparison
    from reprokit.model.definition import Definition

_FEWEST_EXPECTED = 3.0
"""Where so many elements would differ if they did so independently, one in twenty agrees."""


def find_small_agreements(comparison: Comparison) -> tuple[SmallAgreement, ...]:
    """Find the probes that agree where others of their op part, and are small.

    If of n elements of an op d differ, about s·d/n of s others would. Where that is less than 3,
    it is no wonder if none does, and their agreement is no sign that they are computed otherwise.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    for probe in comparison.probes:
        definition = _find_definition(comparison, probe)
        distance = probe.divergences[0].distance if probe.divergences else None
        if definition is not None and distance is not None:
            count = counts.setdefault(_name_op(definition), [0, 0])
            count[0] += distance.differing
            count[1] += distance.size
    found = (_judge(comparison, it, counts) for it in comparison.probes)
    return tuple(it for it in found if it is not None)


def _judge(
    comparison: Comparison, probe: ProbeComparison, counts: dict[tuple[str, str], list[int]]
) -> SmallAgreement | None:
    definition = _find_definition(comparison, probe)
    if probe.verdict is not Verdict.IDENTICAL or definition is None:
        return None
    differing, total = counts.get(_name_op(definition), (0, 0))
    results = (it.probes[probe.id].record.result for it in comparison.machines)
    size = next((prod(it.shape) for it in results if it is not None and it.dtype), 0)
    if not differing or not size or size * differing / total >= _FEWEST_EXPECTED:
        return None
    return SmallAgreement(
        probe=probe.id, op=definition.op, size=size, differing=differing, total=total
    )


def _find_definition(comparison: Comparison, probe: ProbeComparison) -> Definition | None:
    """Return what a probe computes; None where machines do not all compute it, or not the same."""
    definitions = [
        it.probes[probe.id].definition for it in comparison.machines if probe.id in it.probes
    ]
    same = len({it.digest for it in definitions}) == 1
    return definitions[0] if same and len(definitions) == len(comparison.machines) else None


def _name_op(definition: Definition) -> tuple[str, str]:
    return definition.op, definition.dtype or ""
