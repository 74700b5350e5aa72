"""Fills by hand: what a model must beat to be worth shipping."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from models import features, masking

FADE_PIXELS = 16  # over how many pixels a replicated edge falls to 1/e of its strength


def mean_fill(images: tf.Tensor, border: masking.Border) -> tf.Tensor:
    """Paints the border in the mean colour of the known pixels.

    Args:
        images: float32 [batch, size, size, channels] in 0-1; hidden pixels are not looked at.
        border: Pixels hidden on each side.

    Returns:
        float32 of the shape of `images`.
    """
    return masking.hide(images, masking.border_mask(border, images.shape[-2]))


def fade_fill(images: tf.Tensor, border: masking.Border) -> tf.Tensor:
    """Replicates the edge of the known area outwards, fading into its mean colour.

    Args:
        images: float32 [batch, size, size, channels] in 0-1; hidden pixels are not looked at.
        border: Pixels hidden on each side.

    Returns:
        float32 of the shape of `images`.
    """
    size = images.shape[-2]
    mask = masking.border_mask(border, size)
    pixels = np.arange(size)
    rows = np.clip(pixels, border.top, size - border.bottom - 1)
    columns = np.clip(pixels, border.left, size - border.right - 1)
    edge = tf.gather(tf.gather(images, rows, axis=-3), columns, axis=-2)
    distance = np.maximum(abs(pixels - rows)[:, None], abs(pixels - columns)[None, :])
    edge_share = np.exp(-distance / FADE_PIXELS).astype(np.float32)[..., None]
    faded = edge * edge_share + masking.mean_of_known(images, mask) * (1 - edge_share)
    return masking.composite(images, mask, faded)


FILLS: dict[str, Callable[[tf.Tensor, masking.Border], tf.Tensor]] = {
    features.MEAN_FILL: mean_fill,
    features.FADE_FILL: fade_fill,
}
