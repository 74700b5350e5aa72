"""The coarse pass: the whole canvas at the model's scale, which decides what lies where."""

import cv2
import numpy as np

from serving import tiles
from serving.model import Predict
from serving.tiles import SIZE, Tile

REACH = 40  # pixels from what is known that one call is trusted with; a pass hides 32 or so
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


def imagine(
    canvas: np.ndarray, hidden: np.ndarray, side: int, predict: Predict, batch_size: int
) -> np.ndarray:
    """Imagines the hidden pixels of a canvas at the model's scale.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width]; not all true.
        side: Pixels of the canvas that are SIZE pixels to the model.
        predict: The model.
        batch_size: Windows a call.

    Returns:
        uint8, the canvas scaled by SIZE / side.
    """
    small, unknown = _scaled(canvas, hidden, SIZE / side)
    height, width = unknown.shape
    # What a window has beyond the canvas continues its edge.
    down, across = max(0, SIZE - height), max(0, SIZE - width)
    padding = (down // 2, down - down // 2, across // 2, across - across // 2)
    small = cv2.copyMakeBorder(small, *padding, cv2.BORDER_REPLICATE)
    wide = cv2.copyMakeBorder(unknown.view(np.uint8), *padding, cv2.BORDER_REPLICATE).view(bool)
    while wide.any():
        # From what is known outwards, so that every window has something to go by.
        distance = cv2.distanceTransform(wide.view(np.uint8), cv2.DIST_C, 3)
        near = wide & (distance <= REACH)
        _fill(small, wide, near, predict, batch_size)
        wide = wide & ~near
    return small[padding[0] : padding[0] + height, padding[2] : padding[2] + width]


def _fill(
    canvas: np.ndarray, hidden: np.ndarray, near: np.ndarray, predict: Predict, batch_size: int
) -> None:
    """Writes what the model imagines into the canvas, where it is near to what is known."""
    height, width = hidden.shape
    windows = [
        Tile(left, top) for top in tiles.places(0, height) for left in tiles.places(0, width)
    ]
    windows = [
        window for window in windows if near[window.area].any() and not hidden[window.area].all()
    ]
    total = np.zeros((height, width, 3), np.float32)
    weight = np.zeros((height, width, 1), np.float32)
    for window, imagined in tiles.fill(canvas, hidden, windows, predict, batch_size):
        # The more a window knows, the more it counts.
        trust = _WEIGHTS * (1 - hidden[window.area].mean(dtype=np.float32))
        total[window.area] += trust * imagined
        weight[window.area] += trust
    canvas[near] = np.clip(np.rint(total[near] / weight[near]), 0, 255).astype(np.uint8)


def _scaled(canvas: np.ndarray, hidden: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The canvas made small, so that no hidden pixel gets into a known one."""
    height, width = hidden.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    known = np.where(hidden, np.uint8(0), np.uint8(255))
    share = cv2.resize(known, size, interpolation=how).astype(np.float32)[..., None] / 255
    small = cv2.resize(np.where(hidden[..., None], np.uint8(0), canvas), size, interpolation=how)
    small = np.clip(np.rint(small / np.maximum(share, 1 / 255)), 0, 255).astype(np.uint8)
    # A pixel counts as known if half of it is; the best one in any case.
    return small, share[..., 0] < min(0.5, share.max())
