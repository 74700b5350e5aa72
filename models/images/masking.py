"""Mask geometry and fill: the only place that knows which pixels are hidden and how.

A mask is 1 where a pixel is hidden and 0 where it is known (see `features`). All functions are
pure; those on tensors work eagerly, in `tf.data` and inside a SavedModel alike.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models import features


class Border(NamedTuple):
    """How many pixels are hidden on each side of a picture."""

    left: int
    right: int
    top: int
    bottom: int


# What models are measured on: three quarters hidden, half left and right, the right half.
FOUR_SIDES = Border(32, 32, 32, 32)
TWO_SIDES = Border(32, 32, 0, 0)
ONE_SIDE = Border(0, 64, 0, 0)


def border_mask(border: Border, size: int = features.IMAGE_SIZE) -> np.ndarray:
    """Draws the mask that hides a border.

    Args:
        border: Pixels hidden on each side.
        size: Pixels a side of the picture.

    Returns:
        float32 [size, size, 1], 1 where hidden.

    Raises:
        ValueError: If a side is negative, or no pixel or every pixel would be hidden.
    """
    left, right, top, bottom = border
    if min(border) < 0 or left + right >= size or top + bottom >= size or not any(border):
        raise ValueError(
            f"{border} does not fit a picture of {size} pixels: each side must be 0 or more, "
            f"at least one above 0, and left + right and top + bottom below {size}"
        )
    mask = np.full((size, size, 1), features.HIDDEN, np.float32)
    mask[top : size - bottom, left : size - right] = features.KNOWN
    return mask


def random_masks(
    border: Border, seed: tf.Tensor, count: int, size: int = features.IMAGE_SIZE
) -> tf.Tensor:
    """Draws masks of every shape that a served model meets.

    Seven in twenty hide the border given, and as many the two sides that evaluation hides too.
    The others hide any of the four sides: half of them a quarter of the picture each, as the
    usual tasks do, the rest as much as comes, to three eighths. One in eight hides a rectangle
    besides, as a person would paint it.

    Args:
        border: The mask that evaluation uses.
        seed: int64 [2]; the same one gives the same draws.
        count: How many.
        size: Pixels a side of the picture.

    Returns:
        float32 [count, size, size, 1], 1 where hidden; each hides some pixels and not all.
    """
    choices = tf.random.stateless_uniform([4, count, 1], seed)
    # Of the 15 ways to choose sides, as four bits.
    chosen = tf.cast(1 + tf.floor(15 * choices[1]), tf.int32)
    sides = tf.bitwise.bitwise_and(chosen, tf.constant([1, 2, 4, 8])) > 0
    widths = tf.where(
        choices[2] < 0.5,
        size // 4,
        tf.random.stateless_uniform([count, 4], seed + 1, size // 32, 3 * size // 8 + 1, tf.int32),
    )
    drawn = tf.where(sides, widths, 0)
    drawn = tf.where(choices[0] < 0.70, tf.constant([TWO_SIDES]), drawn)
    drawn = tf.where(choices[0] < 0.35, tf.constant([border]), drawn)
    left, right, top, bottom = tf.unstack(drawn[:, None, None], axis=-1)
    masks = _outside(left, size - right, top, size - bottom, size)
    corners = tf.random.stateless_uniform([count, 2], seed + 2, 0, size // 2, tf.int32)
    extents = tf.random.stateless_uniform([count, 2], seed + 3, size // 16, size // 2, tf.int32)
    x, y = tf.unstack(corners[:, None, None], axis=-1)
    width, height = tf.unstack(extents[:, None, None], axis=-1)
    painted = ~_outside(x, x + width, y, y + height, size) & (choices[3, ..., None] < 1 / 8)
    # Never all: where the rectangle would leave nothing, it is left out.
    both = masks | painted
    masks = tf.where(tf.reduce_all(both, axis=(1, 2), keepdims=True), masks, both)
    return tf.cast(masks, tf.float32)[..., None]


def _outside(left, right, top, bottom, size: int) -> tf.Tensor:
    """Where a picture is outside of boxes: bool [count, size, size]; box sides [count, 1, 1]."""
    places = tf.range(size)
    rows, columns = places[:, None], places[None, :]
    return (columns < left) | (columns >= right) | (rows < top) | (rows >= bottom)


def distance_from_known(border: Border, size: int = features.IMAGE_SIZE) -> np.ndarray:
    """Measures how far each pixel is from the known area.

    Args:
        border: Pixels hidden on each side.
        size: Pixels a side of the picture.

    Returns:
        int [size, size]: pixels, the greater of both directions; 0 where known.
    """
    places = np.arange(size)
    down = abs(places - np.clip(places, border.top, size - border.bottom - 1))
    across = abs(places - np.clip(places, border.left, size - border.right - 1))
    return np.maximum(down[:, None], across[None, :])


def mean_of_known(images: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Averages the known pixels of each picture, channel by channel.

    Args:
        images: float32 [..., height, width, channels].
        masks: float32 [..., height, width, 1], 1 where hidden.

    Returns:
        float32 [..., 1, 1, channels]; 0 where a picture has no known pixel.
    """
    # Chosen as in `composite`: 0 * NaN would let a hidden pixel into the mean.
    total = tf.reduce_sum(composite(images, masks, 0.0), axis=(-3, -2), keepdims=True)
    known = tf.cast(masks <= 0.5, images.dtype)
    count = tf.reduce_sum(known, axis=(-3, -2), keepdims=True)
    return tf.math.divide_no_nan(total, count)


def composite(images: tf.Tensor, masks: tf.Tensor, imagined: tf.Tensor) -> tf.Tensor:
    """Takes the hidden pixels from `imagined` and the known ones, unchanged, from `images`.

    Args:
        images: float32 [..., height, width, channels].
        masks: float32 [..., height, width, 1], 1 where hidden.
        imagined: float32, broadcastable to `images`.

    Returns:
        float32 of the shape of `images`; equal to it, bit by bit, wherever the mask is 0.
    """
    # A choice and not a weighted sum: 0 * NaN would let a bad guess into the known pixels.
    return tf.where(masks > 0.5, imagined, images)


def hide(images: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """Replaces the hidden pixels by the mean of the known ones.

    This is the generator's input. The fill looks at known pixels only, for at use the others
    do not exist.

    Args:
        images: float32 [..., height, width, channels] in 0-1.
        masks: float32 [..., height, width, 1], 1 where hidden.

    Returns:
        float32 of the shape of `images`.
    """
    return composite(images, masks, mean_of_known(images, masks))
