"""Suites, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.units import format_bytes
from reprokit.render.text import make_harmless, render_table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reprokit.model.definition import Definition
    from reprokit.model.probe import Probe, Suite


def render_suites(suites: Sequence[Suite], *, own: Collection[str], chosen: Collection[str]) -> str:
    """Write a row for each suite: name, probes, whose it is, and what it is for."""
    rows = [
        (
            suite.name,
            str(len(suite.probes)),
            "this project" if suite.name in own else "reprokit",
            "yes" if suite.name in chosen else "",
            suite.about,
        )
        for suite in suites
    ]
    return render_table(("suite", "probes", "from", "in snapshot", "about"), rows) + "\n"


def render_suite(suite: Suite, probes: Sequence[Probe], *, available_bytes: int) -> str:
    """Write what a suite would run, what each probe covers and leaves out, and the memory needed.

    Args:
        suite: The suite.
        probes: Those of its probes that are to be shown.
        available_bytes: The memory there is.
    """
    rows = [
        (
            probe.id,
            describe_definition(probe.definition),
            probe.expectation.value,
            _describe_need(probe, available_bytes),
            _describe_bounds(probe),
        )
        for probe in probes
    ]
    covers = [line for probe in probes for line in _describe_coverage(probe)]
    parts = [
        f"{suite.name}: {make_harmless(suite.about)}",
        f"not measured: {make_harmless(suite.excludes)}" if suite.excludes else "",
        render_table(("probe", "computes", "promise", "memory", "bounds"), rows),
        "\n".join(covers),
        f"{len(probes)} probes; {format_bytes(available_bytes)} of memory available",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def describe_definition(definition: Definition) -> str:
    """Write a definition as one would call it: `random.normal(shape=[8]) bfloat16 seed 0`."""
    arguments = ", ".join(
        f"{name}={list(value) if isinstance(value, tuple) else value}"
        for name, value in definition.arguments.items()
    )
    words = [f"{definition.op}({arguments})"]
    words += [definition.dtype] if definition.dtype else []
    words += [f"seed {definition.seed}"] if definition.seed is not None else []
    words += [definition.key] if definition.key != "raw" else []
    words += [f"on {definition.device}"] if definition.device != "default" else []
    return " ".join(words)


def _describe_need(probe: Probe, available_bytes: int) -> str:
    if not probe.needed_bytes:
        return "unknown"
    fits = "" if probe.needed_bytes <= available_bytes else ": more than there is"
    return f"{format_bytes(probe.needed_bytes)}{fits}"


def _describe_bounds(probe: Probe) -> str:
    words = [f"{probe.time_limit_s:g} s"]
    if probe.repeats is not None:
        words.append(f"{probe.repeats} runs")
    if probe.max_peak_ratio is not None:
        words.append(f"peak up to {probe.max_peak_ratio:g} x output")
    if probe.memory_limit_bytes is not None:
        words.append(f"limit {format_bytes(probe.memory_limit_bytes)}")
    if probe.definition.control is not None:
        word = {None: "control", True: "equals its control", False: "differs from its control"}
        words.append(f"{word[probe.control_equal]} {probe.definition.control.name}")
    if probe.relation is not None:
        words.append("relation holds" if probe.relation else "relation breaks")
    return ", ".join(words)


def _describe_coverage(probe: Probe) -> list[str]:
    lines = [f"{probe.id} covers {make_harmless(probe.covers)}"] if probe.covers else []
    lines += [f"{probe.id} leaves out {make_harmless(probe.excludes)}"] if probe.excludes else []
    return lines
