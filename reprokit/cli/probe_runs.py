"""Runs a snapshot's probes: those that an interrupted one has not finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from reprokit.cli.kept_arrays import has_arrays
from reprokit.cli.progress import show_progress
from reprokit.model.manifest import ProbeRecord
from reprokit.observe.hardware import read_available_bytes
from reprokit.render.text import name_probes, render_count
from reprokit.run.schedule import run_probes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.environment import Device
    from reprokit.model.probe import Probe
    from reprokit.model.record import Record
    from reprokit.run.messages import ArrayPlace
    from reprokit.run.runner import Runner
    from reprokit.store.journal import Journal


def find_finished(
    probes: Sequence[Probe], journal: Journal, place: ArrayPlace | None
) -> dict[str, Record]:
    """Find the records that an interrupted snapshot left, and tell of them.

    Args:
        probes: All of the snapshot.
        journal: What it left.
        place: Where arrays are to be kept; a probe of which one is not there is run again.
    """
    found = {it.id: journal.find(it.id, it.definition.digest) for it in probes}
    finished = {name: record for name, record in found.items() if record is not None}
    if not finished:
        return finished
    count = f"{len(finished)} of {render_count(len(probes), 'probe')}"
    typer.echo(f"continuing: {count} were finished before", err=True)
    whole = {name: it for name, it in finished.items() if has_arrays(it, place)}
    if len(whole) < len(finished):
        lost = [name for name in finished if name not in whole]
        typer.echo(f"run again, since their arrays are not kept: {name_probes(lost)}", err=True)
    return whole


def finish_probes(
    runners: Sequence[Runner],
    probes: Sequence[Probe],
    done: tuple[Journal, dict[str, Record]],
    device: Device,
) -> tuple[ProbeRecord, ...]:
    """Run the probes whose record is not there yet; tell how far it came.

    Args:
        runners: One for each probe that may be under way at the same time.
        probes: All of the snapshot, in its order.
        done: The snapshot's journal, and the records of it that stand.
        device: What they compute on.

    Returns:
        A record for each probe.
    """
    journal, records = done
    pending = [probe for probe in probes if probe.id not in records]
    try:
        with show_progress(len(probes), done=len(probes) - len(pending)) as progress:
            for probe, record in run_probes(runners, pending, lambda: _available_bytes(device)):
                journal.append(probe.id, probe.definition.digest, record)
                records[probe.id] = record
                progress.finish(probe, record)
    except KeyboardInterrupt:
        count = f"{len(records)} of {len(probes)} probes are finished and kept"
        typer.echo(f"{count}; the same command goes on from there", err=True)
        raise
    return tuple(
        ProbeRecord(
            id=probe.id,
            suite=probe.suite,
            definition=probe.definition,
            expectation=probe.expectation,
            record=records[probe.id],
            relation=probe.relation,
            control_equal=probe.control_equal,
            max_peak_ratio=probe.max_peak_ratio,
        )
        for probe in probes
        if probe.id in records
    )


def _available_bytes(device: Device) -> int:
    """Memory that a probe may take: what is free, and on a GPU its recommended working set."""
    available = read_available_bytes()
    return min(available, device.working_set_bytes or available)
