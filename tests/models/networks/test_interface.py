"""What any generator gives, held to what a picture may be."""

import keras
import numpy as np
import pytest

from models.images import masking
from models.networks import interface


@pytest.fixture(scope="module")
def generator() -> keras.Model:
    """It takes no mask, and paints everything redder than it is, beyond white."""
    inputs = keras.Input((128, 128, 3))
    return keras.Model(inputs, inputs * np.array([1.5, 1.0, 0.5], np.float32))


def test_grey_photographs_come_back_grey_and_others_as_painted(
    generator: keras.Model, photographs: np.ndarray
) -> None:
    plain = np.repeat(photographs[:2].mean(axis=-1, keepdims=True), 3, axis=-1)
    both = np.concatenate([plain, photographs[2:4]])
    masks = np.broadcast_to(masking.border_mask(masking.ONE_SIDE), (4, 128, 128, 1))
    masked = masking.hide(both, masks)
    found = np.asarray(interface.imagine(generator, masked, masks))
    painted = np.asarray(generator(masked))
    np.testing.assert_array_equal(found[:2].max(axis=-1), found[:2].min(axis=-1))
    luma = painted[:2] @ np.array([0.299, 0.587, 0.114], np.float32)
    np.testing.assert_allclose(found[:2, ..., 0], np.clip(luma, 0, 1), atol=1e-6)
    np.testing.assert_array_equal(found[2:], np.clip(painted[2:], 0, 1))
    # While it learns, nothing is held.
    learning = np.asarray(interface.imagine(generator, masked, masks, clip=False, keep_grey=False))
    np.testing.assert_array_equal(learning, painted)
