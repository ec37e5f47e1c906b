"""What the gates say, in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.model.check import GateVerdict
from reprokit.render.github import write_annotation, write_lines
from reprokit.render.json import write_json
from reprokit.render.junit import Case, CaseResult, write_junit
from reprokit.render.text import (
    FEW,
    escape_markdown,
    make_harmless,
    render_count,
    render_list,
    render_markdown_table,
    render_table,
    wrap,
)

if TYPE_CHECKING:
    from reprokit.model.check import CheckReport, Gate, GateFinding

CHECK_SCHEMA = "reprokit/check/1"
HEAD = ("gate", "verdict", "what")

WORDS = {
    GateVerdict.BLOCK: "BLOCK",
    GateVerdict.UNKNOWN: "UNKNOWN",
    GateVerdict.WARN: "warn",
    GateVerdict.PASS: "pass",
}

_CONCLUSIONS = {
    GateVerdict.BLOCK: "stop",
    GateVerdict.UNKNOWN: "cannot tell",
    GateVerdict.WARN: "go, with warnings",
    GateVerdict.PASS: "go",
}

_GITHUB = {
    GateVerdict.BLOCK: "error",
    GateVerdict.UNKNOWN: "error",
    GateVerdict.WARN: "warning",
}

_RESULTS = {GateVerdict.BLOCK: CaseResult.FAILURE, GateVerdict.UNKNOWN: CaseResult.ERROR}


def render_text(report: CheckReport, *, width: int | None = None, verbose: bool = False) -> str:
    """Write a row for each gate, the next steps, and the conclusion.

    Args:
        report: The gates.
        width: Columns there are; None for as many as it takes.
        verbose: Whether to tell every finding, however many.
    """
    rows = [(it.name, WORDS[it.verdict], _tell(it, verbose=verbose)) for it in report.gates]
    steps = [
        wrap(f"{number}. {gate.name}: {gate.step}", width, indent="   ")
        for number, gate in enumerate(_list_steps(report), 1)
    ]
    parts = [
        wrap(describe_subject(report), width, indent="  "),
        render_table(HEAD, rows, width=width),
        *(["\n".join(["next:", *steps])] if steps else []),
        conclude(report),
    ]
    return "\n\n".join(parts) + "\n"


def describe_subject(report: CheckReport) -> str:
    """Say what was checked: commit, tag and machines."""
    machines = render_list([f"{it.name} ({it.family})" for it in report.machines])
    tag = f" for {report.tag}" if report.tag else ""
    return f"check{tag} at {report.commit or 'no commit'}: {machines or 'no machine'}"


def conclude(report: CheckReport) -> str:
    """Say go or stop, and how many gates say so."""
    counts = [
        f"{render_count(report.count(verdict), 'gate')} {word}"
        for verdict, word in (
            (GateVerdict.BLOCK, "blocking"),
            (GateVerdict.UNKNOWN, "unknown"),
            (GateVerdict.WARN, "warning"),
        )
        if report.count(verdict)
    ]
    said = _CONCLUSIONS[report.verdict]
    return f"{said}: {', '.join(counts)}" if counts else f"{said}: all gates pass"


def _list_steps(report: CheckReport) -> list[Gate]:
    return [it for it in report.gates if it.step and it.verdict is not GateVerdict.PASS]


def _tell(gate: Gate, *, verbose: bool) -> str:
    """Tell a gate's findings, the gravest first; its summary where there are none."""
    if not gate.findings:
        return gate.summary
    gravest = sorted(gate.findings, key=lambda it: list(GateVerdict).index(it.verdict))
    shown = gravest if verbose else gravest[:FEW]
    text = "; ".join(_write_finding(it) for it in shown)
    more = len(gravest) - len(shown)
    return f"{text}; and {more} more (`--verbose` names them)" if more else text


def _write_finding(finding: GateFinding) -> str:
    return f"{finding.place}: {finding.text}" if finding.place else finding.text


def render_json(report: CheckReport) -> str:
    """Write the gates as JSON: `reprokit/check/1`."""
    return write_json(
        {
            "schema": CHECK_SCHEMA,
            "verdict": report.verdict.value,
            "commit": report.commit or None,
            "tag": report.tag or None,
            "unattended": report.unattended,
            "machines": [{"name": it.name, "family": it.family} for it in report.machines],
            "gates": [_describe_gate(it) for it in report.gates],
            "summary": {verdict.value: report.count(verdict) for verdict in GateVerdict},
        }
    )


def _describe_gate(gate: Gate) -> dict[str, Any]:
    return {
        "name": gate.name,
        "verdict": gate.verdict.value,
        "summary": gate.summary,
        "findings": [
            {
                "verdict": it.verdict.value,
                "machine": it.machine or None,
                "probe": it.probe or None,
                "text": it.text,
            }
            for it in gate.findings
        ],
        "next": gate.step if gate.findings else None,
    }


def render_markdown(report: CheckReport, *, verbose: bool = False) -> str:
    """Write the gates as markdown, for a comment."""
    rows = [
        (it.name, WORDS[it.verdict], escape_markdown(_tell(it, verbose=verbose)))
        for it in report.gates
    ]
    steps = [f"1. {it.name}: {make_harmless(it.step)}" for it in _list_steps(report)]
    parts = [
        f"**{escape_markdown(conclude(report))}**",
        escape_markdown(describe_subject(report)),
        render_markdown_table(HEAD, rows),
        *(["\n".join(["Next:", "", *steps])] if steps else []),
    ]
    return "\n\n".join(parts) + "\n"


def render_junit(report: CheckReport) -> str:
    """Write the gates as JUnit XML: a case for each, with failures and errors."""
    cases = [
        Case(
            name=gate.name,
            result=_RESULTS.get(gate.verdict, CaseResult.PASSED),
            message=_tell(gate, verbose=False),
            lines=tuple(_write_finding(it) for it in gate.findings),
        )
        for gate in report.gates
    ]
    return write_junit("reprokit check", "reprokit.check", cases)


def render_github(report: CheckReport) -> str:
    """Write an annotation for each finding, as a workflow's log understands them."""
    annotations = [
        write_annotation(
            _GITHUB[finding.verdict], f"reprokit check: {gate.name}", _write_finding(finding)
        )
        for gate in report.gates
        for finding in gate.findings
        if finding.verdict in _GITHUB
    ]
    return write_lines(annotations, conclude(report))
