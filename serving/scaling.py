"""Canvases at other scales, without a hidden pixel ever getting into a known one."""

from typing import NamedTuple

import cv2
import numpy as np


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
        The canvas at that size. A pixel is known if at least half of it is; where there is none
        such, those that are known best.
    """
    if size == canvas.shape[1::-1]:
        return Scaled(canvas, hidden)
    blank = np.uint8(0)
    share = resized(np.where(hidden, blank, np.uint8(255)), size).astype(np.float32) / 255
    small = resized(np.where(hidden[..., None], blank, canvas), size).astype(np.float32)
    # In place: at full size these are the largest arrays there are.
    small /= np.maximum(share, 1 / 255)[..., None]
    return Scaled(levels(small), share < min(0.5, share.max()))


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scales a picture.

    Args:
        picture: uint8 or float32 [height, width] or [height, width, channels].
        size: Width and height to scale to.

    Returns:
        The picture; smaller, each pixel is the mean of what it covers.
    """
    smaller = size[0] <= picture.shape[1] and size[1] <= picture.shape[0]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


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
