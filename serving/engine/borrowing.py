"""Fine detail for what is away from the seam: that of what is known, mirrored outwards.

What `models/networks/detail.py` does at the model's scale, for the finer scales of a large picture.
"""

import cv2
import numpy as np

from serving.engine.holes import known_rectangle

STRENGTH = 0.5  # of its contrast, as the model that ships borrows it
_ROWS = 256  # at a time, as the sum needs four times the memory of the picture


def lend(level: np.ndarray, hidden: np.ndarray, ratio: float) -> None:
    """Adds to what is hidden, in place, the detail that a coarser scale did not have.

    Args:
        level: uint8 [height, width, 3], whole; what is hidden has been enlarged.
        hidden: bool [height, width]; not all true. Where the known part is no rectangle, nothing
            is added.
        ratio: From the coarser scale to this one, above 1.
    """
    known = known_rectangle(hidden)
    if known is None:
        return
    left, top, right, bottom = known.edges
    height, width = hidden.shape
    octave = _octave(level[top:bottom, left:right], ratio)
    mirrored = cv2.copyMakeBorder(
        octave, top, height - bottom, left, width - right, cv2.BORDER_REFLECT
    )
    for first in range(0, height, _ROWS):
        strip = np.s_[first : first + _ROWS]
        added = np.rint(level[strip] + STRENGTH * mirrored[strip].astype(np.float32))
        level[strip] = np.where(hidden[strip][..., None], np.clip(added, 0, 255), level[strip])


def _octave(picture: np.ndarray, ratio: float) -> np.ndarray:
    """What is lost when a picture is made smaller by a ratio and larger again: int16."""
    height, width = picture.shape[:2]
    size = max(1, round(width / ratio)), max(1, round(height / ratio))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    smooth = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.subtract(picture, smooth, dtype=np.int16)
