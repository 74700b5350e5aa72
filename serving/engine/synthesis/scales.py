"""The canvas at each scale, from a few pixels to its own size."""

from typing import NamedTuple

import cv2
import numpy as np

from serving.engine import scaling
from serving.engine.scaling import Scaled

SHORTEST = 16  # pixels, of the coarsest scale's short side: there a patch sees what things are
PIXELS = 1_600_000  # of a canvas, at most, that patches are sought for all over
RADIUS = 3  # of a patch


class Level(NamedTuple):
    """A scale to come."""

    width: int  # of the canvas
    height: int
    radius: int  # of a patch

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    @property
    def short_side(self) -> int:
        """In pixels."""
        return min(self.size)

    @property
    def too_large(self) -> bool:
        """Whether a field is only carried up to it."""
        return self.width * self.height > 1.1 * PIXELS


class Scale(NamedTuple):
    """A canvas at some scale, and where its patches lie."""

    picture: np.ndarray  # uint8 [height, width, 3]; hidden pixels are the estimate so far
    hidden: np.ndarray  # uint8 [height, width], 1 where hidden
    source: np.ndarray  # uint8 [height, width], 1 at the centre of a patch that is wholly known
    target: np.ndarray  # uint8 [height, width], 1 at the centre of one with hidden pixels
    radius: int  # of a patch


class Pyramid:
    """A canvas at every scale; what is made smaller once is kept."""

    def __init__(self, canvas: np.ndarray, hidden: np.ndarray):
        """Takes a canvas.

        Args:
            canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
            hidden: bool [height, width]; not all true.
        """
        height, width = hidden.shape
        *coarser, own = (Level(*size, RADIUS) for size in _sizes(width, height))
        self._whole = Scaled(canvas, hidden)
        # The others are made of the finest that is not too large, for that is far quicker.
        base = coarser[-1].size if own.too_large else own.size
        self._base = scaling.scaled(canvas, hidden, base)
        self._kept: dict[tuple[int, int], Scaled] = {base: self._base, own.size: self._whole}
        self.levels = self._usable(coarser, own)

    def _usable(self, coarser: list[Level], own: Level) -> list[Level]:
        """The scales that have something to copy from, coarse to fine; the last is the canvas's.

        Where so little is known that no patch fits, that one alone, with smaller patches; at worst
        of a pixel.
        """
        for radius in range(RADIUS, 0, -1):
            own = own._replace(radius=radius)
            if own.short_side > 2 * radius and self._sources(own).any():
                usable = [level for level in coarser if self._sources(level).any()]
                return [*usable, own] if radius == RADIUS else [own]
        return [own._replace(radius=0)]

    def _sources(self, level: Level) -> np.ndarray:
        return self._patches(level)[0]

    def _patches(self, level: Level) -> tuple[np.ndarray, np.ndarray]:
        """Centres of patches to copy from, and of those not wholly known: uint8, 1 or 0."""
        height, width = level.height, level.width
        side, radius = 2 * level.radius + 1, level.radius
        hidden = self._scaled(level.size).hidden
        inside = np.zeros(hidden.shape, np.uint8)
        inside[radius : max(0, height - radius), radius : max(0, width - radius)] = 1
        square = np.ones((side, side), np.uint8)
        partly: np.ndarray = cv2.dilate(hidden.astype(np.uint8), square)
        return inside & ~partly, inside & partly

    def _scaled(self, size: tuple[int, int]) -> Scaled:
        if size not in self._kept:
            self._kept[size] = scaling.scaled(*self._base, size)
        return self._kept[size]

    def scale(self, level: Level) -> Scale:
        """Gives a scale, its picture to be written to; its hidden pixels hold nothing yet."""
        picture, unknown = self._scaled(level.size)
        source, target = self._patches(level)
        return Scale(picture.copy(), unknown.astype(np.uint8), source, target, level.radius)


def _sizes(width: int, height: int) -> list[tuple[int, int]]:
    """Coarse to fine, by octaves: (width, height), the last the canvas's own."""
    finest = max(1.0, (width * height / PIXELS) ** 0.5)
    span = max(1.0, min(width, height) / finest / SHORTEST)
    steps = round(np.log2(span))
    factors = [finest * span ** (step / steps) for step in range(steps, 0, -1)]
    factors += [finest, 1.0] if finest**2 > 1.1 else [1.0]
    return [(max(1, round(width / each)), max(1, round(height / each))) for each in factors]
