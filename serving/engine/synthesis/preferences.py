"""Which sources are liked less: what a picture has but one of, and what a seed would rather not."""

import cv2
import numpy as np

from serving.engine.synthesis.scales import Level, Pyramid

SHUN = 1.0  # of a source's rarity above the common
COMMON = 0.9  # quantile of rarity, up to which a part of the picture is not special
_KNOTS = 4  # of them across the canvas, and down
_PIXELS = 2400  # of the scale at which things are told apart: 40 x 60
_RADIUS = 2  # of a patch there
_AWAY = 0.25  # of the short side: only what looks alike at least so far off is another of its kind


class Preferences:
    """A picture's."""

    def __init__(self, pyramid: Pyramid):
        """Looks for what is rare."""
        found = rarity(pyramid)
        usual = np.quantile(found[found > 0], COMMON) if found.any() else 0.0
        self._rarity = np.maximum(found - np.float32(usual), 0)

    def dislikes(self, level: Level, seed: int, whim: float) -> np.ndarray:
        """Says what is disliked at a scale.

        Args:
            level: Of the scale.
            seed: A seed dislikes the same places at every scale.
            whim: How much it does, squared levels.

        Returns:
            float32 [height, width], 0 or more, squared levels.
        """
        side = 2 * level.radius + 1
        rare = cv2.resize(self._rarity, level.size, interpolation=cv2.INTER_LINEAR)
        knots = np.random.default_rng(seed).random((_KNOTS, _KNOTS), np.float32)
        whims = cv2.resize(knots, level.size, interpolation=cv2.INTER_LINEAR)
        total: np.ndarray = SHUN * cv2.blur(rare, (side, side)) + 2 * whim * whims
        return total.astype(np.float32)


def rarity(pyramid: Pyramid) -> np.ndarray:
    """How unlike everything else each part of what is known is: a sun, a face, a cup.

    Returns:
        float32 [h, w], small: the least mean squared difference of a patch from those far from
        it; 0 where there is no whole patch, or none far from it.
    """
    own = pyramid.levels[-1]
    factor = max(1.0, (own.width * own.height / _PIXELS) ** 0.5)
    width, height = (max(1, round(length / factor)) for length in own.size)
    scale = pyramid.scale(Level(width, height, _RADIUS))
    result = np.zeros((height, width), np.float32)
    side = 2 * _RADIUS + 1
    if min(height, width) < side:
        return result
    usable = scale.source[_RADIUS : height - _RADIUS, _RADIUS : width - _RADIUS] > 0
    rows, columns = np.mgrid[: usable.shape[0], : usable.shape[1]]
    far_off = (_AWAY * min(height, width)) ** 2
    for y, x in np.argwhere(usable):
        apart = cv2.matchTemplate(
            scale.picture, scale.picture[y : y + side, x : x + side], cv2.TM_SQDIFF
        )
        far = apart[usable & ((rows - y) ** 2 + (columns - x) ** 2 >= far_off)]
        if far.size:
            result[y + _RADIUS, x + _RADIUS] = max(0.0, far.min()) / (3 * side * side)
    return result
