"""The seam closed: what is imagined is shifted in colour until it meets what is known.

What is known never changes. The shift is smooth, so it is worked out on a small copy.
"""

from collections.abc import Callable

import cv2
import numpy as np

from serving.engine import scaling
from serving.request import Blend

_PIXELS = 512 * 512  # of the small copy, at most
_SIGMA = 1.5  # pixels of the small copy over which colours at the seam are averaged
_NEAR = 0.1  # of a pixel's surroundings, at least, on either side of the seam
_BAND = 0.2  # of the short side: how far from the seam a feathered shift reaches
_UNUSUAL = 3.0  # times the seam's median gap, and
_LEVELS = 16.0  # at least so many levels: more is an object cut off, whose colours would glow
_BLOCK = 2048  # pixels a side, worked at once
_SWEEPS = 24  # of the membrane, at each of its scales
_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4


def blend(picture: np.ndarray, hidden: np.ndarray, method: Blend) -> np.ndarray:
    """Closes the seam between what is known and what was imagined.

    Args:
        picture: uint8 [height, width, 3], whole.
        hidden: bool [height, width], true where it was imagined.
        method: `feather` shifts the colours near the seam, fading away from it; `poisson` bends
            all that was imagined like a membrane held at the seam, so that its gradients stay;
            `none` leaves it as it is.

    Returns:
        uint8 of the same shape, known pixels exactly as they were.
    """
    if method == "none" or not hidden.any() or hidden.all():
        return picture
    height, width = hidden.shape
    scale = min(1.0, (_PIXELS / (width * height)) ** 0.5)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    gap, seam = _gap(picture, hidden, size)
    if not seam.any():
        return picture
    return _shifted(picture, hidden, _SPREAD[method](gap, seam))


def _gap(
    picture: np.ndarray, hidden: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """What is known less what was imagined, in levels, and the pixels where both are near."""
    known, known_near = _side(picture, ~hidden, size)
    imagined, imagined_near = _side(picture, hidden, size)
    share = scaling.resized(hidden.astype(np.float32), size)
    both = (known_near > _NEAR) & (imagined_near > _NEAR) & (share > 0)
    return known - imagined, both


def _side(
    picture: np.ndarray, chosen: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The colour around each pixel, of the chosen ones only, and how many of them there are."""
    count = scaling.resized(chosen.astype(np.float32), size)
    total = scaling.resized(np.where(chosen[..., None], picture, np.uint8(0)), size)
    near = cv2.GaussianBlur(count, (0, 0), _SIGMA, borderType=cv2.BORDER_REFLECT)
    sums = cv2.GaussianBlur(total.astype(np.float32), (0, 0), _SIGMA, borderType=cv2.BORDER_REFLECT)
    return sums / np.maximum(near, 1e-6)[..., None], near


def _feathered(gap: np.ndarray, seam: np.ndarray) -> np.ndarray:
    """Carries the gap away from the seam, fading."""
    band = max(2.0, _BAND * min(seam.shape))
    distance, nearest = cv2.distanceTransformWithLabels(
        (~seam).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    by_label = np.zeros((nearest.max() + 1, 3), np.float32)
    most = max(_LEVELS, _UNUSUAL * float(np.median(abs(gap[seam]))))
    by_label[nearest[seam]] = np.clip(gap[seam], -most, most)
    carried = cv2.GaussianBlur(by_label[nearest], (0, 0), band / 4, borderType=cv2.BORDER_REFLECT)
    carried[seam] = gap[seam]
    shift: np.ndarray = carried * np.clip(1 - distance / band, 0, 1)[..., None]
    return shift


def _membrane(values: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """Solves Laplace's equation, coarse to fine; the canvas's edge is free."""
    height, width = fixed.shape
    if max(height, width) <= 2 or fixed.all():
        return np.where(fixed[..., None], values, values[fixed].mean(axis=0)).astype(np.float32)
    size = (-(-width // 2), -(-height // 2))
    weight = scaling.resized(fixed.astype(np.float32), size)
    total = scaling.resized(np.where(fixed[..., None], values, np.float32(0)), size)
    half = _membrane(total / np.maximum(weight, 1e-6)[..., None], weight > 0)
    result = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(_SWEEPS):
        result[fixed] = values[fixed]
        result = cv2.filter2D(result, -1, _CROSS, borderType=cv2.BORDER_REPLICATE)
    result[fixed] = values[fixed]
    return result


_SPREAD: dict[Blend, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "feather": _feathered,
    "poisson": _membrane,
}


def _shifted(picture: np.ndarray, hidden: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Adds the enlarged shift to what is hidden, a block at a time."""
    height, width = hidden.shape
    down, across = shift.shape[0] / height, shift.shape[1] / width
    result = picture.copy()
    for top in range(0, height, _BLOCK):
        for left in range(0, width, _BLOCK):
            area = np.s_[top : top + _BLOCK, left : left + _BLOCK]
            inside = hidden[area]
            if not inside.any():
                continue
            # From a pixel's centre in the block to its centre in the small copy.
            matrix = np.array(
                [
                    [across, 0, (left + 0.5) * across - 0.5],
                    [0, down, (top + 0.5) * down - 0.5],
                ]
            )
            enlarged = cv2.warpAffine(
                shift,
                matrix,
                inside.shape[::-1],
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            block = scaling.levels(picture[area] + enlarged)
            result[area] = np.where(inside[..., None], block, picture[area])
    return result
