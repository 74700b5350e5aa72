"""The coarse pass: the whole canvas at the model's scale, which decides what lies where."""

import cv2
import numpy as np

from serving.engine import scaling, tiles
from serving.engine.predict import Predict
from serving.engine.scaling import Scaled
from serving.engine.tiles import SIZE, Tile

REACH = 40  # pixels from what is known that one call is trusted with; a pass hides 32 or so
_STRIDE = SIZE // 2  # at most, between neighbours
_LONGEST = 32  # windows; a canvas longer than that is worked at a coarser scale
_RAMP = np.minimum(np.arange(1, SIZE + 1), np.arange(SIZE, 0, -1)).astype(np.float32)
_WEIGHTS = (_RAMP[:, None] * _RAMP)[..., None]  # of overlapping windows: most in their middle


def window_side(width: int, height: int, growth: int) -> int:
    """Decides how much of a canvas the model sees at once.

    Args:
        width: Of the canvas, pixels.
        height: Likewise.
        growth: The most that is hidden on a side.

    Returns:
        The window's side, in pixels of the canvas. More than the short side if what is hidden
        would be more than a quarter of that.
    """
    return max(min(width, height), 4 * growth, -(-max(width, height) // _LONGEST))


def imagine(canvas: np.ndarray, hidden: np.ndarray, side: int, predict: Predict) -> Scaled:
    """Imagines the hidden pixels of a canvas at the model's scale.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width]; not all true.
        side: Pixels of the canvas that are SIZE pixels to the model.
        predict: The model.

    Returns:
        The canvas scaled by SIZE / side, whole, with what was hidden in it.
    """
    height, width = (max(1, round(length * SIZE / side)) for length in hidden.shape)
    small, unknown = scaling.scaled(canvas, hidden, (width, height))
    padding = scaling.padding_to(SIZE, height, width)
    small, unknown = padding.around(small), padding.around(unknown)
    left = unknown
    while left.any():
        # From what is known outwards, so that every window has something to go by.
        distance = cv2.distanceTransform(left.view(np.uint8), cv2.DIST_C, 3)
        near = left & (distance <= REACH)
        _fill(small, left, near, predict)
        left = left & ~near
    return Scaled(padding.without(small), padding.without(unknown))


def _fill(canvas: np.ndarray, hidden: np.ndarray, near: np.ndarray, predict: Predict) -> None:
    """Writes what the model imagines into the canvas, where it is near to what is known."""
    height, width = hidden.shape
    lefts, tops = (tiles.places(0, length, _STRIDE) for length in (width, height))
    windows = [Tile(left, top) for top in tops for left in lefts]
    windows = [
        window for window in windows if near[window.area].any() and not hidden[window.area].all()
    ]
    total = np.zeros((height, width, 3), np.float32)
    weight = np.zeros((height, width, 1), np.float32)
    for window, imagined in tiles.fill(canvas, hidden, windows, predict):
        # The more a window knows, the more it counts.
        trust = _WEIGHTS * (1 - hidden[window.area].mean(dtype=np.float32))
        total[window.area] += trust * imagined
        weight[window.area] += trust
    # Whole arrays, for picking pixels out of them takes longer; what is near has some weight.
    imagined = scaling.levels(total / np.maximum(weight, 1e-6))
    np.copyto(canvas, imagined, where=near[..., None])
