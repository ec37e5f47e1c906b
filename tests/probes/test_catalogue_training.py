"""The group `training`: LoRA parity, seed placement, and the canary of seeding."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Any, cast

import mlx.core as mx
import pytest

from reprokit.model.record import Status
from reprokit.numerics import lora
from reprokit.numerics.digest import digest_array
from reprokit.numerics.lora import LoraSettings, fine_tune, make_sequences
from reprokit.probes.catalogue.training import lora_parity, seed_placement, seed_resets_state
from reprokit.probes.lookup import find_operation
from reprokit.seeding import SeedConsumedError, seeded
from tests.builders import make_definition
from tests.outcomes import run_definition

SEEDS = [1, 42, 999, 3407, 22222]
STEPS = 3
LEAVES = {
    *("base.embedding", "base.linear", "lora_a", "adapters.lora_a", "adapters.lora_b"),
    *("losses", "grad_norms"),
}

IN_A_PROCESS = f"""
from tests.outcomes import run_definition
from tests.builders import make_definition
outcome = run_definition(make_definition(
    op="training.lora_parity", arguments={{"steps": {STEPS}}}, seed=42, dtype="float32"))
print(outcome.run.digest, outcome.run.warm_digest)
"""

with_mlx_lm = pytest.mark.filterwarnings("default")
"""Whatever mlx-lm's own imports warn of is theirs."""


@pytest.fixture
def mlx_lm() -> None:
    """Skip where the extra `training` is not installed."""
    pytest.importorskip("mlx_lm", exc_type=ModuleNotFoundError)


def run_parity(seed: int = 42, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
    """Run a short fine-tuning."""
    tree: dict[str, Any] = lora_parity(
        **{"seed": seed, "dtype": mx.float32, "steps": STEPS, **arguments}
    )
    return tree


def same(left: mx.array, right: mx.array) -> bool:
    """Whether two arrays are the same bits."""
    return digest_array(left).digest == digest_array(right).digest


def read(array: mx.array) -> float:
    """Return the number that an array of one element holds."""
    return cast("float", array.item())


@pytest.mark.parametrize("name", ["lora_parity", "seed_placement", "seed_resets_state"])
def test_ops_take_a_seed(name: str) -> None:
    """The ops of the group are seeded by their probes."""
    assert find_operation(f"training.{name}").takes_key


def test_sequences_are_made_of_integers() -> None:
    """Every sequence fits the vocabulary and the one shape that batches have."""
    sequences = make_sequences()
    lengths = {len(tokens) for tokens, _ in sequences}
    assert len(sequences) == lora.SEQUENCES
    assert lengths == set(range(lora.SHORTEST, lora.LONGEST + 1))
    assert {token for tokens, _ in sequences for token in tokens} <= set(range(lora.VOCABULARY))
    assert sequences[1][0][:4] == [1, 9, 49, 249]


def test_without_mlx_lm_the_record_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra is a failed probe with the mend in its reason."""
    monkeypatch.setattr(lora, "find_spec", lambda _: None)
    outcome = run_definition(
        make_definition(op="training.lora_parity", arguments={}, seed=42, dtype="float32")
    )
    assert outcome.status is Status.FAILED
    assert outcome.failure is not None
    assert "install the extra `training`" in outcome.failure.reason


def test_a_negative_number_of_draws_is_refused() -> None:
    """It would be the computation of none under another definition."""
    with pytest.raises(ValueError, match="must not be negative"):
        run_parity(draws_before_lora=-1)


@pytest.mark.parametrize("seed", [0, *SEEDS, 2**32, 2**64 - 1])
def test_seeding_resets_the_state(seed: int) -> None:
    """The relation holds, and the state is the seed's key."""
    related = seed_resets_state(seed=seed)
    assert related.holds
    assert related.facts == {
        "draws_move_the_state": True,
        "state_words_differing": 0,
        "draws_differing": 0,
    }
    assert related.result["state"].tolist() == [seed >> 32, seed % 2**32]


def test_the_canary_sees_a_seeding_that_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seeding without effect breaks the relation, and the facts tell where."""
    monkeypatch.setattr(mx.random, "seed", lambda _: None)
    related = seed_resets_state(seed=42)
    assert not related.holds
    assert related.facts["state_words_differing"] == 2
    assert related.facts["draws_differing"] == 3


@with_mlx_lm
@pytest.mark.usefixtures("mlx_lm")
class TestWithMlxLm:
    """What needs the extra `training`."""

    def test_parity_repeats_and_is_finite(self) -> None:
        """The same arguments give the same bits, a loss and a norm for each step."""
        once, again = run_parity(), run_parity()
        assert once["losses"].shape == once["grad_norms"].shape == (STEPS,)
        assert mx.isfinite(once["losses"]).all()
        assert (once["grad_norms"] > 0).all()
        for name in ("lora_a", "losses", "grad_norms"):
            assert same(once[name], again[name])
        assert all(same(once["adapters"][it], again["adapters"][it]) for it in once["adapters"])

    def test_training_learns(self) -> None:
        """Thirty steps lower the loss: what is digested is training, not noise."""
        losses = run_parity(steps=30)["losses"]
        assert read(losses[-5:].mean()) < read(losses[:5].mean()) - 0.5

    def test_the_record_has_a_digest_for_each_part(self) -> None:
        """The leaves are those that the op's docstring names."""
        outcome = run_definition(
            make_definition(
                op="training.lora_parity", arguments={"steps": 1}, seed=1, dtype="float32"
            )
        )
        assert outcome.status is Status.OK
        assert {leaf.name for leaf in outcome.leaves} == LEAVES
        assert outcome.run is not None
        assert outcome.run.digest == outcome.run.warm_digest

    def test_fresh_processes_agree(self) -> None:
        """Two processes give the same bits."""
        printed = [
            subprocess.run(
                [sys.executable, "-c", IN_A_PROCESS], check=True, capture_output=True, text=True
            ).stdout.split()
            for _ in range(2)
        ]
        assert len({digest for digests in printed for digest in digests}) == 1

    def test_a_seed_decides_lora_and_batches_but_not_the_base(self) -> None:
        """The base stands for a checkpoint; all else follows from the seed."""
        one, other = run_parity(1), run_parity(2)
        assert same(one["base"]["embedding"], other["base"]["embedding"])
        assert same(one["base"]["linear"], other["base"]["linear"])
        assert not same(one["lora_a"], other["lora_a"])
        assert read(one["losses"][0]) != read(other["losses"][0])

    def test_lora_a_is_uniform_within_its_bound(self) -> None:
        """`lora_a` of a map from 64 or 128 inputs lies within 1/8."""
        magnitudes = mx.abs(run_parity(steps=1)["lora_a"])
        assert 0.12 < read(magnitudes.max()) <= 0.125

    def test_dropout_draws_inside_the_step(self) -> None:
        """With dropout the first loss is the same, as B is 0, and the second is not."""
        plain, dropped = run_parity(), run_parity(dropout=0.5)
        assert same(plain["lora_a"], dropped["lora_a"])
        assert read(plain["losses"][0]) == read(dropped["losses"][0])
        assert read(plain["losses"][1]) != read(dropped["losses"][1])

    def test_norms_and_losses_are_those_of_an_eager_step(self) -> None:
        """The first loss and norm are what mlx-lm's loss gives without its compiled step."""
        run = fine_tune(make_settings())
        model = lora._make_base(mx.float32)
        mx.random.seed(42)
        lora._add_lora(model, make_settings())
        trainer = import_module("mlx_lm.tuner.trainer")
        batch = next(
            trainer.iterate_batches(
                make_sequences(), batch_size=4, max_seq_length=lora.LONGEST + 1, seed=42
            )
        )
        compute = import_module("mlx.nn").value_and_grad(model, trainer.default_loss)
        (loss, _), gradients = compute(model, *batch)
        flat = lora._list_weights(gradients).values()
        norm = sum(read(gradient.square().sum()) for gradient in flat) ** 0.5
        assert read(run.losses[0]) == pytest.approx(read(loss), rel=1e-6)
        assert read(run.grad_norms[0]) == pytest.approx(norm, rel=1e-5)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_seed_placement_shows_in_lora_a_alone(self, seed: int) -> None:
        """One draw in between changes every run but its first loss."""
        related = seed_placement(seed=seed, dtype=mx.float32, steps=2)
        assert related.holds
        assert related.facts["first_loss_equal"] is True
        assert related.facts["first_grad_norm_equal"] is False
        assert related.facts["first_step_with_another_loss"] == 2
        assert 0 < int(related.facts["lora_a_differing"]) <= int(related.facts["lora_a_elements"])

    def test_a_seed_guard_finds_what_the_control_does(self) -> None:
        """`reprokit.seeding` reports the draw that `seed_placement` is about."""
        model = lora._make_base(mx.float32)
        with seeded(42, on_consumed="raise") as state:
            mx.random.uniform()
            with pytest.raises(SeedConsumedError, match="1 draw"):
                state.guard("LoRA layers")
            state.reseed()
            with state.guard("LoRA layers"):
                lora._add_lora(model, make_settings())
        weights = lora._list_weights(model.trainable_parameters())
        assert same(lora._join(weights, "lora_a"), run_parity(steps=1)["lora_a"])


def make_settings() -> LoraSettings:
    """Make the settings of one step at seed 42, seeded right."""
    return LoraSettings(
        seed=42,
        dtype=mx.float32,
        steps=1,
        draws_before_lora=0,
        dropout=0.0,
        rank=8,
        learning_rate=3e-4,
    )
