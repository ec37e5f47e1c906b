"""A limit on memory that the operating system enforces."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATM = "/proc/self/statm"


@contextmanager
def limit_memory(added_bytes: int | None) -> Iterator[None]:
    """Let this process's address space grow by no more than so many bytes for a while.

    Beyond it allocations fail: Python raises MemoryError, MLX raises or aborts. macOS and
    qemu-user take the limit without enforcing it.

    Args:
        added_bytes: How much it may grow; None for no limit.
    """
    if added_bytes is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = _address_space_bytes() + added_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _address_space_bytes() -> int:
    try:
        with open(_STATM, encoding="ascii") as file:  # noqa: PTH123 - pathlib loads slowly
            return int(file.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 0
