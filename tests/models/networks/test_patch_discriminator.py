"""The discriminator of patches, alone and in the game."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import features
from models.images import masking
from models.networks import interface, patch_discriminator, unet
from models.networks.build import Networks
from models.training.adversarial import phases

BORDER = masking.Border(32, 32, 32, 32)
SMALL = (8, 8, 8, 8)


def small_networks() -> Networks:
    keras.utils.set_random_seed(3)
    return Networks(
        unet.build_unet_generator((4, 8, 8), (1, 1)),
        patch_discriminator.build_patch_discriminator(SMALL),
    )


@pytest.fixture
def masks(photographs: np.ndarray) -> np.ndarray:
    return np.repeat(masking.border_mask(BORDER)[None], len(photographs), axis=0)


def test_verdicts_are_on_patches_of_two_sizes_and_the_whole(
    photographs: np.ndarray, masks: np.ndarray
) -> None:
    network = patch_discriminator.build_patch_discriminator()
    verdicts = network({features.PICTURE: photographs, features.MASK: masks})
    assert verdicts.shape == (len(photographs), 16 * 16 + 8 * 8 + 1)
    assert verdicts.dtype == "float32"
    assert np.asarray(verdicts).min() < 0 < np.asarray(verdicts).max()  # logits


def test_a_verdict_on_a_patch_does_not_look_beyond_it(
    photographs: np.ndarray, masks: np.ndarray
) -> None:
    network = patch_discriminator.build_patch_discriminator(SMALL)
    changed = photographs.copy()
    changed[:, 64:] = 0.0
    verdicts = [
        np.asarray(network({features.PICTURE: p, features.MASK: masks}))
        for p in (photographs, changed)
    ]
    fine = [v[:, : 16 * 16].reshape(-1, 16, 16) for v in verdicts]
    np.testing.assert_allclose(fine[0][:, :6], fine[1][:, :6], atol=1e-6)
    assert np.abs(fine[0][:, 8:] - fine[1][:, 8:]).max() > 1e-3


def test_one_step_of_the_game_moves_both_and_each_network_holds_still_for_the_other(
    photographs: np.ndarray, masks: np.ndarray
) -> None:
    both = small_networks()
    model = phases.GANPhase(*both, region="hidden")
    model.compile(optimizer=keras.optimizers.Adam(0.01), run_eagerly=True)
    before = [[w.numpy() for w in network.trainable_weights] for network in both]
    x = {
        features.MASKED: masking.hide(photographs, masks),
        features.MASK: tf.constant(masks),
    }
    figures = model.train_on_batch(x, tf.constant(photographs), return_dict=True)
    for network, old in zip(both, before, strict=True):
        moved = [
            not np.array_equal(w.numpy(), o)
            for w, o in zip(network.trainable_weights, old, strict=True)
        ]
        assert any(moved)
    assert np.isfinite(list(figures.values())).all()


def test_it_learns_to_tell_photographs_from_the_smooth_fill(
    photographs: np.ndarray, masks: np.ndarray
) -> None:
    both = small_networks()
    model = phases.DiscriminatorPhase(*both)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    masked = masking.hide(photographs, masks)
    x = {features.MASKED: masked, features.MASK: tf.constant(masks)}
    first = model.train_on_batch(x, tf.constant(photographs), return_dict=True)
    figures = model.fit(x, photographs, batch_size=9, epochs=100, verbose=0).history
    assert figures["discriminator_loss"][-1] < 0.7 * first["discriminator_loss"]
    given = tf.constant(masks)
    imagined = interface.imagine(both.generator, masked, given)
    verdicts = [
        np.mean(both.discriminator({features.PICTURE: tf.constant(p), features.MASK: given}))
        for p in (photographs, imagined)
    ]
    assert verdicts[0] > verdicts[1]


def test_hidden_parts_alone_tell_pictures_apart(photographs: np.ndarray, masks: np.ndarray) -> None:
    """Known pixels are pasted in before judging, so what the generator puts there is no matter."""
    both = small_networks()
    model = phases.GANPhase(*both)
    wrong = np.where(masks > 0.5, photographs, 1 - photographs)
    given = tf.constant(masks), tf.constant(photographs)
    judged = [model.judge(tf.constant(p), *given, False) for p in (photographs, wrong)]
    np.testing.assert_array_equal(*judged)
