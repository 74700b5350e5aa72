"""The loss on patches against the measure it stands for."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import patches
from models.distribution import laplacian_pyramid


def loss(real: np.ndarray, generated: np.ndarray, seed: int = 0) -> float:
    draws = keras.random.SeedGenerator(seed)
    return float(patches.patch_loss(tf.constant(real), tf.constant(generated), draws))


def test_pyramid_is_that_of_the_measure(photographs: np.ndarray) -> None:
    ours = patches._pyramid(tf.constant(photographs))
    theirs = laplacian_pyramid(photographs)
    assert len(ours) == len(theirs) == 4
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_equal_sets_are_at_no_distance_whatever_their_order(photographs: np.ndarray) -> None:
    assert loss(photographs, photographs) == 0
    assert loss(photographs, photographs[::-1].copy()) == pytest.approx(0, abs=1e-5)


def test_the_smoother_the_farther(photographs: np.ndarray) -> None:
    def smoothed(share: float) -> np.ndarray:
        mean = photographs.mean(axis=(1, 2), keepdims=True)
        return photographs * (1 - share) + mean * share

    distances = [loss(photographs, smoothed(share)) for share in (0.0, 0.3, 0.6, 0.9)]
    assert distances == sorted(distances)
    assert distances[-1] > 2 * distances[1] > 0


def test_draws_are_new_at_each_call_and_repeat_with_the_seed(photographs: np.ndarray) -> None:
    other = photographs[::-1] ** 2
    draws = keras.random.SeedGenerator(5)
    first, second = (
        float(patches.patch_loss(photographs, tf.constant(other), draws)) for _ in range(2)
    )
    assert first != second
    assert loss(photographs, other, 5) == pytest.approx(first)


def test_following_its_gradient_brings_detail_back(photographs: np.ndarray) -> None:
    keras.utils.set_random_seed(0)
    real = tf.constant(photographs[:4])
    plain = photographs[:4].mean(axis=(1, 2), keepdims=True)
    noise = np.random.default_rng(0).normal(0, 0.01, real.shape)
    picture = tf.Variable((plain + noise).astype(np.float32))
    draws = keras.random.SeedGenerator(1)
    optimizer = keras.optimizers.Adam(0.02)

    @tf.function
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            distance = patches.patch_loss(real, picture, draws)
        optimizer.apply([tape.gradient(distance, picture)], [picture])
        return distance

    optimizer.build([picture])
    distances = [float(step()) for _ in range(25)]
    assert distances[-1] < 0.7 * distances[0]
