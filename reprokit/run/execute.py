"""Runs one probe in this process and measures it; only workers come here.

Definition and outcome are plain facts, as JSON holds them. A worker starts faster where it loads
none of the shapes that they have outside (`Definition`, `Outcome`); the runner checks them.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import has_gpu, mx
from reprokit.numerics.keys import RAW, derive_key, parse_key_path
from reprokit.numerics.outcome import Related, Staged, Streamed, flatten_tree
from reprokit.probes.operation import SEPARATOR
from reprokit.run.description import describe_relation, describe_stages, describe_tree
from reprokit.run.device import NO_GPU
from reprokit.run.function import find_function, list_parameters
from reprokit.run.limit import limit_memory
from reprokit.run.resident import ResidentPeak

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from types import TracebackType

_REASON_LIMIT = 300
_TRACEBACK_LIMIT = 2000


def run_definition(
    definition: Mapping[str, Any],
    *,
    memory_limit_bytes: int | None = None,
    arrays: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run what a definition defines, once cold and once warm.

    Args:
        definition: Of an op of the catalogue, or of a user's function: a `DefinitionWire`.
        memory_limit_bytes: Address space that it may add; None for no limit.
        arrays: An `ArrayPlace`, where the bytes of its arrays are kept; None for nowhere.

    Returns:
        An `Outcome`: digests and measurements; or, where the op raised or the device is not there,
        why not.
    """
    device = definition.get("device", "default")
    if device == "gpu" and not has_gpu():
        return {"status": "skipped", "failure": {"reason": NO_GPU}}

    def measure() -> dict[str, Any]:
        with _on_device(device), limit_memory(memory_limit_bytes):
            return _measure(definition, arrays)

    return _attempt(measure)


def import_function(op: str) -> dict[str, Any]:
    """Import a user's function, without calling it.

    Args:
        op: `package.module:function`.

    Returns:
        An `Outcome` without a result; where the import raised, with the user's part of the
        traceback.
    """

    def find() -> dict[str, Any]:
        find_function(op)
        return {"status": "ok"}

    return _attempt(find, hidden=frozenset({"reprokit", "importlib"}))


def _attempt(work: Callable[[], dict[str, Any]], *, hidden: Collection[str] = ()) -> dict[str, Any]:
    """Do what may run a user's code; a failure is an outcome too.

    Args:
        work: What to do.
        hidden: Packages whose frames are left out where a traceback begins.
    """
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - an op's failure is data, whatever it is
        trace = error.__traceback__
        while trace is not None and _name_package(trace) in hidden:
            trace = trace.tb_next
        return {"status": "failed", "failure": _describe_failure(error.with_traceback(trace))}


def _name_package(trace: TracebackType) -> str:
    return str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0]


def _describe_failure(error: Exception) -> dict[str, str]:
    """Describe what an op raised, fit to be published."""
    import traceback  # needed only here, and workers start often

    from reprokit.observe.privacy import scrub

    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    reason = scrub(said)[:_REASON_LIMIT]
    shown = scrub("".join(traceback.format_exception(error)))[-_TRACEBACK_LIMIT:]
    return {"reason": reason, "stderr": shown}


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


def _measure(definition: Mapping[str, Any], arrays: Mapping[str, Any] | None) -> dict[str, Any]:
    op = definition["op"]
    function = find_function(op)
    arguments = _prepare_arguments(definition, function)
    mx.clear_cache()
    held_bytes = mx.get_active_memory()
    mx.reset_peak_memory()
    resident = ResidentPeak()
    seed = definition.get("seed") if SEPARATOR in op else None
    value, cold_s = _evaluate(function, arguments, seed)
    peak_bytes = mx.get_peak_memory() - held_bytes
    peak_rss_bytes = resident.read_bytes()
    result, leaves = describe_tree(value)
    stages = describe_stages(value)
    relation = describe_relation(value)
    _keep_arrays(value, result, leaves, stages, arrays)
    del value
    warm, warm_s = _evaluate(function, arguments, seed)
    warm_relation = describe_relation(warm)
    warm_result, warm_leaves = describe_tree(warm)
    _refuse_reshaped(result, warm_result)
    if warm_result["digest"] != result["digest"]:
        _keep_arrays(warm, warm_result, warm_leaves, describe_stages(warm), arrays)
    if warm_relation and not relation:
        relation = {**warm_relation, "holds": False}  # one that is not there does not hold
    run = {
        "digest": result["digest"],
        "warm_digest": warm_result["digest"],
        "cold_s": round(cold_s, 6),
        "warm_s": round(warm_s, 6),
        "peak_bytes": max(peak_bytes, 0),
        "peak_rss_bytes": peak_rss_bytes,
        "holds": relation and relation["holds"],
        "warm_holds": warm_relation and warm_relation["holds"],
    }
    return {
        "status": "ok",
        "result": result,
        "leaves": leaves,
        "stages": stages,
        "relation": relation,
        "run": run,
    }


def _keep_arrays(
    value: Any,  # noqa: ANN401 - whatever an op returned
    result: Mapping[str, Any],
    leaves: Sequence[Mapping[str, Any]],
    stages: Sequence[Mapping[str, Any]],
    place: Mapping[str, Any] | None,
) -> None:
    if place is None:
        return
    from reprokit.run.array_keeping import keep_result, keep_stages  # needed where it is asked for

    keep_result(value, result, leaves, place)
    keep_stages(value, stages, place)


def _refuse_reshaped(cold: Mapping[str, Any], warm: Mapping[str, Any]) -> None:
    """Refuse equal bytes of another dtype or shape: no digest tells them apart.

    Raises:
        TypeError: With both.
    """
    first, second = (f"{it['dtype']}{it.get('shape', [])}" for it in (cold, warm))
    if cold["digest"] == warm["digest"] and first != second:
        msg = f"the op gave {first} at the first call and {second} at the second, of equal bytes"
        raise TypeError(msg)


def _prepare_arguments(
    definition: Mapping[str, Any], function: Callable[..., Any]
) -> dict[str, Any]:
    """Make the keyword arguments that an op's function is called with."""
    names = list_parameters(function)
    arguments = {name: _freeze(value) for name, value in definition.get("arguments", {}).items()}
    dtype, seed = definition.get("dtype"), definition.get("seed")
    if seed is not None and not names & {"key", "seed"}:
        msg = (
            f"`{definition['op']}` takes neither `key` nor `seed` when it is called, though its "
            "`def` does: a decorator hides them; give the decorator's function `functools.wraps`"
        )
        raise TypeError(msg)
    if dtype is not None:
        arguments["dtype"] = getattr(mx, dtype)
    if seed is not None and "seed" in names:
        arguments["seed"] = seed
    if seed is not None and "key" in names:
        arguments["key"] = derive_key(seed, parse_key_path(definition.get("key", RAW)))
        mx.eval(arguments["key"])
    return arguments


def _freeze(value: Any) -> Any:  # noqa: ANN401 - scalars and lists of them, at any depth
    return tuple(map(_freeze, value)) if isinstance(value, list | tuple) else value


def _evaluate(
    function: Callable[..., Any], arguments: Mapping[str, Any], seed: int | None
) -> tuple[Any, float]:
    """Call a function and evaluate all that it returned.

    Where a seed is given, all global generators are seeded first, which a user's function may draw
    from without a key: NumPy's too, which the function may be the first to load.
    """
    if seed is None:
        return _time_call(function, arguments)
    from reprokit.numerics.random_state import seed_generators, seed_numpy_when_loaded

    seed_generators(seed)
    with seed_numpy_when_loaded(seed):
        return _time_call(function, arguments)


def _time_call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    value = function(**arguments)
    if isinstance(value, Streamed):
        from reprokit.numerics.streaming import digest_stream

        value = digest_stream(value)  # a part of the work: nothing was drawn until now
    mx.eval([part for part in _list_lazy(value) if isinstance(part, mx.array)])
    return value, time.perf_counter() - start


def _list_lazy(value: Any) -> list[Any]:  # noqa: ANN401 - whatever an op returns
    if isinstance(value, Staged):
        return [*_list_lazy(value.result), *value.stages.values()]
    if isinstance(value, Related):
        return _list_lazy(value.result)
    return [leaf for _, leaf in flatten_tree(value)]
