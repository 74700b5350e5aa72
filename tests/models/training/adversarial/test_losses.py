"""The losses against their definitions in NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from models.images import masking
from models.training.adversarial import losses

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


def logits(probabilities: list[float]) -> np.ndarray:
    return special.logit(np.array(probabilities, np.float32))[:, None]


def test_adversarial_loss_is_minus_log_of_being_taken_for_real() -> None:
    judged = [0.1, 0.5, 0.9]
    expected = -np.mean(np.log(judged))
    assert float(losses.adversarial_loss(logits(judged))) == pytest.approx(expected, rel=1e-5)


def test_discriminator_loss_is_the_mean_of_both_cross_entropies() -> None:
    real, generated = np.array([0.9, 0.6]), np.array([0.3, 0.2])
    expected = (-np.mean(np.log(real)) - np.mean(np.log(1 - generated))) / 2
    loss = losses.discriminator_loss(logits([0.9, 0.6]), logits([0.3, 0.2]))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("logit", [-200.0, -17.0, 0.0, 17.0, 200.0])
def test_losses_are_finite_and_the_generator_learns_from_a_sure_discriminator(logit: float) -> None:
    judged = tf.Variable([[logit]])
    with tf.GradientTape(persistent=True) as tape:
        adversarial = losses.adversarial_loss(judged)
        discriminator = losses.discriminator_loss(judged, judged)
    for loss in (adversarial, discriminator):
        assert np.isfinite(loss)
        assert np.all(np.isfinite(tape.gradient(loss, judged)))
    # Through a probability the gradient would be 0 from a logit of -17 down.
    expected = -special.expit(-logit)
    assert float(tape.gradient(adversarial, judged)[0, 0]) == pytest.approx(expected, rel=1e-4)


def test_adversarial_loss_pushes_hardest_where_the_generator_fails() -> None:
    # The form that saturates would push least there.
    judged = tf.Variable(logits([0.01, 0.5, 0.99]))
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


def drawn(seed: int, spread: float) -> np.ndarray:
    """Pictures of blocks of 32 pixels, each of a colour drawn around a half."""
    blocks = np.random.default_rng(seed).normal(0.5, spread, (2000, 1, 1, 1))
    return np.broadcast_to(blocks, (2000, 32, 32, 1)).astype(np.float32)


@pytest.mark.parametrize(("weight", "best"), [(1.0, 0.2), (0.7, 0.2 * np.sqrt(0.245 / 0.755))])
def test_the_layout_score_is_least_for_draws_as_far_apart_as_it_asks(
    weight: float, best: float
) -> None:
    hidden = np.ones((2000, 32, 32, 1), np.float32)
    truth = drawn(0, 0.2)

    def score(spread: float) -> float:
        pair = (drawn(1, spread), drawn(2, spread))
        return float(losses.layout_score(truth, *pair, hidden, weight)[0])

    assert score(best) < min(score(0.0), score(0.6 * best), score(1.7 * best))


def test_the_layout_score_sees_hidden_pixels_only_and_no_detail(pictures: tuple) -> None:
    hidden = np.zeros((2, 64, 64, 1), np.float32)
    hidden[:, :, 32:] = 1
    generator = np.random.default_rng(0)
    targets, first, second = generator.random((3, 2, 64, 64, 3), np.float32)
    score, apart = losses.layout_score(targets, first, second, hidden, 0.7)
    noise = np.where(np.indices((64, 64)).sum(0) % 2, 0.1, -0.1)[..., None].astype(np.float32)
    changed = np.where(hidden > 0.5, first + noise, 1 - first)
    again = losses.layout_score(targets, changed, second, hidden, 0.7)
    np.testing.assert_allclose(again, (score, apart), rtol=1e-4)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_squared_bias_takes_no_variety_for_error(spread: float) -> None:
    hidden = np.ones((2000, 32, 32, 1), np.float32)
    mean = np.full((2000, 32, 32, 3), 0.5, np.float32)
    pair = [mean + 0.1 + drawn(seed, spread) - 0.5 for seed in (1, 2)]
    assert [float(bias) for bias in losses.squared_bias(mean, *pair, hidden)] == pytest.approx(
        [0.01, 0.01], abs=2e-3
    )


def test_squared_bias_sees_hidden_pixels_only() -> None:
    hidden = np.zeros((2, 64, 64, 1), np.float32)
    hidden[:, :, 32:] = 1
    mean, first, second = np.random.default_rng(0).random((3, 2, 64, 64, 3), np.float32)
    expected = np.mean(((first - mean) * (second - mean))[:, :, 32:])
    changed = np.where(hidden > 0.5, first, 1 - first)
    for draw in (first, changed):
        assert float(losses.squared_bias(mean, draw, second, hidden)[1]) == pytest.approx(
            expected, rel=1e-4
        )


def test_hidden_mean_counts_maps_and_pictures_alike_and_known_places_hardly() -> None:
    hidden = np.zeros((2, 64, 64, 1), np.float32)
    hidden[0, :, 32:] = 1
    hidden[1, 32:] = 1
    fine = np.where(hidden > 0.5, 3.0, 100.0)[:, ::2, ::2]
    coarse = np.where(hidden > 0.5, 5.0, -100.0)[:, ::32, ::32]
    mean = float(losses.hidden_mean([fine, coarse], hidden))
    weight = 0.02 / (1.02 + 0.02)
    expected = np.mean([3 + weight * 97, 5 - weight * 105])
    assert mean == pytest.approx(expected, rel=1e-5)
