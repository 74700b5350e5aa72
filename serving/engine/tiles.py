"""Squares of the model's size: where they lie in a larger canvas, and the calls that fill them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from models import features
from serving.engine.predict import Predict

SIZE = features.IMAGE_SIZE
BATCH = 8  # canvases a call of the model, at most


class Tile(NamedTuple):
    """A square of SIZE pixels a side."""

    left: int
    top: int

    @property
    def area(self) -> tuple[slice, slice]:
        """The square as an index of rows and columns."""
        return np.s_[self.top : self.top + SIZE, self.left : self.left + SIZE]


def places(first: int, end: int, stride: int) -> list[int]:
    """Spreads overlapping squares evenly over a stretch.

    Args:
        first: Where the stretch begins.
        end: Where it ends; at least SIZE further.
        stride: From one to the next, pixels, at most.

    Returns:
        Where each begins; the first at `first`, the last SIZE before `end`.
    """
    span = end - SIZE - first
    gaps = -(-span // stride)
    return [first + round(i * span / gaps) for i in range(gaps + 1)] if gaps else [first]


def fill(
    canvas: np.ndarray, hidden: np.ndarray, tiles: Sequence[Tile], predict: Predict
) -> Iterator[tuple[Tile, np.ndarray]]:
    """Has the model imagine what is hidden in each tile.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width].
        tiles: Which; the canvas may be changed as they come back, where it is hidden.
        predict: The model.

    Yields:
        Each tile with what the model makes of it, float32 [SIZE, SIZE, 3] in 0-255.
    """
    for start in range(0, len(tiles), BATCH):
        batch = tiles[start : start + BATCH]
        canvases = np.stack([canvas[tile.area] for tile in batch]).astype(np.float32) / 255
        masks = np.stack([hidden[tile.area] for tile in batch])[..., None]
        values = np.where(masks, features.HIDDEN, features.KNOWN).astype(np.float32)
        yield from zip(batch, predict(canvases, values) * 255, strict=True)
