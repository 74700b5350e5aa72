"""Which sources are liked less: what a picture has but one of, and what a seed would rather not."""

import cv2
import numpy as np

from serving.engine.synthesis import scales
from serving.engine.synthesis.scales import Level

SHUN = 1.0  # of a source's rarity above the common
COMMON = 0.9  # quantile of rarity, up to which a part of the picture is not special
WHIM = 50.0  # squared levels: about how far a seed's likes and dislikes lie apart
_KNOTS = 4  # of them across the canvas, and down
_SIDE = 40  # pixels, of the short side of the scale at which things are told apart
_RADIUS = 2  # of a patch there
_AWAY = 0.25  # of that side: only what looks alike at least so far off is another of its kind


class Preferences:
    """A picture's."""

    def __init__(self, picture: np.ndarray, hidden: np.ndarray):
        """Looks for what is rare.

        Args:
            picture: uint8 [height, width, 3].
            hidden: bool [height, width]; not all true.
        """
        found = rarity(picture, hidden)
        usual = np.quantile(found[found > 0], COMMON) if found.any() else 0.0
        self._rarity = np.maximum(found - np.float32(usual), 0)

    def dislikes(self, level: Level, seed: int) -> np.ndarray:
        """Says what is disliked at a scale.

        Args:
            level: Of the scale.
            seed: A seed dislikes the same places at every scale.

        Returns:
            float32 [height, width], 0 or more, squared levels.
        """
        side = 2 * level.radius + 1
        rare = cv2.resize(self._rarity, level.size, interpolation=cv2.INTER_LINEAR)
        knots = np.random.default_rng(seed).random((_KNOTS, _KNOTS), np.float32)
        whims = cv2.resize(knots, level.size, interpolation=cv2.INTER_LINEAR)
        total: np.ndarray = SHUN * cv2.blur(rare, (side, side)) + 2 * WHIM * whims
        return total.astype(np.float32)


def rarity(picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """How unlike everything else each part of what is known is: a sun, a face, a cup.

    Args:
        picture: uint8 [height, width, 3].
        hidden: bool [height, width]; not all true.

    Returns:
        float32 [h, w], small: the least mean squared difference of a patch from those far from
        it; 0 where there is no whole patch, or none far from it.
    """
    factor = max(1.0, min(hidden.shape) / _SIDE)
    height, width = (max(1, round(length / factor)) for length in hidden.shape)
    scale = scales.scale(picture, hidden, Level(width, height, _RADIUS))
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
