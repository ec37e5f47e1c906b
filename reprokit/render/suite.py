"""Suites, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.units import format_bytes
from reprokit.render.text import render_count, render_table, wrap

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from reprokit.model.definition import Definition
    from reprokit.model.probe import Probe, Suite

_INDENT = "    "


def render_suites(
    suites: Sequence[Suite],
    *,
    own: Collection[str],
    chosen: Collection[str],
    width: int | None = None,
) -> str:
    """Write a row for each suite: name, probes, whose it is, and what it is for.

    Args:
        suites: The suites.
        own: Names of those that the project declares.
        chosen: Names of those that a snapshot runs.
        width: Columns there are; None for as many as it takes.
    """
    rows = [
        (
            suite.name,
            str(len(suite.probes)),
            "project" if suite.name in own else "reprokit",
            "yes" if suite.name in chosen else "",
            suite.about,
        )
        for suite in suites
    ]
    head = ("suite", "probes", "from", "default", "about")
    return render_table(head, rows, width=width) + "\n"


def render_suite(
    suite: Suite, probes: Sequence[Probe], *, available_bytes: int, width: int | None = None
) -> str:
    """Write what a suite would run, what each probe covers and leaves out, and the memory needed.

    Args:
        suite: The suite.
        probes: Those of its probes that are to be shown.
        available_bytes: The memory there is.
        width: Columns there are; None for as many as it takes.
    """
    parts = [
        wrap(f"{suite.name}: {suite.about}" if suite.about else suite.name, width),
        wrap(f"not measured: {suite.excludes}", width) if suite.excludes else "",
        *(_render_probe(probe, available_bytes, width) for probe in probes),
        wrap("; ".join(_sum_up(probes, available_bytes)), width),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sum_up(probes: Sequence[Probe], available_bytes: int) -> Iterator[str]:
    yield render_count(len(probes), "probe")
    yield f"{format_bytes(available_bytes)} of memory available"
    silent = sum(not probe.covers for probe in probes)
    if silent:
        yield f"{silent} without a word on what it covers"


def _render_probe(probe: Probe, available_bytes: int, width: int | None) -> str:
    """Write a probe's id, and beneath it what it computes, promises, needs and covers."""
    facts = [
        f"promise {probe.expectation}",
        f"memory {_describe_need(probe, available_bytes)}",
        *_list_bounds(probe),
    ]
    lines = [describe_definition(probe.definition), ", ".join(facts)]
    lines += [f"covers {probe.covers}"] if probe.covers else []
    lines += [f"leaves out {probe.excludes}"] if probe.excludes else []
    deeper = _INDENT + "  "
    return "\n".join(
        [probe.id, *(wrap(f"{_INDENT}{line}", width, indent=deeper) for line in lines)]
    )


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
    fits = "" if probe.needed_bytes <= available_bytes else " (more than there is)"
    return f"{format_bytes(probe.needed_bytes)}{fits}"


def _list_bounds(probe: Probe) -> list[str]:
    words = [f"at most {probe.time_limit_s:g} s a run"]
    if probe.repeats is not None:
        words.append(render_count(probe.repeats, "run"))
    if probe.max_peak_ratio is not None:
        words.append(f"peak at most {probe.max_peak_ratio:g} x output")
    if probe.memory_limit_bytes is not None:
        words.append(f"limit {format_bytes(probe.memory_limit_bytes)}")
    if probe.definition.control is not None:
        word = {None: "control", True: "equals its control", False: "differs from its control"}
        words.append(f"{word[probe.control_equal]} {probe.definition.control.name}")
    if probe.relation is not None:
        words.append("relation holds" if probe.relation else "relation breaks")
    return words
