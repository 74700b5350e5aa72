"""A request carried out on pixels, with any model."""

from collections.abc import Callable

import numpy as np

from serving import geometry, imagining
from serving.errors import BadRequest, TooLarge
from serving.geometry import Frame
from serving.model import Predict
from serving.request import Request
from serving.settings import Settings

Progress = Callable[[float], None]  # the share done, from 0 to 1


def ignored(share: float) -> None:
    """Takes progress and does nothing with it."""


def paint(
    picture: np.ndarray,
    request: Request,
    predict: Predict,
    settings: Settings,
    mask: np.ndarray | None = None,
    progress: Progress = ignored,
) -> np.ndarray:
    """Outpaints a picture.

    Args:
        picture: uint8 [height, width, 3], RGB.
        request: What is asked for.
        predict: The model.
        settings: The limits.
        mask: bool [height, width], true where the picture is to be imagined anew.
        progress: Called with the share done, from 0 to 1; what it raises ends the work.

    Returns:
        uint8, of the size that `geometry.plan` gives; known pixels exactly as they were.

    Raises:
        BadRequest: If the request is impossible for this picture.
        TooLarge: If the picture or the result is above the limits.
    """
    height, width = picture.shape[:2]
    if width * height > settings.max_pixels:
        raise TooLarge(
            f"the picture has {width} x {height} pixels, more than the "
            f"{settings.max_pixels / 1e6:g} megapixels allowed; scale it down"
        )
    _check_mask(mask, (height, width))
    plan = geometry.plan(
        width, height, request, mask is not None, max_pixels=settings.max_output_pixels
    )
    if mask is not None and not plan.frames and not mask.any():
        raise BadRequest("nothing to imagine: the mask is empty")
    progress(0.0)
    canvas = picture
    if mask is not None and mask.any():
        canvas = imagining.imagine(canvas, mask, 0, predict, settings.batch_size)
    left, top, kept_width, kept_height = plan.known
    canvas = canvas[top : top + kept_height, left : left + kept_width]
    steps = _passes(plan)
    for number, step in enumerate(steps):
        grown, hidden, growth = _grown(canvas, step)
        canvas = imagining.imagine(grown, hidden, growth, predict, settings.batch_size)
        progress((number + 1) / len(steps))
    return canvas


def _check_mask(mask: np.ndarray | None, shape: tuple[int, int]) -> None:
    if mask is None:
        return
    if mask.shape != shape:
        raise BadRequest(
            f"the mask has {mask.shape[1]} x {mask.shape[0]} pixels, the picture "
            f"{shape[1]} x {shape[0]}; they must be the same"
        )
    if mask.all():
        raise BadRequest("the mask covers the whole picture; something must stay")


def _passes(plan: geometry.Plan) -> list[Frame]:
    width, height = plan.known.width, plan.known.height
    result = []
    for frame in plan.frames:
        result += geometry.passes(width, height, frame)
        width, height = frame.width, frame.height
    return result


def _grown(picture: np.ndarray, frame: Frame) -> tuple[np.ndarray, np.ndarray, int]:
    """A picture on a larger canvas, what is hidden there, and the most on a side."""
    height, width = picture.shape[:2]
    right, bottom = frame.left + width, frame.top + height
    canvas = np.zeros((frame.height, frame.width, 3), np.uint8)
    hidden = np.ones((frame.height, frame.width), bool)
    canvas[frame.top : bottom, frame.left : right] = picture
    hidden[frame.top : bottom, frame.left : right] = False
    growth = max(frame.left, frame.top, frame.width - right, frame.height - bottom)
    return canvas, hidden, growth
