"""Detail that is mirrored outwards."""

import keras
import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from models import features
from models.images import fills, masking
from models.networks import unet
from models.networks.detail import BorrowedDetail, mirror

BORDERS = st.builds(masking.Border, *[st.integers(0, 60)] * 4).filter(any)
SIDES = masking.Border(32, 32, 32, 32)


def masks(border: masking.Border, count: int) -> np.ndarray:
    return np.repeat(masking.border_mask(border)[None], count, axis=0)


@settings(deadline=None, max_examples=30)
@given(border=BORDERS)
def test_mirrors_as_the_fill_by_hand(border: masking.Border) -> None:
    pictures = np.random.default_rng(1).random((2, 128, 128, 3), np.float32)
    expected = fills.reflect_fill(tf.constant(pictures), border)
    np.testing.assert_array_equal(mirror(pictures, masks(border, 2)), expected)


def test_each_picture_of_a_batch_is_mirrored_by_its_own_mask() -> None:
    pictures = np.random.default_rng(1).random((2, 128, 128, 3), np.float32)
    borders = masking.Border(9, 0, 0, 0), masking.Border(0, 0, 40, 7)
    both = np.stack([masking.border_mask(border) for border in borders])
    mirrored = np.asarray(mirror(pictures, both))
    for number, border in enumerate(borders):
        alone = fills.reflect_fill(tf.constant(pictures[number : number + 1]), border)
        np.testing.assert_array_equal(mirrored[number], alone[0])


def test_a_picture_without_a_hidden_side_stays_as_it_is() -> None:
    pictures = np.random.default_rng(1).random((2, 128, 128, 3), np.float32)
    hidden = np.zeros((2, 128, 128, 1), np.float32)
    hidden[0, 20:50, 60:90] = 1  # a hole
    hidden[1] = 1  # nothing is known
    np.testing.assert_array_equal(mirror(pictures, hidden), pictures)


def test_only_hidden_pixels_gain_detail_and_keep_their_local_mean(photographs: np.ndarray) -> None:
    hidden = masks(SIDES, len(photographs))
    flat = np.full_like(photographs, 0.5)
    result = np.asarray(BorrowedDetail(1.0)(flat, photographs, hidden))
    known = np.broadcast_to(hidden < 0.5, flat.shape)
    np.testing.assert_array_equal(result[known], flat[known])
    imagined = result[:, :32]  # the upper border
    assert imagined.std() > 0.02
    blocks = imagined.reshape(len(flat), 4, 8, 16, 8, 3).mean(axis=(2, 4))
    assert abs(blocks - 0.5).max() < imagined.std()


def test_strength_is_the_contrasts(photographs: np.ndarray) -> None:
    hidden = masks(SIDES, len(photographs))
    flat = np.full_like(photographs, 0.5)
    whole, half = (BorrowedDetail(s)(flat, photographs, hidden) - flat for s in (1.0, 0.5))
    np.testing.assert_allclose(half, whole / 2, atol=1e-6)


def test_detail_does_not_come_from_hidden_pixels(photographs: np.ndarray) -> None:
    hidden = masks(SIDES, len(photographs))
    changed = np.where(hidden > 0.5, 1 - photographs, photographs)
    flat = np.full_like(photographs, 0.5)
    one, other = (BorrowedDetail(0.5)(flat, given, hidden) for given in (photographs, changed))
    np.testing.assert_array_equal(one, other)


def test_the_same_within_tf_data(photographs: np.ndarray) -> None:
    hidden = masks(SIDES, len(photographs))
    flat = np.full_like(photographs, 0.5)
    layer = BorrowedDetail(0.5)
    eager = layer(flat, photographs, hidden)
    data = tf.data.Dataset.from_tensor_slices((flat, photographs, hidden)).batch(len(flat))
    (graph,) = data.map(lambda *parts: layer(*parts))
    np.testing.assert_allclose(graph, eager, atol=1e-6)


def test_a_generator_with_detail_has_the_same_weights_and_can_be_saved(
    photographs: np.ndarray,
) -> None:
    given = {
        features.MASKED: photographs,
        features.MASK: masks(SIDES, len(photographs)),
    }
    keras.utils.set_random_seed(0)
    sharp = unet.build_unet_generator(0.5, (4, 8, 8), (1, 1))
    plain = unet.build_unet_generator(0.0, (4, 8, 8), (1, 1))
    plain.set_weights(sharp.get_weights())
    assert np.abs(sharp(given) - plain(given)).mean() > 0.001
    again = keras.models.clone_model(sharp)
    again.set_weights(sharp.get_weights())
    np.testing.assert_allclose(again(given), sharp(given), atol=1e-6)
