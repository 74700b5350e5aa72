"""The model's calls: of a whole canvas, and of squares where they lie in a larger one."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from models import features
from serving.engine.predict import Network
from serving.request import MAX_SEED

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
    canvas: np.ndarray,
    hidden: np.ndarray,
    tiles: Sequence[Tile],
    network: Network,
    seed: int | None,
) -> Iterator[tuple[Tile, np.ndarray]]:
    """Has the model imagine what is hidden in each tile.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width].
        tiles: Which; the canvas may be changed as they come back, where it is hidden.
        network: The model.
        seed: Of the whole; from it each tile gets one of its own, or neighbours would look alike.
            None for the mean of what the model may draw.

    Yields:
        Each tile with what the model makes of it, float32 [SIZE, SIZE, 3] in 0-255.
    """
    for start in range(0, len(tiles), BATCH):
        batch = tiles[start : start + BATCH]
        canvases = np.stack([canvas[tile.area] for tile in batch])
        masks = np.stack([hidden[tile.area] for tile in batch])
        numbers = np.arange(start, start + len(batch), dtype=np.int64)
        seeds = None if seed is None else seed + (MAX_SEED + 1) * numbers
        yield from zip(batch, imagined(canvases, masks, seeds, network), strict=True)


def imagined(
    canvases: np.ndarray, hidden: np.ndarray, seeds: np.ndarray | None, network: Network
) -> np.ndarray:
    """Has the model imagine what is hidden in canvases, in levels.

    Args:
        canvases: uint8 [n, height, width, 3], of a size that the model takes.
        hidden: bool [n, height, width].
        seeds: int64 [n]; None for the mean.
        network: The model.

    Returns:
        float32 [n, height, width, 3] in 0-255.
    """
    masks = np.where(hidden[..., None], features.HIDDEN, features.KNOWN).astype(np.float32)
    return network.predict(canvases.astype(np.float32) / 255, masks, seeds) * 255
