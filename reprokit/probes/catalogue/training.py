"""Training with mlx-lm, and the seeding that its parity hangs on.

The LoRA ops need the extra `training`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reprokit.numerics.backend import mx
from reprokit.numerics.lora import LoraSettings, fine_tune
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reprokit.numerics.outcome import Tree
    from reprokit.probes.operation import Count

_RUN_BYTES = 6 * 10**6
_BYTES_FOR_EACH_RANK = 64 * 10**3
"""Measured in MLX's allocator on a CPU, at ranks 8, 64 and 512, and rounded up."""

_DEFAULT_RANK = 8


def _estimate_run(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Weights, activations and gradients, and adapters with Adam's state; for any dtype."""
    del item_bytes
    rank: int = arguments.get("rank", _DEFAULT_RANK)
    return _RUN_BYTES + _BYTES_FOR_EACH_RANK * rank


@operation("training.lora_parity", estimate=_estimate_run)
def lora_parity(
    *,
    seed: int,
    dtype: mx.Dtype,
    steps: Count = 30,
    draws_before_lora: int = 0,
    dropout: float = 0.0,
    rank: Count = _DEFAULT_RANK,
    learning_rate: float = 3e-4,
) -> Tree:
    """Fine-tune a tiny llama with mlx-lm's LoRA and Adam; see `numerics.lora.fine_tune`.

    Formula: each adapted map is x W + 20 (x A) B; A (`lora_a`) is uniform in ±1/√in, B
    (`lora_b`) is 0 at first.
    Leaves: `base.embedding` and `base.linear`, `lora_a` before the first step, `adapters.lora_a`
    and `adapters.lora_b` after the last, `losses` and `grad_norms` of every step.
    Source: FIELD.md section 4; the parity table of unsloth-zoo pull 674 and 678.
    Catches: another draw of base or LoRA weights, another kernel in forward or backward pass,
    another optimizer step, another batch order; by its leaves, which of these came first. The
    loss alone would not do: at step 1 it cannot see `lora_a`.
    """
    run = fine_tune(
        LoraSettings(
            seed=seed,
            dtype=dtype,
            steps=steps,
            draws_before_lora=draws_before_lora,
            dropout=dropout,
            rank=rank,
            learning_rate=learning_rate,
        )
    )
    return {
        "base": {"embedding": run.embedding, "linear": run.linear},
        "lora_a": run.lora_a,
        "adapters": run.adapters,
        "losses": run.losses,
        "grad_norms": run.grad_norms,
    }


@operation("training.seed_placement", estimate=_estimate_run)
def seed_placement(
    *, seed: int, dtype: mx.Dtype, steps: Count = 30, draws_between: Count = 1
) -> Related:
    """Fine-tune twice: seeded right before the LoRA layers, and with draws in between.

    Formula: as `training.lora_parity`; with B = 0 the first loss does not depend on A.
    Source: FIELD.md section 4; unsloth-zoo pull 678.
    Catches: a seeding that draws before the LoRA layers do not move, or a first loss that sees
    `lora_a`: either would make the digests of `training.lora_parity` mean something else.
    """
    last, moved = (
        lora_parity(seed=seed, dtype=dtype, steps=steps, draws_before_lora=draws)
        for draws in (0, draws_between)
    )
    differing = _count_differing(last["lora_a"], moved["lora_a"])
    parting = [
        step
        for step, pair in enumerate(zip(_read(last["losses"]), _read(moved["losses"]), strict=True))
        if pair[0] != pair[1]
    ]
    first_loss_equal = 0 not in parting
    norms = [_read(run["grad_norms"])[0] for run in (last, moved)]
    final = [_read(run["losses"])[-1] for run in (last, moved)]
    return Related(
        name="a draw between seed and LoRA layers changes lora_a, and not the loss of step 1",
        holds=differing > 0 and first_loss_equal,
        facts={
            "lora_a_differing": differing,
            "lora_a_elements": last["lora_a"].size,
            "first_loss_equal": first_loss_equal,
            "first_grad_norm_equal": norms[0] == norms[1],
            "first_step_with_another_loss": parting[0] + 1 if parting else 0,
            "last_loss_difference": final[1] - final[0],
        },
        result={
            name: {part: run[part] for part in ("lora_a", "losses", "grad_norms")}
            for name, run in (("seeded_last", last), ("drawn_between", moved))
        },
    )


@operation("training.seed_resets_state", estimate=lambda *_: 4096)
def seed_resets_state(*, seed: int, draws: Count = 3) -> Related:
    """Seed MLX's global generator, draw, seed again, draw again.

    Formula: `mx.random.seed(s)` sets the state to the key (s >> 32, s mod 2**32); a draw without
    a key replaces the state by its first subkey and uses the second.
    Source: the numerical canary asked for in unsloth-zoo pull 678.
    Catches: a seeding that adds to the state, keeps part of it, or comes too late; a state that
    draws do not move, as in threads of older releases. Uniform draws only, so equal everywhere.
    """
    first_state, first_draws, moved_state = _seed_and_draw(seed, draws)
    second_state, second_draws, _ = _seed_and_draw(seed, draws)
    state_differing = _count_differing(first_state, second_state)
    draws_differing = _count_differing(first_draws, second_draws)
    moves = _count_differing(first_state, moved_state) > 0
    return Related(
        name="seeding again gives the state and the draws of the first seeding",
        holds=moves and state_differing == 0 and draws_differing == 0,
        facts={
            "draws_move_the_state": moves,
            "state_words_differing": state_differing,
            "draws_differing": draws_differing,
        },
        result={"state": second_state, "draws": second_draws, "state_after": moved_state},
    )


def _seed_and_draw(seed: int, draws: int) -> tuple[mx.array, mx.array, mx.array]:
    """Seed, and give the state, numbers drawn without a key, and the state after them."""
    mx.random.seed(seed)
    before = _copy_state()
    drawn = mx.stack([mx.random.uniform() for _ in range(draws)])
    mx.eval(drawn)
    return before, drawn, _copy_state()


def _copy_state() -> mx.array:
    return mx.concatenate(list(cast("Iterable[mx.array]", mx.random.state)))


def _count_differing(left: mx.array, right: mx.array) -> int:
    """Count the 32-bit words that are not the same bits."""
    return cast("int", (left.view(mx.uint32) != right.view(mx.uint32)).sum().item())


def _read(numbers: mx.array) -> list[float]:
    return cast("list[float]", numbers.tolist())
