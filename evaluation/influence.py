"""Which pixels an imagined one depends on: the generator's receptive field, and how it is used."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from models import features
from models.export import calling
from models.images import masking


class Pixel(NamedTuple):
    """A place in a picture."""

    row: int
    column: int


def probes(border: masking.Border) -> list[Pixel]:
    """Picks the pixels to look at.

    Args:
        border: Pixels hidden on each side.

    Returns:
        The one in the middle of the left border, or of the right one where nothing is hidden on the
        left, and the one above it in the top border, or at the top.
    """
    column = border.left // 2 if border.left else features.IMAGE_SIZE - 1 - border.right // 2
    return [Pixel(features.IMAGE_SIZE // 2, column), Pixel(border.top // 2, column)]


def maps(model: Any, canvases: np.ndarray, border: masking.Border) -> np.ndarray:
    """Measures how much each known pixel counts for the imagined ones of `probes`.

    As in Luo et al. 2016, the effective receptive field: the gradient of an output pixel with
    respect to all inputs, here the mean size over pictures.

    Args:
        model: A SavedModel of this pipeline, loaded.
        canvases: float32 [n, 128, 128, 3] in 0-1.
        border: Pixels hidden on each side.

    Returns:
        float [pixels, 128, 128].
    """
    mask = masking.border_mask(border)
    gradients = [_gradient(model, canvases, mask, pixel) for pixel in probes(border)]
    return np.stack([np.abs(gradient).sum(axis=-1).mean(axis=0) for gradient in gradients])


def distance_holding(values: np.ndarray, pixel: Pixel, share: float) -> int:
    """Says how near most of the influence lies.

    Args:
        values: float [128, 128], a map of influence.
        pixel: Whose it is.
        share: Of the influence, from 0 to 1.

    Returns:
        The smallest distance in pixels, the greater of both directions, within which so much lies.
    """
    rows, columns = np.indices(values.shape)
    distance = np.maximum(abs(rows - pixel.row), abs(columns - pixel.column))
    within = np.cumsum(np.bincount(distance.ravel(), values.ravel()))
    return int(np.searchsorted(within, share * within[-1]))


def receptive_field(model: Any, canvases: np.ndarray) -> int:
    """Measures how far the generator can see at all.

    One pixel is hidden, in the middle. All known ones count a little for it, and equally much,
    through the mean that fills the hole: those that count by another amount are in the field.

    Args:
        model: A SavedModel of this pipeline, loaded.
        canvases: float32 [n, 128, 128, 3] in 0-1. More pictures find more of a network whose
            units are not always awake.

    Returns:
        Pixels a side of the square around a pixel, at most the picture's.
    """
    size = features.IMAGE_SIZE
    pixel = Pixel(size // 2, size // 2)
    mask = np.zeros((size, size, 1), np.float32)
    mask[pixel] = features.HIDDEN
    gradient = _gradient(model, canvases, mask, pixel)
    seen = (gradient != gradient[:, :1, :1]).any(axis=(0, 3))
    seen[pixel] = True
    rows, columns = np.nonzero(seen)
    reach = max(*abs(rows - pixel.row), *abs(columns - pixel.column))
    return int(min(2 * reach + 1, size))


def _gradient(model: Any, canvases: np.ndarray, mask: np.ndarray, pixel: Pixel) -> np.ndarray:
    masks = tf.broadcast_to(mask, [len(canvases), *mask.shape])
    inputs = tf.constant(canvases)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(inputs)
        outpainted = calling.outpaint(model, inputs, masks)
        value = tf.reduce_sum(outpainted[:, pixel.row, pixel.column])
    return tape.gradient(value, inputs).numpy()
