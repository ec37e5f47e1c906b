"""The environment variables that can change results, by allow-list: no other is ever read out."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from reprokit.model.environment import Variable

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULT_VARIABLES = (
    "MLX_CONV_UNFOLD_TILE_ROWS",
    "MLX_CONV_WINOGRAD_*",
    "MLX_DISABLE_COMPILE",
    "MLX_ENABLE_TF32",
    "MLX_METAL_GPU_ARCH",
    "MLX_SDPA_BLOCKS",
)
"""These decide which kernels run; a star stands for any end."""

SCHEDULING_VARIABLES = (
    "MLX_BFS_MAX_WIDTH",
    "MLX_CUDA_USE_CUDNN_SDPA",
    "MLX_MAX_MB_PER_BUFFER",
    "MLX_MAX_OPS_PER_BUFFER",
    "MLX_METAL_FAST_SYNCH",
    "MLX_RESIDENCY_*",
    "MLX_USE_CUDA_GRAPHS",
    "OMP_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""These decide how work is cut up and where it runs, threads of BLAS libraries among them."""

_PATTERNS = [
    re.compile(re.escape(name).replace(r"\*", "[A-Z0-9_]*"))
    for name in (*RESULT_VARIABLES, *SCHEDULING_VARIABLES)
]
_VALUE = re.compile(r"[A-Za-z0-9_.,:+-]{0,60}")


def observe_variables(environment: Mapping[str, str] = os.environ) -> tuple[Variable, ...]:
    """Observe the variables of the allow-list that are set, by name.

    A value that does not look like a number, a word or a list of such is not told: somebody may
    have put anything there.
    """
    return tuple(
        Variable(name=name, value=value if _VALUE.fullmatch(value) else "(set)")
        for name, value in sorted(environment.items())
        if any(pattern.fullmatch(name) for pattern in _PATTERNS)
    )


def runs_unattended(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this is a run of continuous integration, which sets `CI`."""
    return environment.get("CI", "").strip().lower() not in {"", "0", "false", "no"}
