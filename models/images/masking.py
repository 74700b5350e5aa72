"""Mask geometry and fill: the only place that knows which pixels are hidden and how.

A mask is 1 where a pixel is hidden and 0 where it is known (see `features`). All functions are
pure; those on tensors work eagerly, in `tf.data` and inside a SavedModel alike.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models import features
from models.images import frames


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
    """Draws masks of every kind that a served model meets, in the shares of `frames`.

    Args:
        border: The mask that evaluation uses.
        seed: int64 [2]; the same one gives the same draws.
        count: How many.
        size: Pixels a side of the picture.

    Returns:
        float32 [count, size, size, 1], 1 where hidden; each hides some pixels and not all.
    """
    bounds = np.cumsum([frame.share for frame in frames.FRAMES])
    kind = tf.searchsorted(
        bounds[:-1], tf.random.stateless_uniform([count], seed, 0, 1, tf.float64)
    )
    borders = tf.gather_nd(
        _borders(border, seed, count, size),
        tf.stack([tf.minimum(kind, len(frames.FRAMES) - 2), tf.range(count)], axis=1),
    )
    left, right, top, bottom = tf.unstack(borders[:, None, None], axis=-1)
    beyond = _outside(left, size - right, top, size - bottom, size)
    painted = (kind == len(frames.FRAMES) - 1)[:, None, None]
    masks = tf.where(painted, _painted(seed + 4, count, size), beyond)
    return tf.cast(masks, tf.float32)[..., None]


def _borders(border: Border, seed: tf.Tensor, count: int, size: int) -> tf.Tensor:
    """Draws of each of `frames` but the painted one what is hidden: int32 [frames, count, 4]."""
    shape = [count, len(border)]

    def hidden(frame: frames.Frame, sides: tf.Tensor) -> tf.Tensor:
        # One seed for all of them, as a picture takes but one.
        least, most = int(frame.least * size), int(frame.most * size)
        lengths = tf.random.stateless_uniform(shape, seed + 1, least, most + 1, tf.int32)
        return tf.where(sides, lengths, 0)

    # The sides in any order: the first, those two that are ahead of what they face, the first few.
    places = tf.argsort(tf.random.stateless_uniform(shape, seed + 2))
    facing = tf.gather(places, [1, 0, 3, 2], axis=1)
    number = tf.random.stateless_uniform([count, 1], seed + 3, 2, len(border) + 1, tf.int32)
    across = tf.constant([True, True, False, False])
    return tf.stack(
        [
            tf.broadcast_to(tf.constant([border], tf.int32), shape),
            hidden(frames.OPPOSITE, across == (places[:, :1] < facing[:, :1])),
            hidden(frames.ONE_SIDE, places == 0),
            hidden(frames.CORNER, places < facing),
            hidden(frames.SIDES, places < number),
        ]
    )


def _painted(seed: tf.Tensor, count: int, size: int) -> tf.Tensor:
    """Draws areas as a person would paint them, rectangles and blobs: bool [count, size, size]."""
    frame, shape = frames.PAINTED, [count, frames.MOST_PAINTED]
    least, most = int(frame.least * size), int(frame.most * size)
    extents = tf.random.stateless_uniform([2, *shape], seed, least, most + 1, tf.int32)
    places = tf.random.stateless_uniform([2, *shape], seed + 1)
    begins = tf.cast(places * tf.cast(size - extents, tf.float32), tf.int32)
    kinds, numbers = tf.unstack(tf.random.stateless_uniform([2, *shape], seed + 2))
    halves = tf.cast(extents, tf.float32) / 2
    centres = tf.cast(begins, tf.float32) + halves - 0.5
    # The first is always there, the others in some. All is settled along rows and columns, so that
    # a sum and a comparison are left for the pixels: a blob is where squares sum up to less than 1.
    number = 1 + tf.floor(numbers[:, :1] * frames.MOST_PAINTED)
    there = tf.range(frames.MOST_PAINTED, dtype=tf.float32) < number
    offsets = abs(tf.range(size, dtype=tf.float32) - centres[..., None]) / halves[..., None]
    squares = tf.where(kinds[..., None] < 0.5, tf.floor(offsets), tf.square(offsets))
    down, across = tf.unstack(tf.where(there[..., None], squares, 1.0))
    return tf.reduce_any(down[..., :, None] + across[..., None, :] < 1, axis=1)


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
