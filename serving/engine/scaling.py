"""Canvases at other scales, without a hidden pixel ever getting into a known one."""

from typing import NamedTuple

import cv2
import numpy as np

_KNOWN = 0.9  # of a pixel, at least


class Scaled(NamedTuple):
    """A canvas at some scale."""

    canvas: np.ndarray  # uint8 [height, width, 3]
    hidden: np.ndarray  # bool [height, width]


def scaled(canvas: np.ndarray, hidden: np.ndarray, size: tuple[int, int]) -> Scaled:
    """Scales a canvas; its known pixels are made of known ones only.

    Args:
        canvas: uint8 [height, width, 3].
        hidden: bool [height, width]; not all true.
        size: Width and height to scale to.

    Returns:
        The canvas at that size. Made smaller, a pixel is known if nearly all of it is; where
        there is none such, those that are known best.
    """
    if size == canvas.shape[1::-1]:
        return Scaled(canvas, hidden)
    share = resized((~hidden).astype(np.float32), size)
    # A channel at a time: at full size these are the largest arrays there are.
    channels = [
        resized(np.where(hidden, np.float32(0), canvas[..., channel]), size)
        for channel in range(canvas.shape[2])
    ]
    small = np.stack(channels, axis=-1) / np.maximum(share, 1e-6)[..., None]
    if _smaller(canvas, size):
        unknown = share < min(_KNOWN, share.max())
    else:
        unknown = cv2.resize(hidden.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).view(
            bool
        )
    return Scaled(levels(small), unknown)


def enlarged(layout: Scaled, size: tuple[int, int]) -> np.ndarray:
    """Scales what was imagined, so that what is known does not get into it.

    Args:
        layout: A canvas that is whole, and what was hidden in it.
        size: Width and height to scale to; usually larger.

    Returns:
        uint8 [height, width, 3]; of use only where it is hidden at that size.
    """
    canvas, hidden = layout
    if size == canvas.shape[1::-1] or not hidden.any():
        return resized(canvas, size)
    if _smaller(canvas, size):
        return scaled(canvas, ~hidden, size).canvas
    # Beyond the seam goes on what is imagined before it, as far as the enlarging looks.
    count = cv2.blur(hidden.astype(np.float32), (5, 5))[..., None]
    total = cv2.blur(np.where(hidden[..., None], canvas, 0).astype(np.float32), (5, 5))
    around = levels(total / np.maximum(count, 1e-6))
    continued = np.where(hidden[..., None] | (count < 1e-6), canvas, around)
    return resized(continued, size)


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scales a picture.

    Args:
        picture: uint8 or float32 [height, width] or [height, width, channels].
        size: Width and height to scale to.

    Returns:
        The picture; smaller, each pixel is the mean of what it covers.
    """
    how = cv2.INTER_AREA if _smaller(picture, size) else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=how)


def _smaller(picture: np.ndarray, size: tuple[int, int]) -> bool:
    return size[0] <= picture.shape[1] and size[1] <= picture.shape[0]


def levels(picture: np.ndarray) -> np.ndarray:
    """Rounds a picture to levels.

    Args:
        picture: float32, about 0-255.

    Returns:
        uint8 of the same shape.
    """
    rounded = np.rint(picture)
    return np.clip(rounded, 0, 255, out=rounded).astype(np.uint8)


class Padding(NamedTuple):
    """What is put around a canvas that is smaller than a window: its edge, continued."""

    top: int
    bottom: int
    left: int
    right: int

    def around(self, picture: np.ndarray) -> np.ndarray:
        """Puts it around a picture or a mask; the result is a copy."""
        if picture.dtype == bool:
            return self.around(picture.view(np.uint8)).view(bool)
        return cv2.copyMakeBorder(picture, *self, cv2.BORDER_REPLICATE)

    def without(self, picture: np.ndarray) -> np.ndarray:
        """Takes it away again."""
        height, width = picture.shape[:2]
        return picture[self.top : height - self.bottom, self.left : width - self.right]


def padding_to(least: int, height: int, width: int) -> Padding:
    """Finds what a canvas lacks.

    Args:
        least: Pixels that each side must have.
        height: Of the canvas, pixels.
        width: Likewise.

    Returns:
        The padding, as much on either end as can be.
    """
    down, across = max(0, least - height), max(0, least - width)
    return Padding(down // 2, down - down // 2, across // 2, across - across // 2)
