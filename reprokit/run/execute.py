"""Runs one probe in this process and measures it; only workers come here."""

from __future__ import annotations

import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reprokit.model.record import ArrayFacts, Failure, Run, Status
from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_array
from reprokit.numerics.keys import derive_key, parse_key_path
from reprokit.observe.privacy import scrub
from reprokit.probes.operation import find_operation
from reprokit.run.messages import Outcome
from reprokit.run.resident import ResidentPeak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reprokit.model.definition import Definition

_REASON_LIMIT = 300
_TRACEBACK_LIMIT = 2000


def run_definition(definition: Definition) -> Outcome:
    """Run what a definition defines, once cold and once warm.

    Args:
        definition: Of an op of the catalogue.

    Returns:
        Digests and measurements; or, where the op raised or the device is not there, why not.
    """
    if definition.device == "gpu" and not _has_gpu():
        return Outcome(status=Status.SKIPPED, failure=Failure(reason="no GPU on this machine"))
    try:
        with _on_device(definition.device):
            return _measure(definition)
    except Exception as error:  # noqa: BLE001 - an op's failure is data, whatever it is
        reason = scrub(f"{type(error).__name__}: {error}")[:_REASON_LIMIT]
        shown = scrub("".join(traceback.format_exception(error)))[-_TRACEBACK_LIMIT:]
        return Outcome(status=Status.FAILED, failure=Failure(reason=reason, stderr=shown))


def _has_gpu() -> bool:
    return bool(mx.is_available(mx.Device(mx.gpu, 0)))


@contextmanager
def _on_device(name: str) -> Iterator[None]:
    """Compute on `cpu` or `gpu` for a while; `default` leaves it to MLX."""
    before = mx.default_device()
    if name != "default":
        mx.set_default_device(mx.Device(getattr(mx, name), 0))
    try:
        yield
    finally:
        mx.set_default_device(before)


def _measure(definition: Definition) -> Outcome:
    function = find_operation(definition.op).function
    arguments = _prepare_arguments(definition)
    mx.clear_cache()
    held_bytes = mx.get_active_memory()
    mx.reset_peak_memory()
    resident = ResidentPeak()
    array, cold_s = _evaluate(function, arguments)
    peak_bytes = mx.get_peak_memory() - held_bytes
    peak_rss_bytes = resident.read_bytes()
    facts = describe_array(array)
    del array
    warm, warm_s = _evaluate(function, arguments)
    run = Run(
        digest=facts.digest,
        warm_digest=digest_array(warm).digest,
        cold_s=round(cold_s, 6),
        warm_s=round(warm_s, 6),
        peak_bytes=max(peak_bytes, 0),
        peak_rss_bytes=peak_rss_bytes,
    )
    return Outcome(status=Status.OK, result=facts, run=run)


def _prepare_arguments(definition: Definition) -> dict[str, Any]:
    """Make the keyword arguments that an op's function is called with."""
    arguments: dict[str, Any] = dict(definition.arguments)
    if definition.dtype is not None:
        arguments["dtype"] = getattr(mx, definition.dtype)
    if definition.seed is not None:
        arguments["key"] = derive_key(definition.seed, parse_key_path(definition.key))
        mx.eval(arguments["key"])
    return arguments


def _evaluate(function: Callable[..., Any], arguments: Mapping[str, Any]) -> tuple[mx.array, float]:
    start = time.perf_counter()
    array = function(**arguments)
    if not isinstance(array, mx.array):
        msg = f"the op returned a `{type(array).__name__}`, not an array"
        raise TypeError(msg)
    mx.eval(array)
    return array, time.perf_counter() - start


def describe_array(array: mx.array) -> ArrayFacts:
    """Keep of an array what a record keeps."""
    digests = digest_array(array)
    return ArrayFacts(
        digest=digests.digest,
        dtype=str(array.dtype).rpartition(".")[2],
        shape=tuple(array.shape),
        bits=digests.bits,
        block_bytes=digests.block_bytes,
        blocks=digests.blocks,
    )
