"""What goes wrong silently is said, once, and nothing is said of a training that is well."""

import math
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from models.networks.build import Networks
from models.training import loop, optimizers
from models.training.adversarial.phases import PHASES, Phase
from models.training.checkpoints import Checkpoints
from models.training.watch import health
from tests.models.conftest import Fixed, settings

Batch = tuple[dict[str, tf.Tensor], tf.Tensor]
Build = Callable[[], Networks]

WELL = {
    "loss": 0.7,
    "real_accuracy": 0.8,
    "generated_accuracy": 0.7,
    "saturated": 0.1,
    "variety": 0.6,
    "generator_gradient_norm": 0.1,
    "discriminator_gradient_norm": 2.0,
}


@pytest.mark.parametrize("phase", PHASES)
def test_nothing_is_found_in_figures_that_are_well(phase: Phase) -> None:
    assert health.findings(phase, WELL, 10_000) == {}
    assert health.findings(phase, {}, 10_000) == {}


# What is found, in which figures, and the like of them with which all is still well.
CASES = [
    ("dead discriminator", {"real_accuracy": 1.0, "generated_accuracy": 0.04}, 0.06),
    ("dead discriminator", {"real_accuracy": 0.96, "generated_accuracy": 0.0}, 0.06),
    ("dead discriminator", {"generated_accuracy": 1.0, "real_accuracy": 0.04}, 0.06),
    ("winning discriminator", {"real_accuracy": 1.0, "generated_accuracy": 0.995}, 0.98),
    ("saturated output", {"saturated": 0.51}, 0.49),
    ("collapsed output", {"variety": 0.04}, 0.06),
    ("exploding generator", {"generator_gradient_norm": 1001.0}, 999.0),
    ("exploding discriminator", {"discriminator_gradient_norm": 1e6}, 999.0),
    ("vanishing generator", {"generator_gradient_norm": 0.0}, 1e-6),
    ("vanishing discriminator", {"discriminator_gradient_norm": 1e-8}, 1e-6),
]


@pytest.mark.parametrize(("name", "figures", "well"), CASES)
def test_each_condition_is_found_and_what_is_just_well_is_not(
    name: str, figures: dict[str, float], well: float
) -> None:
    assert list(health.findings("gan", WELL | figures, 100)) == [name]
    last = list(figures)[-1]
    assert health.findings("gan", WELL | figures | {last: well}, 100) == {}
    # What was learnt is judged only when there was time to learn.
    assert health.findings("gan", WELL | figures, 99) == {}


def test_a_discriminator_may_win_where_the_generator_does_not_learn_from_it() -> None:
    winning = WELL | {"real_accuracy": 1.0, "generated_accuracy": 1.0}
    assert health.findings("discriminator", winning, 100) == {}


@given(
    st.sampled_from(sorted(WELL)),
    st.sampled_from([math.nan, math.inf, -math.inf]),
    st.integers(0, 200),
)
def test_numbers_gone_mad_are_found_from_the_first_step_on(
    name: str, value: float, steps: int
) -> None:
    found = health.findings("discriminator", WELL | {name: value}, steps)
    assert list(found) == ["nan"]
    assert found["nan"].startswith(f"{name} is no number")
    assert "training.discriminator.learning_rate" in found["nan"]


class Told(list):
    """What a Health has told, each with its step."""

    def __call__(self, text: str, step: int) -> None:
        self.append((text.partition(":")[0], step))


def watch(told: Told, steps_before: int = 0) -> health.Health:
    callback = health.Health("gan", told, steps_before)
    model = keras.Sequential()
    model.compile(keras.optimizers.Adam())  # which measures no norms
    callback.set_model(model)
    return callback


def test_a_finding_is_told_and_logged_once_a_phase(caplog: pytest.LogCaptureFixture) -> None:
    told = Told()
    callback = watch(told)
    collapsed = WELL | {"variety": 0.0}
    for batch in range(250):
        callback.on_train_batch_begin(batch)
        callback.on_train_batch_end(batch, collapsed)
    callback.on_epoch_end(0, collapsed)
    assert told == [("collapsed output", 100)]
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("gan phase, batch 100: the generator gives every")
    callback.on_epoch_end(1, collapsed | {"saturated": 0.9})
    assert told[1:] == [("saturated output", 250)]
    watch(again := Told(), steps_before=100).on_epoch_end(0, collapsed)  # another phase
    assert again == [("collapsed output", 100)]


def test_nan_is_told_at_the_very_batch() -> None:
    told = Told()
    callback = watch(told)
    for batch, loss in enumerate([0.5, math.nan, math.nan]):
        callback.on_train_batch_begin(batch)
        callback.on_train_batch_end(batch, WELL | {"loss": loss})
    assert told == [("nan", 2)]


def test_batches_that_it_does_not_hear_of_count() -> None:
    told = Told()
    callback = watch(told)
    for batch in range(130):
        callback.on_train_batch_begin(batch)
        if batch % 40 == 39:
            callback.on_train_batch_end(batch, WELL | {"variety": 0.0})
    assert told == [("collapsed output", 120)]


def test_a_training_that_learns_nothing_is_told_and_its_norms_are_recorded(
    tiny_networks: Build, batch: Batch, tmp_path
) -> None:
    both = tiny_networks()
    both.generator.layers[-1].set_weights([np.zeros((3, 3, 4, 3)), np.full(3, -1000.0)])
    told = Told()
    figures = loop.train(
        both,
        Fixed(tf.data.Dataset.from_tensors(batch)),
        settings(generator=2),
        Checkpoints(str(tmp_path)),
        lambda span, generator: [health.Health(span.phase, told, steps_before=99)],
    )
    assert figures["generator"]["generator_gradient_norm"] == [0, 0]
    expected = ["collapsed output", "saturated output", "vanishing generator"]
    assert sorted(name for name, _ in told) == expected
    assert {step for _, step in told} == {100}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(
    ("plain", "watching"),
    [(keras.optimizers.Adam, optimizers.WatchedAdam), (optimizers.Muon, optimizers.WatchedMuon)],
)
def test_watched_optimizers_step_as_plain_ones_and_measure_the_gradients(
    tiny_networks: Build, batch: Batch, phase: Phase, plain: type, watching: type
) -> None:
    models = [PHASES[phase](*tiny_networks()) for _ in range(2)]
    watched = watching(0.01, models[1].groups())
    for model, optimizer in zip(models, (plain(0.01), watched), strict=True):
        model.compile(optimizer, run_eagerly=True)
    learning = {"generator": ["generator"], "discriminator": ["discriminator"]}
    assert list(models[1].groups()) == learning.get(phase, ["generator", "discriminator"])
    x, targets = batch
    for _ in range(2):
        model = PHASES[phase](*tiny_networks())
        for new, trained in zip(model.variables, models[1].variables, strict=True):
            new.assign(trained)  # dropout's random states among them
        with tf.GradientTape(persistent=True) as tape:
            loss = model.compute_loss(x, targets, model(x, training=True))
        for one in models:
            one.train_on_batch(x, targets)
        for name, variables in model.groups().items():
            gradients = tape.gradient(loss, [v.value for v in variables])
            norm = tf.linalg.global_norm(gradients)
            np.testing.assert_allclose(watched.norms[name].numpy(), norm, rtol=1e-5)
    for plains, watcheds in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(watcheds, plains)
