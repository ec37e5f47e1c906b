"""Fine-tuning with LoRA by mlx-lm's own code, small enough to be a probe.

mlx-lm belongs to the extra `training`; it, MLX's `nn` and NumPy are imported when a run begins.
Who changes a number here changes what is computed: raise the revision of the ops in
`probes/catalogue/training.py`.
"""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Mapping

Module: TypeAlias = Any
"""An `mlx.nn.Module`, or an optimizer: mlx-lm has no types to offer."""

BASE_SEED = 0
"""Seeds the base weights, which stand for a checkpoint and so are the same for every seed."""

VOCABULARY = 256
SEQUENCES = 64
SHORTEST, LONGEST = 16, 32
"""Tokens in a sequence; mlx-lm pads to 33, so that every batch has one shape."""

BATCH_SIZE = 4
LAYERS = 2

_EMBEDDING = "model.embed_tokens.weight"
_NUMPY_SEEDS = 2**32


@dataclass(frozen=True, kw_only=True, slots=True)
class LoraSettings:
    """What a run depends on, beside the constants of this module.

    Attributes:
        seed: Seeds MLX right before the draws, and NumPy right before the batches.
        dtype: Dtype of the base weights; `lora_a` and `lora_b` are float32 always.
        steps: Steps of the optimizer.
        draws_before_lora: Draws between the seeding and the LoRA layers; 0 where seeding is done
            right.
        dropout: Probability of LoRA's dropout; above 0 every step draws.
        rank: Columns of `lora_a`.
        learning_rate: Adam's.
    """

    seed: int
    dtype: mx.Dtype
    steps: int
    draws_before_lora: int
    dropout: float
    rank: int
    learning_rate: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LoraRun:
    """What a run gave; weights are joined into one vector each, in the order of their names.

    Attributes:
        embedding: The base's token embedding: drawn from a normal distribution.
        linear: All other base weights: drawn from uniform distributions, or ones.
        lora_a: LoRA's first factors before the first step, float32.
        adapters: Both factors, `lora_a` and `lora_b`, after the last step, float32.
        losses: Loss of each step, float32, shape (steps,).
        grad_norms: Euclidean norm of each step's gradient, float32, shape (steps,).
    """

    embedding: mx.array
    linear: mx.array
    lora_a: mx.array
    adapters: Mapping[str, mx.array]
    losses: mx.array
    grad_norms: mx.array


def make_sequences() -> list[tuple[list[int], int]]:
    """Make token sequences by integer arithmetic alone, so that they are the same everywhere.

    Formula: sequence i begins with token i and goes on with (5 t + 3 + i mod 4) mod 256; its
    length is 16 + 7 i mod 17.

    Returns:
        Pairs of tokens and 0, the offset from which mlx-lm counts the loss.
    """
    sequences = []
    for index in range(SEQUENCES):
        tokens = [index]
        while len(tokens) < SHORTEST + 7 * index % (LONGEST - SHORTEST + 1):
            tokens.append((5 * tokens[-1] + 3 + index % 4) % VOCABULARY)
        sequences.append((tokens, 0))
    return sequences


def fine_tune(settings: LoraSettings) -> LoraRun:
    """Fine-tune a llama of 2 layers and 107 thousand weights with `mlx_lm.tuner.trainer.train`.

    In order: seed with `BASE_SEED`, make the base; seed; draw `draws_before_lora` numbers; make
    the LoRA layers; seed NumPy, whose global generator orders the batches; train. MLX's and
    NumPy's global generators are left as training leaves them.

    Args:
        settings: What the run depends on.

    Returns:
        Evaluated arrays. mlx-lm reports no gradient norms: they are taken where it hands the
        gradient to the optimizer, inside its compiled step.

    Raises:
        ModuleNotFoundError: Where mlx-lm is not installed.
        ValueError: For a negative number of draws.
    """
    if settings.draws_before_lora < 0:
        msg = f"`draws_before_lora` must not be negative, and is {settings.draws_before_lora}"
        raise ValueError(msg)
    model = _make_base(settings.dtype)
    base = _list_weights(model.parameters())
    embedding = base.pop(_EMBEDDING)
    mx.random.seed(settings.seed)
    for _ in range(settings.draws_before_lora):
        mx.random.uniform()
    _add_lora(model, settings)
    before = _join(_list_weights(model.trainable_parameters()), "lora_a")
    mx.eval(embedding, base, before)
    losses, grad_norms = _train(model, settings)
    after = _list_weights(model.trainable_parameters())
    return LoraRun(
        embedding=embedding,
        linear=_join(base),
        lora_a=before,
        adapters={name: _join(after, name) for name in ("lora_a", "lora_b")},
        losses=mx.array(losses, dtype=mx.float32),
        grad_norms=mx.array(grad_norms, dtype=mx.float32),
    )


def _make_base(dtype: mx.Dtype) -> Module:
    llama = _import_mlx_lm("models.llama")
    arguments = llama.ModelArgs(
        model_type="llama",
        hidden_size=64,
        num_hidden_layers=LAYERS,
        intermediate_size=128,
        num_attention_heads=4,
        num_key_value_heads=2,
        rms_norm_eps=1e-5,
        vocab_size=VOCABULARY,
        tie_word_embeddings=False,
    )
    mx.random.seed(BASE_SEED)
    model = llama.Model(arguments)
    model.set_dtype(dtype)
    return model


def _add_lora(model: Module, settings: LoraSettings) -> None:
    """Freeze the base and give every linear map of it LoRA layers, as `mlx_lm.lora` does."""
    model.freeze()
    _import_mlx_lm("tuner.utils").linear_to_lora_layers(
        model, LAYERS, {"rank": settings.rank, "scale": 20.0, "dropout": settings.dropout}
    )


def _train(model: Module, settings: LoraSettings) -> tuple[list[float], list[float]]:
    """Train, and give each step's loss and gradient norm; what mlx-lm prints is dropped."""
    import numpy as np

    trainer = _import_mlx_lm("tuner.trainer")
    adam = import_module("mlx.optimizers").Adam(learning_rate=settings.learning_rate)
    recorder = _Recorder(adam)
    np.random.seed(settings.seed % _NUMPY_SEEDS)  # noqa: NPY002 - the generator mlx-lm draws from
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        trainer.train(
            model=model,
            optimizer=adam,
            train_dataset=make_sequences(),
            val_dataset=None,
            args=trainer.TrainingArgs(
                batch_size=BATCH_SIZE,
                iters=settings.steps,
                steps_per_report=1,
                steps_per_save=settings.steps,
                max_seq_length=LONGEST + 1,
                adapter_file=str(Path(folder) / "adapters.safetensors"),
            ),
            training_callback=recorder,
        )
    return recorder.losses, recorder.grad_norms


class _Recorder:
    """A training callback of mlx-lm that keeps losses, and gradient norms from the optimizer.

    The norm goes out of the compiled step as a part of the optimizer's state.
    """

    def __init__(self, optimizer: Module) -> None:
        self.losses: list[float] = []
        self.grad_norms: list[float] = []
        self._optimizer = optimizer
        self._update = optimizer.update
        optimizer.state["grad_norm"] = mx.array(0.0)
        optimizer.update = self._update_with_norm

    def _update_with_norm(self, model: Module, gradients: Mapping[str, Any]) -> None:
        squares = [
            gradient.astype(mx.float32).square().sum()
            for gradient in _list_weights(gradients).values()
        ]
        self._optimizer.state["grad_norm"] = mx.sqrt(mx.stack(squares).sum())
        self._update(model, gradients)

    def on_train_loss_report(self, train_info: Mapping[str, float]) -> None:
        """Keep what one step gave; a float holds a float32 exactly."""
        self.losses.append(train_info["train_loss"])
        self.grad_norms.append(self._optimizer.state["grad_norm"].item())

    def on_val_loss_report(self, val_info: Mapping[str, float]) -> None:
        """There is no validation."""


def _list_weights(parameters: Mapping[str, Any]) -> dict[str, mx.array]:
    return dict(sorted(import_module("mlx.utils").tree_flatten(parameters)))


def _join(weights: Mapping[str, mx.array], last_name: str = "") -> mx.array:
    """Join weights into one vector; only those whose path ends in a name, where one is given."""
    return mx.concatenate(
        [weight.reshape(-1) for path, weight in weights.items() if path.endswith(last_name)]
    )


def _import_mlx_lm(name: str) -> Module:
    if find_spec("mlx_lm") is None:
        msg = (
            "mlx-lm is not installed; install the extra `training`, "
            "for instance with `uv add 'reprokit-mlx[training]'`"
        )
        raise ModuleNotFoundError(msg, name="mlx_lm")
    return import_module(f"mlx_lm.{name}")
