"""Painted areas: for each, the part of the picture that is looked at; and whether there are any."""

import cv2
import numpy as np

from serving.engine.tiles import SIZE
from serving.geometry import Box, Growth

_COPY = 512  # pixels a side of the small copy on which areas are told apart
_MOST = 16  # areas; more are worked as one


def known_rectangle(hidden: np.ndarray) -> Box | None:
    """Finds what is known of a canvas that has no holes.

    Args:
        hidden: bool [height, width]; not all true.

    Returns:
        The rectangle, or None if what is known is none.
    """
    rows = np.flatnonzero(~hidden.all(axis=1))
    columns = np.flatnonzero(~hidden.all(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    if hidden[top:bottom, left:right].any():
        return None
    return Box(int(left), int(top), int(right - left), int(bottom - top))


def margins(hidden: np.ndarray) -> Growth:
    """Measures what is hidden on each side of a canvas.

    Args:
        hidden: bool [height, width]; not all true.

    Returns:
        Pixels; 0 on every side where what is known is no rectangle, but has holes.
    """
    known = known_rectangle(hidden)
    if known is None:
        return Growth(0, 0, 0, 0)
    left, top, right, bottom = known.edges
    return Growth(left, hidden.shape[1] - right, top, hidden.shape[0] - bottom)


def around(mask: np.ndarray) -> list[Box]:
    """Finds a surrounding for each painted area.

    Args:
        mask: bool [height, width], true where painted.

    Returns:
        Boxes that together hold all that is painted. Each area has as much around it as it is
        large, where the picture goes that far, so that it is a third of its box each way.
    """
    height, width = mask.shape
    scale = min(1.0, _COPY / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    # Areas that nearly touch are one.
    joined = cv2.dilate((share > 0).astype(np.uint8), np.ones((9, 9), np.uint8))
    count, labels = cv2.connectedComponents(joined)
    if count - 1 > _MOST:
        count, labels = 2, joined
    labels = np.where(share > 0, labels, 0)
    down, across = height / size[1], width / size[0]
    boxes = []
    for label in range(1, count):
        rows = np.flatnonzero((labels == label).any(axis=1))
        columns = np.flatnonzero((labels == label).any(axis=0))
        left, extent = _stretch(columns[0] * across, (columns[-1] + 1) * across, width)
        top, tall = _stretch(rows[0] * down, (rows[-1] + 1) * down, height)
        whole = mask[top : top + tall, left : left + extent].all()  # nothing there to go by
        boxes.append(Box(0, 0, width, height) if whole else Box(left, top, extent, tall))
    return boxes


def _stretch(first: float, end: float, length: int) -> tuple[int, int]:
    """As much again on either end, and at least a window: where it begins, and how long it is."""
    extra = max(end - first, (SIZE - (end - first)) / 2)
    begin = max(0, int(first - extra))
    return begin, min(length, int(np.ceil(end + extra))) - begin
