"""The game of a generator that draws: real networks, a smaller body, photographs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import features
from models.networks import interface, projected_discriminator, stochastic_unet
from models.training.adversarial.projected import ProjectedGANPhase
from tests.models.conftest import example_batch

Batch = tuple[dict[str, tf.Tensor], tf.Tensor]


@pytest.fixture(scope="module")
def trained(photographs: np.ndarray) -> tuple[ProjectedGANPhase, list, dict]:
    """After three steps: the game, its weights before, and what was recorded."""
    keras.utils.set_random_seed(0)
    generator = stochastic_unet.build_stochastic_unet((8, 8, 16, 16, 16), (1, 1, 1, 1))
    game = ProjectedGANPhase(
        generator, projected_discriminator.ProjectedDiscriminator(), adversarial_weight=1.0
    )
    # Eagerly: for so few steps a graph takes longer than it saves.
    game.compile(optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0), run_eagerly=True)
    parts = (generator, game.discriminator.heads, game.discriminator.projection)
    before = [[np.array(weight) for weight in part.weights] for part in parts]
    x, y = example_batch(photographs[:6])
    history = game.fit(x, y, batch_size=2, epochs=1, verbose=0, validation_data=(x, y))
    return game, before, history.history


def test_what_draws_and_heads_learn_and_mean_and_projection_do_not(trained: tuple) -> None:
    game, before, _ = trained
    parts = (game.generator, game.discriminator.heads, game.discriminator.projection)
    moved = [
        [not np.array_equal(old, new) for old, new in zip(olds, part.weights, strict=True)]
        for olds, part in zip(before, parts, strict=True)
    ]
    mean = {id(weight) for weight in interface.mean_of(game.generator).weights}
    assert moved[0] == [id(weight) not in mean for weight in game.generator.weights]
    assert all(moved[1])
    assert not any(moved[2])


def test_every_term_is_recorded_of_learning_and_of_held_out_pictures(trained: tuple) -> None:
    game, _, history = trained
    for name in game.tracked:
        assert np.isfinite([history[name], history[f"val_{name}"]]).all()
    assert history["spread"][0] > 0
    for name in ("real_accuracy", "generated_accuracy"):
        assert 0 <= history[name][0] <= 1


def test_a_picture_is_imagined_twice_and_not_alike(trained: tuple, photographs: np.ndarray) -> None:
    x, _ = example_batch(photographs[:2])
    draws, mean = trained[0](x)
    first, second = np.split(np.asarray(draws), 2)
    alone = interface.mean_of(trained[0].generator)
    expected = interface.imagine(alone, x[features.MASKED], x[features.MASK], keep_grey=False)
    known = x[features.MASK].numpy()[..., 0] < 0.5
    np.testing.assert_allclose(mean[~known], expected[~known], atol=1e-6)
    np.testing.assert_array_equal(mean[known], x[features.MASKED][known])
    assert first.shape == (2, 128, 128, 3)
    assert np.abs(first - second)[:, :32].max() > 1e-3


def test_the_generator_sees_no_gradient_of_the_discriminators_loss(
    trained: tuple, photographs: np.ndarray
) -> None:
    game = trained[0]
    x, y = example_batch(photographs[:2])
    with tf.GradientTape(persistent=True) as tape:
        terms = {term.name: term.value for term in game.terms(x, y, game(x, training=True), True)}
    weights = {"generator": game.generator, "heads": game.discriminator.heads}
    reached = {
        (term, name): any(
            gradient is not None and np.abs(gradient).max() > 0
            for gradient in tape.gradient(terms[term], network.trainable_variables)
        )
        for term in ("adversarial_loss", "discriminator_loss", "layout")
        for name, network in weights.items()
    }
    assert reached == {
        ("adversarial_loss", "generator"): True,
        ("adversarial_loss", "heads"): False,
        ("discriminator_loss", "generator"): False,
        ("discriminator_loss", "heads"): True,
        ("layout", "generator"): True,
        ("layout", "heads"): False,
    }


def test_known_pixels_are_pasted_in_before_anything_is_judged(
    trained: tuple, photographs: np.ndarray
) -> None:
    game = trained[0]
    x, y = example_batch(photographs[:2])
    imagined, mean = game(x)
    masks = tf.concat([x[features.MASK]] * 2, axis=0)
    judged = []
    for pictures in (imagined, tf.where(masks > 0.5, imagined, 0.0)):
        game._seeds.state.assign([0, 0])
        terms = {term.name: term.value for term in game.terms(x, y, (pictures, mean), False)}
        judged.append(float(terms["adversarial_loss"]))
    assert judged[0] == judged[1]
