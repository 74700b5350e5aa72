"""Who learns in which phase, from what, and who holds still."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import features
from models.networks import report
from models.networks.build import Networks
from models.training.adversarial import losses
from models.training.adversarial.gan import GAN
from models.training.adversarial.phases import PHASES, Phase

Batch = tuple[dict[str, tf.Tensor], tf.Tensor]
Compiled = Callable[..., GAN]
Build = Callable[[], Networks]


def weights(network: keras.Model) -> list[np.ndarray]:
    return [np.array(weight) for weight in network.weights]


def averages(network: keras.Model) -> list[np.ndarray]:
    """BatchNorm's moving averages."""
    return [np.array(weight) for weight in network.weights if weight.name.startswith("moving_")]


def learnt(model: keras.Model, network: keras.Model) -> list[np.ndarray]:
    """What a step taught a network: its gradients, as Adam notes them, and BatchNorm's averages.

    Not the weights: Adam's first step is as long where a gradient is nothing but rounding.
    """
    optimizer = model.optimizer
    numbers = map(optimizer._get_variable_index, network.trainable_variables)
    return [*(np.array(optimizer._momentums[number]) for number in numbers), *averages(network)]


def alike(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Whether arrays differ by no more than sums do that are added up in another order."""
    pairs = zip(one, other, strict=True)
    return all(np.linalg.norm(a - b) <= 1e-3 * np.linalg.norm(a) + 1e-8 for a, b in pairs)


def same(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    """Whether all weights are equal, to the last bit."""
    return all(np.array_equal(*pair) for pair in zip(before, after, strict=True))


def all_moved(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return not any(np.array_equal(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("phase", "generator_learns", "discriminator_learns"),
    [("generator", True, False), ("discriminator", False, True), ("gan", True, True)],
)
def test_one_step_moves_the_networks_of_the_phase_alone(
    tiny_networks: Build,
    compiled: Compiled,
    batch: Batch,
    phase: Phase,
    generator_learns: bool,
    discriminator_learns: bool,
) -> None:
    both = tiny_networks()
    before = [weights(network) for network in both]
    compiled(both, phase=phase).train_on_batch(*batch)
    after = [weights(network) for network in both]
    learns = (generator_learns, discriminator_learns)
    for index in range(2):
        held = all_moved if learns[index] else same
        assert held(before[index], after[index])


def test_real_discriminator_learns_to_tell_photographs_from_generated(
    tiny_networks: Build, compiled: Compiled, batch: Batch
) -> None:
    generator = tiny_networks().generator
    discriminator = report.build_discriminator(batch_norm_momentum=0.8)
    before = weights(discriminator)
    both = Networks(generator, discriminator)
    x, photographs = batch
    model = compiled(both, learning_rate=0.001, eagerly=False, phase="discriminator")
    history = model.fit(x, photographs, epochs=18, verbose=0).history
    assert all_moved(before, weights(discriminator))
    # Knowing nothing costs log 2. Four epochs together, as dropout makes each differ.
    assert np.mean(history["discriminator_loss"][-4:]) < 0.6 * np.log(2)
    assert np.mean(history["real_accuracy"][-4:]) > 0.7
    assert np.mean(history["generated_accuracy"][-4:]) > 0.7
    # As at use, too: with moving averages and without dropout.
    generated = model.predict_on_batch(x)
    assert np.all(discriminator.predict_on_batch(photographs) > 0.6)
    assert np.all(discriminator.predict_on_batch(generated) < 0.4)


def test_adversarial_term_teaches_the_generator_and_never_the_discriminator(
    tiny_networks: Build, compiled: Compiled, batch: Batch
) -> None:
    after = []
    for adversarial_weight in (0.0, 1e6):
        both = tiny_networks()
        compiled(both, phase="gan", adversarial_weight=adversarial_weight).train_on_batch(*batch)
        after.append(both)
    without, huge = after
    assert same(weights(without.discriminator), weights(huge.discriminator))
    assert not same(weights(without.generator), weights(huge.generator))


def test_adversarial_term_teaches_the_generator_to_be_taken_for_real(
    tiny_networks: Build, compiled: Compiled, batch: Batch
) -> None:
    generator = tiny_networks().generator
    # It takes bright pictures for real, of whatever they are.
    judge = [
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(1, kernel_initializer="ones"),
    ]
    discriminator = keras.Sequential([keras.Input(report.IMAGE_SHAPE), *judge])
    both = Networks(generator, discriminator)
    x, _ = batch
    before = generator.predict_on_batch(x[features.MASKED]).mean()
    # So heavy that pixels do not count.
    model = compiled(both, phase="gan", adversarial_weight=1e6, batch_statistics=False)
    model.fit(*batch, epochs=5, verbose=0)
    after = generator.predict_on_batch(x[features.MASKED]).mean()
    assert after > before + 0.02


def test_a_gan_step_teaches_the_discriminator_what_a_discriminator_step_does(
    tiny_networks: Build, compiled: Compiled, batch: Batch
) -> None:
    # Its BatchNorm averages included: being asked by the generator leaves no trace in them.
    after = []
    for phase in ("discriminator", "gan"):
        both = tiny_networks()
        # Without batch statistics, for then both phases generate the same pictures.
        model = compiled(both, phase=phase, adversarial_weight=1.0, batch_statistics=False)
        model.train_on_batch(*batch)
        assert averages(both.discriminator)
        after.append(learnt(model, both.discriminator))
    assert alike(*after)


def test_a_gan_step_without_adversary_teaches_the_generator_what_a_generator_step_does(
    tiny_networks: Build, compiled: Compiled, batch: Batch
) -> None:
    # What the discriminator learns from generated pictures must not make them easier to tell.
    after = []
    for phase in ("generator", "gan"):
        both = tiny_networks()
        model = compiled(both, phase=phase, adversarial_weight=0.0)
        model.train_on_batch(*batch)
        after.append(learnt(model, both.generator))
    assert alike(*after)


@pytest.mark.parametrize("phase", ["generator", "gan"])
@pytest.mark.parametrize("batch_statistics", [True, False])
def test_batch_statistics_move_the_generators_averages_or_leave_them(
    tiny_networks: Build,
    compiled: Compiled,
    batch: Batch,
    phase: Phase,
    batch_statistics: bool,
) -> None:
    both = tiny_networks()
    before, trained = averages(both.generator), weights(both.generator)
    model = compiled(both, phase=phase, batch_statistics=batch_statistics)
    model.train_on_batch(*batch)
    held = all_moved if batch_statistics else same
    assert held(before, averages(both.generator))
    assert not same(trained, weights(both.generator))


@pytest.mark.parametrize("phase", PHASES)
def test_evaluating_moves_nothing(
    tiny_networks: Build, compiled: Compiled, batch: Batch, phase: Phase
) -> None:
    both = tiny_networks()
    before = [weights(network) for network in both]
    compiled(both, phase=phase).evaluate(*batch, verbose=0)
    for network, weights_before in zip(both, before, strict=True):
        assert same(weights_before, weights(network))


@pytest.mark.parametrize("region", ["hidden", "all"])
def test_losses_are_tracked_by_name_and_by_epoch(
    tiny_networks: Build, compiled: Compiled, batch: Batch, region: losses.Region
) -> None:
    both = tiny_networks()
    x, targets = batch
    # Nothing is learnt and nothing drawn, so that what is tracked can be computed anew.
    model = compiled(
        both,
        learning_rate=0.0,
        phase="gan",
        region=region,
        adversarial_weight=0.5,
        batch_statistics=False,
    )
    history = model.fit(x, targets, batch_size=2, epochs=2, verbose=0, shuffle=False).history
    assert history.keys() == {
        *("loss", "mse", "adversarial_loss", "discriminator_loss"),
        *("real_accuracy", "generated_accuracy", "saturated", "variety"),
    }
    generated = both.generator(x[features.MASKED], training=False)
    mse = float(losses.pixel_loss(targets, generated, x[features.MASK], region))
    # Twice the same: an epoch's figures are of that epoch alone.
    assert history["mse"] == pytest.approx([mse, mse], rel=1e-5)
    for epoch in range(2):
        at = {name: values[epoch] for name, values in history.items()}
        total = at["mse"] + 0.5 * at["adversarial_loss"] + at["discriminator_loss"]
        assert at["loss"] == pytest.approx(total, rel=1e-5)
