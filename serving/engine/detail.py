"""The fine passes: structure along the seam that the layout is too coarse to have.

From one scale to the next finer one, up to the picture's own, the enlarged layout borrows detail
from what is known, and tiles are laid along the edge of that, so that each knows most of what it
sees; what the model makes of them goes on top, most at the seam and less away from it.
"""

import cv2
import numpy as np

from serving.engine import borrowing, holes, scaling, tiles
from serving.engine.predict import Predict
from serving.engine.progress import Progress, ignored
from serving.engine.scaling import Scaled
from serving.engine.tiles import SIZE, Tile

REACH = 32  # pixels from the seam, at each scale, that tiles are asked for
_CLOSE = 8  # pixels from it within which they replace the layout altogether
_STRIDE = SIZE * 3 // 4
_RIM = 24  # pixels over which a tile passes into its neighbour
_RATIO = 2.0  # from a scale to the next
_CLOSE_ENOUGH = 2**0.5  # between the finest but one and the picture's own
_THINNEST = SIZE // 2  # pixels; in a canvas thinner than that tiles would see little but padding


def refine(
    layout: Scaled,
    canvas: np.ndarray,
    hidden: np.ndarray,
    predict: Predict,
    progress: Progress = ignored,
) -> np.ndarray:
    """Brings a layout to the canvas's own scale.

    Args:
        layout: The canvas at the model's scale, whole.
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width]; not all true.
        predict: The model.
        progress: Called with the share done.

    Returns:
        uint8 of the shape of `canvas`, known pixels exactly as they were.
    """
    height, width = hidden.shape
    sizes = _sizes(layout.canvas, canvas)
    ends = np.cumsum([0, *(size[0] for size in sizes)]) / max(1, sum(size[0] for size in sizes))
    for size, begin, end in zip(sizes, ends, ends[1:], strict=False):
        small, unknown = scaling.scaled(canvas, hidden, size)
        level = np.where(unknown[..., None], scaling.enlarged(layout, size), small)
        borrowing.lend(level, unknown, size[0] / layout.canvas.shape[1])
        padding = scaling.padding_to(SIZE, *unknown.shape)
        level, around = padding.around(level), padding.around(unknown)
        places = _along(around)
        for number, (tile, imagined) in enumerate(tiles.fill(level, around, places, predict)):
            _lay(level[tile.area], imagined, _share(tile, around))
            progress(begin + (end - begin) * (number + 1) / len(places))
        layout = Scaled(padding.without(level), unknown)
    return np.where(hidden[..., None], scaling.enlarged(layout, (width, height)), canvas)


def _sizes(coarse: np.ndarray, canvas: np.ndarray) -> list[tuple[int, int]]:
    """The scales between the layout's and the picture's own, and that one: (width, height)."""
    height, width = canvas.shape[:2]
    factor = max(height / coarse.shape[0], width / coarse.shape[1])
    if factor <= _CLOSE_ENOUGH:
        return []
    sizes = []
    factor /= _RATIO
    while factor > _CLOSE_ENOUGH:
        sizes.append((max(1, round(width / factor)), max(1, round(height / factor))))
        factor /= _RATIO
    return [size for size in [*sizes, (width, height)] if min(size) >= _THINNEST]


def _along(hidden: np.ndarray) -> list[Tile]:
    """Tiles along the seam."""
    height, width = hidden.shape
    known = holes.known_rectangle(hidden)
    if known is None:
        return _over_holes(hidden)
    left, top, right, bottom = known.edges
    # The known rectangle with a rim of what is hidden; tiles lie inside, along its sides.
    first, end = max(0, left - REACH), min(width, right + REACH)
    upper, lower = max(0, top - REACH), min(height, bottom + REACH)
    first, upper = min(first, width - SIZE), min(upper, height - SIZE)
    end, lower = max(end, first + SIZE), max(lower, upper + SIZE)
    across, down = tiles.places(first, end, _STRIDE), tiles.places(upper, lower, _STRIDE)
    found = [Tile(first, y) for y in down if left > 0]
    found += [Tile(end - SIZE, y) for y in down if right < width]
    found += [Tile(x, upper) for x in across if top > 0]
    found += [Tile(x, lower - SIZE) for x in across if bottom < height]
    return list(dict.fromkeys(found))


def _over_holes(hidden: np.ndarray) -> list[Tile]:
    """Tiles over all that is hidden, where something is known as well."""
    height, width = hidden.shape
    stride = SIZE // 2
    found = [
        Tile(x, y) for y in tiles.places(0, height, stride) for x in tiles.places(0, width, stride)
    ]
    return [tile for tile in found if hidden[tile.area].any() and not hidden[tile.area].all()]


def _share(tile: Tile, hidden: np.ndarray) -> np.ndarray:
    """How much of each pixel a tile may replace: float32 [SIZE, SIZE, 1], 0 where known."""
    height, width = hidden.shape
    distance = cv2.distanceTransform(hidden[tile.area].view(np.uint8), cv2.DIST_L2, 5)
    fading = np.clip((REACH - distance) / (REACH - _CLOSE), 0, 1)
    inwards = np.arange(1, SIZE + 1) / _RIM
    outwards = inwards[::-1]
    whole = np.ones(SIZE)
    across = np.minimum(inwards if tile.left > 0 else whole, whole)
    across = np.minimum(across, outwards if tile.left + SIZE < width else whole)
    down = np.minimum(inwards if tile.top > 0 else whole, whole)
    down = np.minimum(down, outwards if tile.top + SIZE < height else whole)
    share = np.where(distance > 0, fading * down[:, None] * across, 0)
    return share.astype(np.float32)[..., None]


def _lay(area: np.ndarray, imagined: np.ndarray, share: np.ndarray) -> None:
    """Mixes a tile into the canvas, in place."""
    area[:] = scaling.levels(area + share * (imagined - area))
