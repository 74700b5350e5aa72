"""Colours at large scale: moved towards the layout's, for it knows what lies where."""

import cv2
import numpy as np

from serving.engine import scaling

_SIGMA = 1 / 28  # of the canvas's short side: coarser than that, the layout decides
_RAMP = 0.15  # of the short side: how far from the seam it moves in full; less shows as a line
_SHARE = 0.7  # of the way towards it in lightness
_SURE = 0.25  # of the short side from the seam: beyond, a layout pales, and it moves less,
_UNSURE = 0.75  # of it: from there on it moves only
_LEAST = 0.4  # of that
_COLOUR = 0.6  # as much of that in colour, for a layout is paler than what it stands for
BOUND = 48.0  # levels that a pixel is moved, at most
_SIDE = 160  # pixels, of the short side of the small copy that it is worked out on


def low_difference(layout: np.ndarray, picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """What a picture lacks of the layout's low frequencies, where it is hidden.

    Args:
        layout: uint8 [height, width, 3].
        picture: uint8 of the same shape.
        hidden: uint8 [height, width], 1 where hidden.

    Returns:
        float32 [height, width, 3], levels; made of hidden pixels only.
    """
    sigma = _SIGMA * min(hidden.shape)
    apart = np.where(hidden[..., None] > 0, layout.astype(np.float32) - picture, np.float32(0))
    total = cv2.GaussianBlur(apart, (0, 0), sigma)
    share = cv2.GaussianBlur(hidden.astype(np.float32), (0, 0), sigma)
    result: np.ndarray = total / np.maximum(share, 1e-3)[..., None]
    return result


def towards(layout: np.ndarray, picture: np.ndarray, hidden: np.ndarray) -> None:
    """Moves hidden pixels towards a layout's low frequencies, in place; at the seam not at all.

    Args:
        layout: uint8 [h, w, 3], of any scale.
        picture: uint8 [height, width, 3].
        hidden: uint8 [height, width], 1 where hidden.
    """
    height, width = hidden.shape
    factor = max(1.0, min(height, width) / _SIDE)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = (scaling.resized(hidden.astype(np.float32), size) > 0).astype(np.uint8)
    shift = low_difference(scaling.resized(layout, size), scaling.resized(picture, size), small)
    grey = shift.mean(axis=-1, keepdims=True)
    shift = np.clip(_SHARE * (grey + _COLOUR * (shift - grey)), -BOUND, BOUND)
    away = cv2.distanceTransform(small, cv2.DIST_L2, 5) / min(small.shape)
    near = np.clip(away / _RAMP, 0, 1)
    far = np.clip((away - _SURE) / (_UNSURE - _SURE), 0, 1)
    shift *= (near * near * (3 - 2 * near) * (1 - (1 - _LEAST) * far))[..., None]
    for channel in range(3):  # one at a time, as they are large
        plane = cv2.resize(shift[..., channel], (width, height), interpolation=cv2.INTER_LINEAR)
        plane += picture[..., channel]
        np.copyto(picture[..., channel], scaling.levels(plane), where=hidden > 0)
