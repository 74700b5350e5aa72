"""The canvas at each scale, from a few pixels to its own size."""

from typing import NamedTuple

import cv2
import numpy as np

from serving.engine import scaling

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


def scale(canvas: np.ndarray, hidden: np.ndarray, level: Level) -> Scale:
    """Makes a scale of a canvas.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width]; not all true.
        level: Which.

    Returns:
        The scale; its hidden pixels hold nothing yet.
    """
    picture, unknown = scaling.scaled(canvas, hidden, level.size)
    unknown, (width, height, radius) = unknown.astype(np.uint8), level
    side = 2 * radius + 1
    partly = cv2.dilate(unknown, np.ones((side, side), np.uint8))
    inside = np.zeros_like(unknown)
    inside[radius : max(0, height - radius), radius : max(0, width - radius)] = 1
    return Scale(np.array(picture), unknown, inside & ~partly, inside & partly, radius)


def levels(canvas: np.ndarray, hidden: np.ndarray) -> list[Level]:
    """Finds the scales that have something to copy from.

    Args:
        canvas: uint8 [height, width, 3].
        hidden: bool [height, width]; not all true.

    Returns:
        Coarse to fine; the last is the canvas's own. Where so little is known that no patch fits,
        that one alone, with smaller patches; at worst of a pixel.
    """
    height, width = hidden.shape
    *coarser, own = (Level(*size, RADIUS) for size in _sizes(width, height))
    for radius in range(RADIUS, 0, -1):
        own = own._replace(radius=radius)
        if own.short_side > 2 * radius and scale(canvas, hidden, own).source.any():
            usable = [each for each in coarser if scale(canvas, hidden, each).source.any()]
            return [*usable, own] if radius == RADIUS else [own]
    return [own._replace(radius=0)]


def _sizes(width: int, height: int) -> list[tuple[int, int]]:
    """Coarse to fine, by octaves: (width, height), the last the canvas's own."""
    finest = max(1.0, (width * height / PIXELS) ** 0.5)
    span = max(1.0, min(width, height) / finest / SHORTEST)
    steps = round(np.log2(span))
    factors = [finest * span ** (step / steps) for step in range(steps, 0, -1)]
    factors += [finest, 1.0] if finest**2 > 1.1 else [1.0]
    return [(max(1, round(width / each)), max(1, round(height / each))) for each in factors]
