"""Which machines are meant where the question is about one probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.selection import resolve_machines
from reprokit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.manifest import Manifest
    from reprokit.model.settings import Settings


def choose_machines(
    probe: str,
    machines: str,
    manifests: Mapping[str, Sequence[Manifest]],
    settings: Settings | None,
) -> dict[str, Sequence[Manifest]]:
    """Choose the machines that have measured a probe.

    Args:
        probe: Its id.
        machines: Names or words of those that are wanted, with commas between; empty for all.
        manifests: All manifests of all machines.
        settings: The project's; None outside any.

    Returns:
        All manifests of those machines, also such as lack the probe.

    Raises:
        UsageError: Where no machine, or not one that was asked for, has measured it.
    """
    having = {
        machine: items
        for machine, items in manifests.items()
        if any(it.id == probe for manifest in items for it in manifest.probes)
    }
    asked = [name.strip() for name in machines.split(",")] if machines else []
    chosen = resolve_machines(asked, tuple(manifests)) or tuple(having)
    lacking = [name for name in chosen if name not in having]
    if lacking or not chosen:
        raise _refuse_probe(probe, manifests, settings, lacking)
    return {name: manifests[name] for name in chosen}


def _refuse_probe(
    probe: str,
    manifests: Mapping[str, Sequence[Manifest]],
    settings: Settings | None,
    lacking: Sequence[str],
) -> UsageError:
    known = dict.fromkeys(
        it.id for items in manifests.values() for manifest in items for it in manifest.probes
    )
    if probe in known:
        return UsageError(
            f"`{probe}` was never measured on {', '.join(lacking)}",
            where="--machines",
            hint=f"`reprokit snapshot --probe {probe}` there measures it",
        )
    from reprokit.cli.choice import propose_probe  # loads the suites, which others need not

    return UsageError(
        f"no machine has measured a probe `{probe}`",
        where="PROBE",
        hint=propose_probe(probe, settings, known=list(known)),
    )
