"""The generator that corrects a smooth fill, and the fill itself."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import features
from models.images import fills, masking
from models.networks import unet
from models.quality import metrics

BORDER = masking.Border(32, 32, 32, 32)
REPORT_MACS = 14.6e9


@pytest.fixture(scope="module")
def generator() -> keras.Model:
    keras.utils.set_random_seed(0)
    return unet.build_unet_generator()


def masks(border: masking.Border, count: int) -> np.ndarray:
    return np.repeat(masking.border_mask(border)[None], count, axis=0)


def multiplications(network: keras.Model) -> float:
    total = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2DTranspose):
            total += np.prod(layer.input.shape[1:3]) * np.prod(layer.kernel.shape)
        elif isinstance(layer, keras.layers.Conv2D):
            total += np.prod(layer.output.shape[1:3]) * np.prod(layer.kernel.shape)
    return total


def test_fill_keeps_known_pixels_and_lies_within_their_range(photographs: np.ndarray) -> None:
    hidden = masks(masking.Border(5, 40, 0, 17), len(photographs))
    filled = np.asarray(unet.PyramidFill()(photographs, hidden))
    known = np.broadcast_to(hidden < 0.5, photographs.shape)
    np.testing.assert_allclose(filled[known], photographs[known], atol=1e-6)
    for picture, inside, whole in zip(filled, known, photographs, strict=True):
        assert picture.min() >= whole[inside].min() - 1e-5
        assert picture.max() <= whole[inside].max() + 1e-5


def test_fill_does_not_look_at_hidden_pixels(photographs: np.ndarray) -> None:
    hidden = masks(BORDER, len(photographs))
    changed = np.where(hidden > 0.5, 1 - photographs, photographs)
    fill = unet.PyramidFill()
    np.testing.assert_array_equal(fill(photographs, hidden), fill(changed, hidden))


def test_fill_of_one_colour_is_that_colour_whatever_the_mask() -> None:
    colour = np.array([0.2, 0.5, 0.9], np.float32)
    pictures = np.broadcast_to(colour, (8, 128, 128, 3)).copy()
    drawn = masking.random_masks(BORDER, tf.constant([3, 4], tf.int64), 8)
    np.testing.assert_allclose(unet.PyramidFill()(pictures, drawn), pictures, atol=1e-5)


def test_fill_is_better_than_the_mean(photographs: np.ndarray) -> None:
    hidden = masks(BORDER, len(photographs))
    errors = [
        float(np.mean(metrics.mse(photographs, guess, hidden)))
        for guess in (
            unet.PyramidFill()(photographs, hidden),
            fills.mean_fill(photographs, BORDER),
        )
    ]
    assert errors[0] < errors[1]


def test_generator_starts_close_to_the_fill(
    generator: keras.Model, photographs: np.ndarray
) -> None:
    hidden = masks(BORDER, len(photographs))
    pictures = generator({features.MASKED: photographs, features.MASK: hidden})
    assert pictures.shape == photographs.shape
    assert pictures.dtype == "float32"
    difference = np.abs(pictures - unet.PyramidFill()(photographs, hidden))
    assert 0 < difference.mean() < 0.05


def test_generator_costs_less_than_a_tenth_of_the_reports(generator: keras.Model) -> None:
    given = {
        name: keras.Input((features.IMAGE_SIZE, features.IMAGE_SIZE, tensor.shape[-1]), name=name)
        for name, tensor in generator.input.items()
    }
    of_128 = keras.models.clone_model(generator, input_tensors=given)
    assert multiplications(of_128) < REPORT_MACS / 10


def test_every_known_pixel_can_matter_to_every_hidden_one(generator: keras.Model) -> None:
    hidden = masks(BORDER, 1)
    pictures = tf.Variable(np.full((1, 128, 128, 3), 0.5, np.float32))
    with tf.GradientTape() as tape:
        given = {features.MASKED: tf.identity(pictures), features.MASK: tf.constant(hidden)}
        corner = tf.reduce_sum(generator(given)[0, 0, 0])
    gradient = np.abs(tape.gradient(corner, pictures)[0, 32:96, 32:96]).sum(axis=-1)
    assert (gradient > 0).all()


def test_a_number_of_blocks_for_each_width_but_the_first() -> None:
    with pytest.raises(ValueError, match="3 widths need 2 numbers of blocks"):
        unet.build_unet_generator((8, 8, 8), (1,))
