"""How far an attribution may be trusted, and what would tell more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.derived_facts import (
    C_LIBRARY,
    GPU_GENERATION,
    MACOS,
    TF32_ON,
    TF32_POSSIBLE,
    YES,
    read_gpu_generation,
)
from reprokit.compare.fact_columns import judge_knowledge
from reprokit.model.attribution import Fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reprokit.compare.partition import Line
    from reprokit.model.attribution import FactFit, SignatureMatch
    from reprokit.model.comparison import MachineEvidence

_PAIR = 2
_WAYS_TO_PART = {3: "three machines can part in 4 ways", 4: "four machines can part in 14 ways"}
"""Partitions of so many machines into two clusters at least: Bell's numbers, less one."""

_MOST_ADVICE = 2
_SHOWN = 3


def describe_strength(
    machines: Sequence[MachineEvidence],
    line: Line,
    facts: Sequence[FactFit],
    *,
    signatures: Sequence[SignatureMatch] = (),
    crossing: Sequence[Line] = (),
    whole: Line | None = None,
) -> str:
    """Say how many facts fit, how far that goes, and what would decide.

    Args:
        machines: All that are compared.
        line: The partition, and its probes.
        facts: What was held against it.
        signatures: The known causes that are borne out.
        crossing: The other lines that cross this one.
        whole: A line of more machines that is this one over these.
    """
    count = sum(map(len, line.partition))
    sentences = [_count_facts(count, facts)]
    explained = {name for it in signatures for name in it.probes}
    if signatures and len(explained) < len(line.probes):
        sentences.append(
            f"Known causes are borne out for {len(explained)} of its {len(line.probes)} probes; of "
            "the others none is."
        )
    if crossing:
        shown = ", ".join(it.probes[0] for it in crossing[:_SHOWN])
        sentences.append(
            f"It crosses the line of {shown}: no single split of the machines explains both, so "
            "there are two causes, or one with more than two outcomes."
        )
    if whole:
        sentences.append(
            f"Over the machines that both have, it is the line of {whole.probes[0]} too."
        )
    by_name = {it.name: it for it in machines}
    members = [by_name[name] for cluster in line.partition for name in cluster]
    advice = [it for it in _list_advice(members, facts) if it][:_MOST_ADVICE]
    if advice:
        sentences.append(f"More would be told by {'; or by '.join(advice)}.")
    return " ".join(sentences)


def _count_facts(count: int, facts: Sequence[FactFit]) -> str:
    """Say how many facts fit, and what that is worth."""
    fitting = [name for it in _choose(facts, Fit.INDUCES) for name in (it.fact, *it.also)]
    if not fitting:
        return _explain_no_fit(count, facts)
    groups = len(_choose(facts, Fit.INDUCES))
    things = f"{groups} things" if groups > 1 else "one thing"
    if count == _PAIR:
        if len(fitting) == 1:
            return (
                f"Of two machines every fact that differs fits; `{fitting[0]}` is the only one "
                "known."
            )
        return (
            f"Of two machines every fact that differs fits: {len(fitting)} facts about {things}, "
            "which are not told apart."
        )
    chance = f"; {_WAYS_TO_PART[count]}, so a fit may be chance" if count in _WAYS_TO_PART else ""
    if len(fitting) == 1:
        return f"Over {count} machines `{fitting[0]}` is the only known fact that fits{chance}."
    return (
        f"Over {count} machines {len(fitting)} facts about {things} fit and are not told apart"
        f"{chance}."
    )


def _explain_no_fit(count: int, facts: Sequence[FactFit]) -> str:
    finer = [name for it in _choose(facts, Fit.REFINES) for name in (it.fact, *it.also)]
    unknown = [name for it in _choose(facts, Fit.UNKNOWN) for name in (it.fact, *it.also)]
    words = [f"No fact known of all {count} machines parts them as this line does"]
    if finer:
        words.append(f"{len(finer)} part them further, as `{finer[0]}`")
    if unknown:
        words.append(f"{len(unknown)} are not known of all, as `{unknown[0]}`")
    if len(words) == 1:
        words.append("what does is not among the facts observed")
    return "; ".join(words) + "."


def _choose(facts: Sequence[FactFit], fit: Fit) -> list[FactFit]:
    return [it for it in facts if it.fit is fit]


def _list_advice(machines: Sequence[MachineEvidence], facts: Sequence[FactFit]) -> Iterator[str]:
    """Say which controls and which further machines would decide, the cheapest first."""
    open_facts = {
        name: it for it in facts if it.fit is not Fit.RULED_OUT for name in (it.fact, *it.also)
    }
    fitting = {name: it for name, it in open_facts.items() if it.fit is Fit.INDUCES}
    yield _advise_control(facts, open_facts)
    yield _advise_emulator(machines, fitting)
    yield _advise_software(machines, fitting)
    yield _advise_between(machines, fitting)
    yield _advise_apart(machines, fitting)
    yield _advise_snapshot(facts)


def _advise_control(facts: Sequence[FactFit], open_facts: Mapping[str, FactFit]) -> str:
    possible = next((it for it in facts if TF32_POSSIBLE in (it.fact, *it.also)), None)
    if TF32_ON not in open_facts or possible is None:
        return ""
    able = [name for name, value in possible.values.items() if value == YES]
    return f"the same probes with MLX_ENABLE_TF32=0 on {_join(able)}" if able else ""


def _advise_emulator(machines: Sequence[MachineEvidence], fitting: Mapping[str, FactFit]) -> str:
    emulated = [it for it in machines if it.environment.hardware.emulator]
    if not emulated or not {"hardware.emulator", "hardware.cpu_architecture"} & fitting.keys():
        return ""
    first = emulated[0].environment.hardware
    return f"a real {first.cpu_architecture} machine in place of {first.emulator}"


def _advise_software(machines: Sequence[MachineEvidence], fitting: Mapping[str, FactFit]) -> str:
    """Name what can be made equal on machines as they are."""
    if any(name.startswith("mlx >= ") or name == "packages.mlx.version" for name in fitting):
        return "the same release of mlx on all"
    if _can_swap_libraries(machines, fitting):
        return "one of these machines with the C library of the other, in a container"
    settings = [name for name in fitting if name.startswith("variables.")]
    if settings:
        return f"the same {settings[0].partition('.')[2]} on all"
    if "mlx wheel platform" in fitting and "hardware.cpu_architecture" not in fitting:
        return "the same wheel of mlx on all"
    return ""


def _can_swap_libraries(
    machines: Sequence[MachineEvidence], fitting: Mapping[str, FactFit]
) -> bool:
    """Tell whether a container could bring the other C library: of this CPU, and none of macOS."""
    fits = bool({"os.libc", C_LIBRARY} & fitting.keys())
    same_cpu = "hardware.cpu_architecture" not in fitting
    return fits and same_cpu and all(it.environment.os.name != MACOS for it in machines)


def _advise_between(machines: Sequence[MachineEvidence], fitting: Mapping[str, FactFit]) -> str:
    """Name the generations between which a threshold may lie."""
    start = f"{GPU_GENERATION} >= "
    thresholds = [int(it.removeprefix(start)) for it in fitting if it.startswith(start)]
    read = {read_gpu_generation(judge_knowledge(it)) for it in machines}
    if not thresholds:
        return ""
    # several fit where a machine in between is compared that is not of this line
    above = min(it[0] for it in read if it and it[0] >= max(thresholds))
    below = [it[0] for it in read if it and it[0] < above]
    between = range(max(below) + 1, above) if below else range(0)
    numbers = " or ".join(map(str, between))
    return f"a machine of GPU generation {numbers}, for where the line lies" if between else ""


def _advise_apart(machines: Sequence[MachineEvidence], fitting: Mapping[str, FactFit]) -> str:
    """Name a machine that would tell two kinds of facts apart, which now go together.

    There is none where one machine has no such GPU: no Linux machine has a build of macOS.
    """
    hardware = fitting.get(GPU_GENERATION)
    system = next((it for it in ("os.build", "os.version") if it in fitting), None)
    if hardware is None or system is None:
        return ""
    if not all(read_gpu_generation(judge_knowledge(it)) for it in machines):
        return ""
    one, *_, other = hardware.values
    name = "macOS build" if system == "os.build" else "system version"
    return (
        f"a machine of the GPU generation of {one} with the {name} of {other}, or the other way "
        "round"
    )


def _advise_snapshot(facts: Sequence[FactFit]) -> str:
    unknown = _choose(facts, Fit.UNKNOWN)
    names = [name for it in unknown for name in (it.fact, *it.also)]
    if not names:
        return ""
    more = f" and {_count_more(len(names) - 1)}" if len(names) > 1 else ""
    return f"a snapshot that tells `{names[0]}`{more}"


def _join(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _count_more(count: int) -> str:
    return f"{count} more fact" + ("" if count == 1 else "s")
