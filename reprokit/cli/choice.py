"""Which probes are meant, and what to say where none is."""

from __future__ import annotations

import shlex
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reprokit.errors import SuiteError, UsageError
from reprokit.probes.suite_file import list_suites, load_suite, locate_probe
from reprokit.render.text import FEW, render_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from reprokit.model.probe import Probe, Suite
    from reprokit.model.settings import Settings

_MOST_SUITES = 4
_WHOLE = "a glob must fit a whole id"
_CLOSE = 0.5
"""How alike a near miss is at least, by difflib's ratio."""


def refuse_glob(
    glob: str, settings: Settings | None, *, asked: str, known: Collection[str], command: str
) -> UsageError:
    """Explain that no probe fits: where there would be a match, or what is spelled nearly so.

    Args:
        glob: What was asked for.
        settings: The project's; None outside any.
        asked: Where a match was looked for, as `of the suite core`.
        known: The ids there; the first to be proposed.
        command: The command that reaches a probe in another suite, with `{suite}` and `{glob}`.

    Returns:
        The error, to be raised.
    """
    suites = _list_ids(settings)
    wider = f"*{glob}*"
    near = [name for name in known if fnmatchcase(name, wider)]
    if fitting := _find_fitting(glob, suites):
        hint = _point_at(fitting, command, glob)
    elif near:
        hint = f"{_WHOLE}: `--probe {shlex.quote(wider)}` fits {_show(near)}"
    elif fitting := _find_fitting(wider, suites):
        hint = f"{_WHOLE}, and with `{wider}` {_point_at(fitting, command, wider)}"
    else:
        hint = _propose(glob, known, suites)
    return UsageError(f"no probe {asked} fits `{glob}`", where="--probe", hint=hint)


def propose_probe(name: str, settings: Settings | None, *, known: Collection[str]) -> str:
    """Propose what a probe's id may have meant: measured ones, else where it is declared.

    Args:
        name: What was asked for: one id, no glob.
        settings: The project's; None outside any.
        known: The ids that were measured.
    """
    suites = _list_ids(settings)
    declaring = [suite for suite, ids in suites.items() if name in ids]
    if declaring:
        command = f"reprokit snapshot --suite {declaring[0]} --probe {name}"
        return f"the suite `{declaring[0]}` declares it: `{command}` measures it"
    bare = name.replace("*", "").replace("?", "")
    near = [it for it in known if fnmatchcase(it, f"*{bare}*")] if bare else []
    if near:
        verb, holds = ("is", "holds") if len(near) == 1 else ("are", "hold")
        return f"it takes one id; there {verb} {_show(near)} that {holds} these letters"
    return _propose(name, known, suites)


def refuse_duplicates(suites: Sequence[Suite], settings: Settings) -> None:
    """Refuse suites that cannot be run together, because they share an id.

    Raises:
        UsageError: With the places of both in their files.
    """
    first_of: dict[str, Probe] = {}
    for suite in suites:
        for probe in suite.probes:
            first = first_of.setdefault(probe.id, probe)
            if first.suite != suite.name:
                place, other = (
                    str(locate_probe(it, settings.suites_path) / "id") for it in (probe, first)
                )
                raise UsageError(
                    f"`{probe.id}` is a probe of the suite `{first.suite}` too, which is run with "
                    f"it: {other}",
                    where=place,
                    hint="an id names one probe of a project: rename one, or run one suite at a "
                    "time with `--suite`",
                )


def _list_ids(settings: Settings | None) -> dict[str, tuple[str, ...]]:
    """List the ids of every suite there is; a wrong one of the project is another error's."""
    ids: dict[str, tuple[str, ...]] = {}
    if settings is None:
        return ids
    for name in list_suites(settings.suites_path):
        try:
            suite = load_suite(name, settings.suites_path, root=settings.root)
        except SuiteError:
            continue
        ids[name] = tuple(probe.id for probe in suite.probes)
    return ids


def _find_fitting(glob: str, suites: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    found = {name: tuple(it for it in ids if fnmatchcase(it, glob)) for name, ids in suites.items()}
    return {name: ids for name, ids in found.items() if ids}


def _show(ids: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in ids[:FEW])
    return f"{render_count(len(ids), 'probe')} ({shown}{', …' if len(ids) > FEW else ''})"


def _point_at(fitting: Mapping[str, Sequence[str]], command: str, glob: str) -> str:
    parts = [f"{_show(ids)} of the suite `{name}`" for name, ids in fitting.items()]
    shown = "; ".join(parts[:_MOST_SUITES])
    first = command.format(suite=next(iter(fitting)), glob=shlex.quote(glob))
    verb = "does" if sum(map(len, fitting.values())) == 1 else "do"
    return f"{shown} {verb}: `{first}`"


def _propose(glob: str, known: Collection[str], suites: Mapping[str, Sequence[str]]) -> str:
    """Propose ids that are spelled alike, those that were meant by the command first."""
    bare = glob.replace("*", "").replace("?", "")
    everything = [name for suite in suites.values() for name in suite]
    for ids in (list(known), everything):
        near = get_close_matches(bare, ids, n=FEW, cutoff=_CLOSE)
        if near:
            found = [f"`{name}`{_tell_suite(name, known, suites)}" for name in near]
            return f"did you mean {', '.join(found)}?"
    verb = "is" if len(known) == 1 else "are"
    return f"there {verb} {_show(list(known))}; `reprokit suite show NAME` lists those of a suite"


def _tell_suite(name: str, known: Collection[str], suites: Mapping[str, Sequence[str]]) -> str:
    if name in known:
        return ""
    return f" of `{next(suite for suite, ids in suites.items() if name in ids)}`"
