"""What both sides of the game are shown pictures under."""

import keras
import numpy as np
import tensorflow as tf

from models.images import masking
from models.training.adversarial.augmentation import augment


def test_pictures_and_masks_move_together_and_known_edges_stay_sharp() -> None:
    mask = np.repeat(masking.border_mask(masking.TWO_SIDES)[None], 2, axis=0)
    for seed in range(5):
        seeds = keras.random.SeedGenerator(seed)
        pictures, masks = augment(np.repeat(mask, 3, axis=-1), mask, seeds)
        assert pictures.shape == (2, 128, 128, 3)
        masks = np.asarray(masks)
        assert set(np.unique(masks)) == {0, 1}
        for picture, moved in zip(np.asarray(pictures), masks, strict=True):
            colours = [picture[moved[..., 0] == value] for value in (0, 1)]
            assert all(np.ptp(colour) < 1e-5 for colour in colours)  # one each: it moved alike
            assert colours[0].mean() < colours[1].mean()


def test_draws_differ_and_gradients_pass(photographs: np.ndarray) -> None:
    seeds = keras.random.SeedGenerator(0)
    masks = np.ones((2, 128, 128, 1), np.float32)
    pictures = tf.Variable(photographs[:2])
    with tf.GradientTape() as tape:
        shown = [augment(pictures, masks, seeds)[0] for _ in range(2)]
        total = tf.reduce_sum(shown[0])
    assert np.abs(shown[0] - shown[1]).max() > 0.01
    assert np.count_nonzero(tape.gradient(total, pictures)) > 0.8 * pictures.numpy().size
