"""The smooth fill, of canvases of any size. `test_unet` has it beside the network."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from models.networks.fill import PyramidFill


def hidden_right(height: int, width: int, share: float) -> np.ndarray:
    mask = np.zeros((1, height, width, 1), np.float32)
    mask[:, :, round(width * (1 - share)) :] = 1
    return mask


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 0.9))
def test_any_size_is_filled_within_the_range_of_what_is_known(
    rows: int, columns: int, share: float
) -> None:
    height, width = 32 * rows, 32 * columns
    picture = np.random.default_rng(rows).random((1, height, width, 3), np.float32)
    mask = hidden_right(height, width, share)
    filled = np.asarray(PyramidFill()(picture, mask))
    known = mask[0, ..., 0] < 0.5
    np.testing.assert_allclose(filled[:, known], picture[:, known], atol=1e-6)
    assert filled.min() >= picture[:, known].min() - 1e-5
    assert filled.max() <= picture[:, known].max() + 1e-5


@pytest.mark.parametrize("size", [(128, 128), (96, 160), (32, 32), (128, 256)])
def test_one_colour_is_filled_with_itself(size: tuple[int, int]) -> None:
    picture = np.broadcast_to(np.float32([0.2, 0.5, 0.9]), (1, *size, 3))
    mask = hidden_right(*size, 0.5)
    np.testing.assert_allclose(PyramidFill()(picture * (1 - mask), mask), picture, atol=1e-5)


def pooled(level: np.ndarray) -> np.ndarray:
    """Means of two by two; at an odd end, of what there is."""
    height, width = level.shape[:2]
    rows, columns = -(-height // 2), -(-width // 2)
    means = [
        [level[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean(axis=(0, 1)) for x in range(columns)]
        for y in range(rows)
    ]
    return np.array(means).reshape(rows, columns, level.shape[2])


def doubled(level: np.ndarray, axis: int) -> np.ndarray:
    """Twice as long: three quarters of the nearer neighbour and a quarter of the other."""
    level = np.moveaxis(level, axis, 0)
    padded = np.concatenate([level[:1], level, level[-1:]])
    result = np.empty((2 * len(level), *level.shape[1:]))
    result[0::2] = 0.75 * level + 0.25 * padded[:-2]
    result[1::2] = 0.75 * level + 0.25 * padded[2:]
    return np.moveaxis(result, 0, axis)


def filled_by_hand(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Pull and push, place by place, down to a single one."""
    known = 1 - mask.astype(np.float64)
    if picture.shape[:2] == (1, 1):
        return picture
    weight = pooled(known)
    colours = pooled(picture * known) / np.maximum(weight, 1e-6)
    confident = np.minimum(3 * weight, 1)
    coarser = down_from(colours, confident)
    return picture * known + mask * enlarged(coarser, picture.shape[:2])


def down_from(colours: np.ndarray, weight: np.ndarray) -> np.ndarray:
    if colours.shape[:2] == (1, 1):
        return colours
    mean = pooled(weight)
    coarse = pooled(colours * weight) / np.maximum(mean, 1e-6)
    below = down_from(coarse, np.minimum(3 * mean, 1))
    return colours * weight + (1 - weight) * enlarged(below, colours.shape[:2])


def enlarged(level: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return doubled(doubled(level, 0), 1)[: size[0], : size[1]]


# Powers of two and not, square and as long as one pass takes.
SIZES = [(128, 128), (96, 160), (224, 32), (32, 32), (64, 1024), (2048, 32)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("any_size", [False, True])
def test_it_is_pull_and_push_at_every_size(size: tuple[int, int], any_size: bool) -> None:
    generator = np.random.default_rng(sum(size))
    picture = generator.random((1, *size, 3), np.float32)
    mask = hidden_right(*size, 0.5)
    mask[0, : size[0] // 3] = 1
    fill = PyramidFill()
    if any_size:  # as in a network for all of them, whose graph knows no sides
        inputs = keras.Input((None, None, 3)), keras.Input((None, None, 1))
        network = keras.Model(inputs, fill(*inputs))
        spec = [tf.TensorSpec([None, None, None, channels]) for channels in (3, 1)]
        call = tf.function(lambda *given: network(given), input_signature=spec)
        found = call(picture, mask)
    else:
        found = fill(picture, mask)
    np.testing.assert_allclose(found[0], filled_by_hand(picture[0], mask[0]), atol=2e-5)


def test_what_is_far_away_does_not_colour_a_long_canvas() -> None:
    picture = np.zeros((1, 64, 2048, 3), np.float32)
    picture[:, :, 1500:] = 1
    mask = np.zeros((1, 64, 2048, 1), np.float32)
    mask[:, :, 1900:] = 1
    filled = np.asarray(PyramidFill()(picture * (1 - mask), mask))
    assert filled[:, :, 1900:].min() > 0.95
