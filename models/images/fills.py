"""Fills by hand: what a model must beat to be worth shipping."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from models import features
from models.images import masking

TELEA, NAVIER_STOKES = INPAINTINGS = ("telea", "navier_stokes")
_INPAINT_RADIUS = 3  # pixels; OpenCV's own examples' choice
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


def replicate_fill(images: tf.Tensor, border: masking.Border) -> tf.Tensor:
    """Draws the edge of the known area outwards. Arguments and result as for `mean_fill`."""
    rows, columns = (
        np.clip(places, first, last) for places, first, last in _known_ranges(images, border)
    )
    return _gathered(images, rows, columns)


def reflect_fill(images: tf.Tensor, border: masking.Border) -> tf.Tensor:
    """Mirrors the known area at its edges. Arguments and result as for `mean_fill`."""
    rows, columns = (
        np.pad(np.arange(first, last + 1), (first, len(places) - 1 - last), "symmetric")
        for places, first, last in _known_ranges(images, border)
    )
    return _gathered(images, rows, columns)


def fade_fill(images: tf.Tensor, border: masking.Border) -> tf.Tensor:
    """Draws the edge of the known area outwards, fading into its mean colour.

    Arguments and result as for `mean_fill`.
    """
    size = images.shape[-2]
    mask = masking.border_mask(border, size)
    distance = masking.distance_from_known(border, size)
    edge_share = np.exp(-distance / FADE_PIXELS).astype(np.float32)[..., None]
    edge = replicate_fill(images, border)
    faded = edge * edge_share + masking.mean_of_known(images, mask) * (1 - edge_share)
    return masking.composite(images, mask, faded)


def inpaint(images: np.ndarray, border: masking.Border, method: str) -> np.ndarray:
    """Fills by a classical inpainting of OpenCV. NumPy, so in no graph.

    Args:
        images: float32 [batch, size, size, 3] in 0-1; hidden pixels are not looked at.
        border: Pixels hidden on each side.
        method: `telea` (Telea 2004) or `navier_stokes` (Bertalmio et al. 2001).

    Returns:
        float32 of the shape of `images`, in steps of 1/255 where hidden.
    """
    import cv2

    flag = {TELEA: cv2.INPAINT_TELEA, NAVIER_STOKES: cv2.INPAINT_NS}[method]
    mask = masking.border_mask(border, images.shape[-2])
    hidden = mask[..., 0].astype(np.uint8)
    levels = np.round(np.where(mask > 0.5, 0, images) * 255).astype(np.uint8)
    filled = [cv2.inpaint(picture, hidden, _INPAINT_RADIUS, flag) for picture in levels]
    return np.where(mask > 0.5, np.stack(filled).astype(np.float32) / 255, images)


def _known_ranges(images: tf.Tensor, border: masking.Border) -> list[tuple[np.ndarray, int, int]]:
    """For rows and columns: all places, the first known one, the last."""
    size = images.shape[-2]
    places = np.arange(size)
    return [
        (places, border.top, size - border.bottom - 1),
        (places, border.left, size - border.right - 1),
    ]


def _gathered(images: tf.Tensor, rows: np.ndarray, columns: np.ndarray) -> tf.Tensor:
    return tf.gather(tf.gather(images, rows, axis=-3), columns, axis=-2)


# Those that run in a graph, and so inside the `evaluate` signature.
FILLS: dict[str, Callable[[tf.Tensor, masking.Border], tf.Tensor]] = {
    features.MEAN_FILL: mean_fill,
    features.REPLICATE_FILL: replicate_fill,
    features.REFLECT_FILL: reflect_fill,
    features.FADE_FILL: fade_fill,
}
