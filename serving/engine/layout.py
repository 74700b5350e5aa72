"""The coarse pass: the whole canvas at the model's scale, which decides what lies where.

A model that takes any size sees the whole canvas at once. Its sides are scaled to multiples of 32
each by itself, which stretches it by an eighth or so and leaves nothing to pad: padding would be
one more area to imagine. A canvas too large for that, or a model of one size, is worked in windows.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from models import features
from models.images import frames
from serving.engine import holes, scaling, tiles
from serving.engine.predict import Network
from serving.engine.scaling import Scaled
from serving.engine.tiles import SIZE, Tile

MOST_PIXELS = 16 * SIZE**2  # of a whole canvas; 512 x 512 take the model 90 MB
_REACHES = {True: 80, False: 40}  # pixels from what is known that a call is trusted with, any size
_STRIDE = SIZE // 2  # at most, between neighbours
_LONGEST = 32  # windows; a canvas longer than that is worked at a coarser scale
_RAMP = np.minimum(np.arange(1, SIZE + 1), np.arange(SIZE, 0, -1)).astype(np.float32)
_WEIGHTS = (_RAMP[:, None] * _RAMP)[..., None]  # of overlapping windows: most in their middle

# Writes what the model imagines of the hidden pixels into a canvas, where it is near to the known.
_Fill = Callable[[np.ndarray, np.ndarray, np.ndarray], None]


def imagine(
    canvas: np.ndarray, hidden: np.ndarray, network: Network, seed: int | None = None
) -> Scaled:
    """Imagines the hidden pixels of a canvas at the model's scale.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width]; not all true.
        network: The model.
        seed: Which of its pictures to draw, where it draws; None for the mean of them.

    Returns:
        The canvas scaled so that `window_side` pixels are SIZE, whole, with what was hidden in it.
    """
    side = window_side(hidden, network.any_size and seed is not None)
    height, width = (length * SIZE / side for length in hidden.shape)
    size = _multiples(width), _multiples(height)
    whole = network.any_size and size[0] * size[1] <= MOST_PIXELS
    if not whole:
        size = max(1, round(width)), max(1, round(height))
    small, unknown = scaling.scaled(canvas, hidden, size)
    padding = scaling.padding_to(1 if whole else SIZE, size[1], size[0])
    small, unknown = padding.around(small), padding.around(unknown)
    fill: _Fill = partial(_fill_whole if whole else _fill_windows, network, seed)
    left = unknown
    while left.any():
        # From what is known outwards, so that every call has something to go by.
        distance = cv2.distanceTransform(left.view(np.uint8), cv2.DIST_C, 3)
        near = left & (distance <= _REACHES[network.any_size])
        fill(small, left, near)
        left = left & ~near
    return Scaled(padding.without(small), padding.without(unknown))


def window_side(hidden: np.ndarray, drawn: bool) -> int:
    """Decides at what scale the model sees a canvas.

    Args:
        hidden: bool [height, width]; not all true.
        drawn: Whether one result of many is drawn, by a model that learnt by `frames`. The mean is
            trusted with what models are evaluated on: nearer to what is known it is better, and
            as smooth as it is it loses nothing at a coarser scale.

    Returns:
        How many pixels of the canvas are SIZE pixels to the model: its short side, or more if too
        much of that would be hidden on a side.
    """
    height, width = hidden.shape
    margins = holes.margins(hidden)
    trusted = frames.most_hidden(margins) if drawn else frames.BORDER.most
    return max(
        min(width, height), int(-(-max(margins) // trusted)), -(-max(width, height) // _LONGEST)
    )


def _multiples(length: float) -> int:
    return max(1, round(length / features.MULTIPLE)) * features.MULTIPLE


def _fill_whole(
    network: Network, seed: int | None, canvas: np.ndarray, hidden: np.ndarray, near: np.ndarray
) -> None:
    """In one call, of the whole canvas."""
    seeds = None if seed is None else np.array([seed])
    (imagined,) = tiles.imagined(canvas[None], hidden[None], seeds, network)
    np.copyto(canvas, scaling.levels(imagined), where=near[..., None])


def _fill_windows(
    network: Network, seed: int | None, canvas: np.ndarray, hidden: np.ndarray, near: np.ndarray
) -> None:
    """In overlapping windows."""
    height, width = hidden.shape
    lefts, tops = (tiles.places(0, length, _STRIDE) for length in (width, height))
    windows = [Tile(left, top) for top in tops for left in lefts]
    windows = [
        window for window in windows if near[window.area].any() and not hidden[window.area].all()
    ]
    total = np.zeros((height, width, 3), np.float32)
    weight = np.zeros((height, width, 1), np.float32)
    for window, imagined in tiles.fill(canvas, hidden, windows, network, seed):
        # The more a window knows, the more it counts.
        trust = _WEIGHTS * (1 - hidden[window.area].mean(dtype=np.float32))
        total[window.area] += trust * imagined
        weight[window.area] += trust
    # Whole arrays, for picking pixels out of them takes longer; what is near has some weight.
    imagined = scaling.levels(total / np.maximum(weight, 1e-6))
    np.copyto(canvas, imagined, where=near[..., None])
