"""The discriminator that sees through frozen features."""

import keras
import numpy as np
import pytest

from models import features
from models.networks import projected_discriminator as projected


@pytest.fixture(scope="module")
def discriminator() -> projected.ProjectedDiscriminator:
    keras.utils.set_random_seed(0)
    return projected.ProjectedDiscriminator()


def test_it_judges_pixels_and_every_stride(
    discriminator: projected.ProjectedDiscriminator, photographs: np.ndarray
) -> None:
    masks = np.ones((2, 128, 128, 1), np.float32)
    judged = discriminator({features.PICTURE: photographs[:2], features.MASK: masks})
    assert [tuple(verdicts.shape) for verdicts in judged] == [
        *((2, side, side, 1) for side in (32, 32, 16, 8, 4, 4)),
    ]
    assert {verdicts.dtype.name for verdicts in judged} == {"float32"}


def test_only_the_heads_learn(discriminator: projected.ProjectedDiscriminator) -> None:
    assert not discriminator.projection.trainable_weights
    assert discriminator.heads.count_params() == 540_972
    learning = {id(weight) for weight in discriminator.trainable_weights}
    assert learning == {id(weight) for weight in discriminator.heads.trainable_weights}


def test_the_projection_mixes_alike_from_one_seed_and_differently_from_another(
    photographs: np.ndarray,
) -> None:
    first, again, other = (projected.build_projection(seed)(photographs[:1]) for seed in (0, 0, 1))
    for one, same, changed in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one, same)
        assert np.abs(one - changed).max() > 1


def test_the_projection_computes_in_float32_and_leaves_the_policy_alone() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        projection = projected.build_projection()
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert {layer.compute_dtype for layer in projection.layers} == {"float32"}


def test_every_scale_hears_of_the_coarser_ones(
    discriminator: projected.ProjectedDiscriminator, photographs: np.ndarray
) -> None:
    # A change in one corner reaches the finest features in the other, through the coarsest.
    changed = photographs[:1].copy()
    changed[:, :16, :16] = 1 - changed[:, :16, :16]
    before, after = (
        discriminator.projection(pictures)[0] for pictures in (photographs[:1], changed)
    )
    assert np.abs(before - after)[:, -8:, -8:].max() > 1e-4


def test_a_batch_that_is_all_alike_shows() -> None:
    generator = np.random.default_rng(0)
    different = generator.normal(size=(3, 4, 4, 8)).astype(np.float32)
    layer = projected.BatchDifference()
    assert np.asarray(layer(different)).shape == (3, 4, 4, 9)
    assert np.asarray(layer(different))[..., -1].min() > 0.5
    np.testing.assert_array_equal(np.asarray(layer(np.repeat(different[:1], 3, 0)))[..., -1], 0)
