"""The phases, what is logged of them, and that something is learnt."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from models import features
from models.images import masking
from models.networks import build
from models.networks.build import Networks
from models.training import loop, optimizers
from models.training.adversarial.phases import PHASES, Phase
from models.training.checkpoints import Checkpoints, Position
from models.training.watch import callbacks
from settings.model import ModelSettings
from settings.training import PhaseSettings, TrainingSettings
from tests.models.conftest import Fixed, settings

Build = Callable[[], Networks]
LOSSES = {
    "generator": {"loss", "mse", "saturated", "variety"},
    "discriminator": {"loss", "discriminator_loss", "real_accuracy", "generated_accuracy"},
}
LOSSES["gan"] = LOSSES["generator"] | LOSSES["discriminator"] | {"adversarial_loss"}
NORMS = {
    "generator": {"generator_gradient_norm"},
    "discriminator": {"discriminator_gradient_norm"},
}
NORMS["gan"] = NORMS["generator"] | NORMS["discriminator"]


class Run(NamedTuple):
    """What came of training all phases."""

    histories: dict
    printed: str
    logs: Path


@pytest.fixture(scope="module")
def run(
    tiny_networks: Build,
    batches: tf.data.Dataset,
    photographs: np.ndarray,
    border: masking.Border,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    folder = tmp_path_factory.mktemp("work")
    monitor = callbacks.monitor(str(folder / "logs"), tf.constant(photographs[:2]), border)
    plan = settings(generator=2, discriminator=1, gan=3)
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        histories = loop.train(
            tiny_networks(), Fixed(batches), plan, Checkpoints(str(folder / "saved")), monitor
        )
    return Run(histories, stderr.getvalue(), folder / "logs")


def test_phases_run_in_order_each_for_its_epochs(run: Run) -> None:
    assert tuple(run.histories) == tuple(PHASES) == ("generator", "discriminator", "gan")
    for phase, epochs in zip(PHASES, (2, 1, 3), strict=True):
        history = run.histories[phase]
        assert history.keys() == LOSSES[phase] | NORMS[phase]
        assert all(np.isfinite(values).all() for values in history.values())
        assert {len(values) for values in history.values()} == {epochs}
    lines = [line.split()[:3] for line in run.printed.splitlines()]
    assert lines == [
        *[["generator", "epoch", "1/2"], ["generator", "epoch", "2/2"]],
        ["discriminator", "epoch", "1/1"],
        *[["gan", "epoch", "1/3"], ["gan", "epoch", "2/3"], ["gan", "epoch", "3/3"]],
    ]


@pytest.mark.parametrize("phase", PHASES)
def test_tensorboard_shows_losses_by_epoch_and_by_batch(run: Run, phase: Phase) -> None:
    logs = EventAccumulator(str(run.logs / phase / "train"), {"tensors": 0}).Reload()
    for name in LOSSES[phase] | NORMS[phase]:
        expected = run.histories[phase][name]
        by_epoch = logs.Tensors(f"epoch_{name}")
        assert [event.step for event in by_epoch] == list(range(len(expected)))
        values = [tf.make_ndarray(event.tensor_proto).item() for event in by_epoch]
        np.testing.assert_allclose(values, expected, rtol=1e-5)
    for name in LOSSES[phase]:
        steps = [event.step for event in logs.Tensors(f"batch_{name}")]
        ends, every = range(2, 2 * len(expected) + 1, 2), range(1, 2 * len(expected) + 1)
        assert set(ends) <= set(steps) <= set(every)
        assert name != "mse" or steps == list(every)


@pytest.mark.parametrize(("phase", "epochs"), [("generator", 2), ("gan", 3)])
def test_tensorboard_shows_pictures_by_epoch(run: Run, phase: Phase, epochs: int) -> None:
    logs = EventAccumulator(str(run.logs / phase), {"tensors": 0}).Reload()
    events = logs.Tensors("input, result, truth")
    assert [event.step for event in events] == list(range(epochs))
    grid = tf.io.decode_png(events[-1].tensor_proto.string_val[2])
    assert grid.shape == (2 * 128, 3 * 128, 3)


def test_generator_learns_to_continue_plain_colours(
    tiny_networks: Build, border: masking.Border, tmp_path: Path
) -> None:
    colours = np.random.default_rng(0).random((4, 1, 1, 3), np.float32)
    plain = np.broadcast_to(colours, (4, 128, 128, 3))
    masks = np.broadcast_to(masking.border_mask(border), (4, 128, 128, 1))
    batches = tf.data.Dataset.from_tensors(
        ({features.MASKED: masking.hide(plain, masks), features.MASK: masks}, plain)
    )
    both = tiny_networks()
    before = both.discriminator.get_weights()
    saved = Checkpoints(str(tmp_path))
    histories = loop.train(both, Fixed(batches), settings(generator=40), saved)
    assert list(histories) == ["generator"]  # phases of no epochs are left out
    for old, new in zip(before, both.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)
    mse = histories["generator"]["mse"]
    assert mse[-1] < 0.2 * mse[0]


def test_plan_and_settings_reach_the_model(tiny_networks: Build) -> None:
    plan = PhaseSettings(epochs=1, learning_rate=0.125, batch_statistics=False)
    chosen = TrainingSettings(loss_region="hidden", adversarial_weight=0.5, generator=plan)
    model = loop.compiled("generator", tiny_networks(), chosen, steps=3)
    assert type(model) is PHASES["generator"]
    assert (model.region, model.adversarial_weight) == ("hidden", 0.5)
    assert model.batch_statistics is False
    assert float(model.optimizer.learning_rate) == 0.125


@pytest.mark.parametrize(
    ("name", "expected"), [("adam", optimizers.WatchedAdam), ("muon", optimizers.WatchedMuon)]
)
def test_a_phase_learns_by_the_optimizer_of_its_plan(
    tiny_networks: Build, name: str, expected: type
) -> None:
    plan = PhaseSettings.model_validate({"epochs": 1, "optimizer": name})
    model = loop.compiled("gan", tiny_networks(), TrainingSettings(gan=plan), steps=2)
    assert type(model.optimizer) is expected


def test_learning_rate_decays_over_the_phase(tiny_networks: Build, batches) -> None:
    plan = PhaseSettings(epochs=2, learning_rate=0.1, decay="cosine")
    model = loop.compiled("generator", tiny_networks(), TrainingSettings(generator=plan), 2)
    rates = [float(model.optimizer.learning_rate)]
    for x, y in batches.repeat(2):
        model.train_on_batch(x, y)
        rates.append(float(model.optimizer.learning_rate))
    assert rates == sorted(rates, reverse=True)
    np.testing.assert_allclose([rates[0], rates[2], rates[4]], [0.1, 0.0525, 0.005], rtol=1e-5)


def test_training_stops_when_the_loss_is_no_number(
    tiny_networks: Build,
    border: masking.Border,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    masks = np.ones((4, 128, 128, 1), np.float32)
    masked = np.zeros((4, 128, 128, 3), np.float32)
    x = {features.MASKED: masked, features.MASK: masks}
    broken = tf.data.Dataset.from_tensor_slices((x, masked * np.nan)).batch(2)
    monitor = callbacks.monitor(str(tmp_path / "logs"), tf.constant(masked), border)
    saved = Checkpoints(str(tmp_path / "saved"))
    plan = settings(generator=5, gan=5)
    with caplog.at_level("WARNING", "models.training.watch.health"):
        histories = loop.train(tiny_networks(), Fixed(broken), plan, saved, monitor)
    assert list(histories) == ["generator"]
    assert len(histories["generator"]["loss"]) == 1
    assert saved.position() is None  # or the next run would go on from NaN
    assert "loss" in caplog.text
    assert "lower training.generator.learning_rate" in caplog.text
    text = EventAccumulator(str(tmp_path / "logs" / "generator"), {"tensors": 0}).Reload()
    (event,) = text.Tensors("warnings")
    assert b"lower training.generator.learning_rate" in event.tensor_proto.string_val[0]


def test_a_seed_gives_the_same_networks_again() -> None:
    plan = ModelSettings(dilation_rates=(1, 1, 2, 2, 1), batch_norm_momentum=0.7)
    first, again, other = (build.build_networks(plan, seed) for seed in (3, 3, 4))
    for network in range(2):
        pairs = zip(first[network].get_weights(), again[network].get_weights(), strict=True)
        assert all(np.array_equal(*pair) for pair in pairs)
        # Not the biases, which all begin as 0.
        pairs = zip(first[network].get_weights(), other[network].get_weights(), strict=True)
        assert any(not np.array_equal(*pair) for pair in pairs)
        layers = first[network].layers
        norms = [lay for lay in layers if isinstance(lay, keras.layers.BatchNormalization)]
        assert {norm.momentum for norm in norms} == {0.7}
    convolutions = [lay for lay in first.generator.layers if getattr(lay, "filters", 0) == 256]
    assert [lay.dilation_rate[0] for lay in convolutions] == [1, 1, 2, 2, 1]


def test_a_training_goes_on_where_its_epochs_have_become_shorter(
    tiny_networks: Build, batches: tf.data.Dataset, tmp_path: Path
) -> None:
    """As where other machines share the files out otherwise."""
    saved = Checkpoints(str(tmp_path))
    both, plan = tiny_networks(), settings(generator=3)
    model = loop.compiled("generator", both, plan, 2)
    saved.save(model, Position("generator", 1, 1))
    figures = loop.train(both, Fixed(batches.take(1)), plan, saved)["generator"]
    assert len(figures["loss"]) == 1  # the last epoch: of the second, nothing was left
    assert saved.position() == Position("generator", 3, 0)
