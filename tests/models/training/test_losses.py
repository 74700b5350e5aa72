"""The losses against their definitions in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from models.images import masking
from models.training import losses

MASK = np.broadcast_to(masking.border_mask(masking.Border(4, 2, 0, 6), size=16), (3, 16, 16, 1))


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.random((2, 3, 16, 16, 3), np.float32)


def test_pixel_loss_of_all_is_the_mean_squared_error(pictures: tuple) -> None:
    targets, generated = pictures
    result = float(losses.pixel_loss(targets, generated, MASK, "all"))
    assert result == pytest.approx(np.mean((targets - generated) ** 2), rel=1e-5)


def test_pixel_loss_of_hidden_is_the_mean_over_hidden_pixels(pictures: tuple) -> None:
    targets, generated = pictures
    hidden = MASK[..., 0] == 1
    result = float(losses.pixel_loss(targets, generated, MASK, "hidden"))
    expected = np.mean((targets[hidden] - generated[hidden]) ** 2)
    assert result == pytest.approx(expected, rel=1e-5)


def test_pixel_loss_of_hidden_does_not_look_at_known_pixels(pictures: tuple) -> None:
    targets, generated = pictures
    changed = np.where(MASK == 0, 1 - generated, generated)
    loss = losses.pixel_loss(targets, generated, MASK, "hidden")
    assert float(losses.pixel_loss(targets, changed, MASK, "hidden")) == float(loss)
    assert float(losses.pixel_loss(targets, changed, MASK, "all")) != float(loss)


@pytest.mark.parametrize("region", ["hidden", "all"])
def test_pixel_loss_of_equal_pictures_is_zero(pictures: tuple, region: losses.Region) -> None:
    assert float(losses.pixel_loss(pictures[0], pictures[0], MASK, region)) == 0


def test_adversarial_loss_is_minus_log_of_being_taken_for_real() -> None:
    judged = np.array([[0.1], [0.5], [0.9]], np.float32)
    expected = -np.mean(np.log(judged))
    assert float(losses.adversarial_loss(judged)) == pytest.approx(expected, rel=1e-5)


def test_discriminator_loss_is_the_mean_of_both_cross_entropies() -> None:
    real = np.array([[0.9], [0.6]], np.float32)
    generated = np.array([[0.3], [0.2]], np.float32)
    expected = (-np.mean(np.log(real)) - np.mean(np.log(1 - generated))) / 2
    assert float(losses.discriminator_loss(real, generated)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("probability", [0.0, 1e-12, 0.5, 1.0])
def test_losses_and_gradients_are_finite_for_any_judgement(probability: float) -> None:
    judged = tf.Variable([[probability]])
    with tf.GradientTape(persistent=True) as tape:
        adversarial = losses.adversarial_loss(judged)
        discriminator = losses.discriminator_loss(judged, judged)
    for loss in (adversarial, discriminator):
        assert np.isfinite(loss)
        assert np.all(np.isfinite(tape.gradient(loss, judged)))


def test_adversarial_loss_pushes_hardest_where_the_generator_fails() -> None:
    # The form that saturates would push least there.
    judged = tf.Variable([[0.01], [0.5], [0.99]])
    with tf.GradientTape() as tape:
        loss = losses.adversarial_loss(judged)
    gradient = tape.gradient(loss, judged).numpy()[:, 0]
    assert gradient[0] < gradient[1] < gradient[2] < 0


@pytest.mark.parametrize("region", ["hidden", "all"])
def test_pixel_loss_gradient_reaches_the_pixels_that_count(
    pictures: tuple, region: losses.Region
) -> None:
    targets, generated = pictures
    variable = tf.Variable(generated)
    with tf.GradientTape() as tape:
        loss = losses.pixel_loss(targets, variable, MASK, region)
    gradient = tape.gradient(loss, variable).numpy()
    counts = np.broadcast_to(MASK == 1 if region == "hidden" else True, gradient.shape)
    assert np.all(np.isfinite(gradient))
    np.testing.assert_array_equal(gradient[~counts], 0)
    expected = 2 * (generated - targets)[counts] / counts.sum()
    np.testing.assert_allclose(gradient[counts], expected, rtol=1e-4, atol=1e-9)


def test_hinge_costs_nothing_beyond_the_margin() -> None:
    real, generated = np.array([[1.0, 2.0]]), np.array([[-1.0, -3.0]])
    assert float(losses.hinge_discriminator_loss(real, generated)) == 0
    assert float(losses.hinge_discriminator_loss(generated, real)) == pytest.approx(
        (np.mean([2, 4]) + np.mean([2, 3])) / 2
    )
    assert float(losses.hinge_adversarial_loss(generated)) == 2
