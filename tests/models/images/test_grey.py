"""The rule by which grey photographs stay grey, for NumPy and for Keras alike."""

import keras
import numpy as np
import pytest

from models.images import grey

HIDDEN = np.zeros((1, 8, 8, 1), bool)
HIDDEN[:, :, 5:] = True


@pytest.mark.parametrize("arrays", [np, keras.ops])
def test_only_known_pixels_count_and_there_must_be_some(arrays) -> None:
    random = np.random.default_rng(0)
    plain = np.repeat(random.random((1, 8, 8, 1), np.float32), 3, axis=-1)
    coloured_where_hidden = np.where(HIDDEN, random.random((1, 8, 8, 3), np.float32), plain)
    one_pixel_off, rounded = plain.copy(), plain.copy()
    one_pixel_off[0, 2, 3, 1] += 1 / 255
    rounded[0, 2, 3, 1] += 1e-6
    pictures = np.concatenate([plain, coloured_where_hidden, one_pixel_off, rounded])
    found = np.asarray(grey.is_grey(pictures, np.repeat(HIDDEN, 4, axis=0), arrays))
    assert found.shape == (4, 1, 1, 1)
    assert found.ravel().tolist() == [True, True, False, True]
    assert not np.asarray(grey.is_grey(plain, np.ones_like(HIDDEN), arrays)).any()


def test_a_level_is_a_colour_where_pixels_have_levels() -> None:
    picture = np.full((8, 8, 3), 100, np.uint8)
    assert grey.is_grey(picture, HIDDEN[0], np, tolerance=0)
    picture[0, 0, 2] += 1
    assert not grey.is_grey(picture, HIDDEN[0], np, tolerance=0)


def test_luma_of_a_grey_is_itself_and_green_is_brightest() -> None:
    levels = np.repeat(np.arange(256, dtype=np.float32)[:, None], 3, axis=1)
    np.testing.assert_array_equal(np.rint(grey.luma(levels)), levels[:, :1])
    red, green, blue = grey.luma(np.eye(3, dtype=np.float32)).ravel()
    assert green > red > blue
    assert red + green + blue == pytest.approx(1)
