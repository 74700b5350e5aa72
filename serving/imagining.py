"""What is hidden in a canvas, imagined: the layout first, then the detail, then the seam."""

import cv2
import numpy as np

from serving import layout
from serving.model import Predict


def imagine(
    canvas: np.ndarray, hidden: np.ndarray, growth: int, predict: Predict, batch_size: int
) -> np.ndarray:
    """Imagines the hidden pixels of a canvas.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width]; not all true.
        growth: The most that is hidden on a side, pixels; 0 where a hole is to be filled.
        predict: The model.
        batch_size: Canvases a call of the model.

    Returns:
        uint8 of the shape of `canvas`, known pixels exactly as they were.
    """
    height, width = hidden.shape
    side = layout.window_side(width, height, growth)
    coarse = layout.imagine(canvas, hidden, side, predict, batch_size)
    whole = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(hidden[..., None], whole, canvas)
