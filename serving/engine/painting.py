"""A request carried out on pixels, with any model."""

from collections.abc import Sequence

import numpy as np

from serving import geometry
from serving.engine import imagining
from serving.engine.predict import Network
from serving.engine.progress import Progress, ignored, parts
from serving.errors import BadRequest
from serving.geometry import Frame, Growth
from serving.request import Request
from serving.settings import Settings


def paint(
    picture: np.ndarray,
    request: Request,
    network: Network,
    settings: Settings,
    mask: np.ndarray | None = None,
    progress: Progress = ignored,
) -> np.ndarray:
    """Outpaints a picture.

    Args:
        picture: uint8 [height, width, 3], RGB.
        request: What is asked for.
        network: The model.
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
    settings.check_picture(width, height)
    _check_mask(mask, (height, width))
    plan = geometry.plan(width, height, request, mask is not None, settings)
    if mask is not None and not plan.frames and not mask.any():
        raise BadRequest("nothing to imagine: the mask is empty")
    progress(0.0)
    steps = _passes(plan)
    painted = mask if mask is not None and mask.any() else None
    holes = 0 if painted is None else width * height
    first, *each = parts(progress, [holes, *(step.width * step.height for step in steps)])
    if painted is not None:
        picture = imagining.fill_holes(picture, painted, network, request, first)
    left, top, kept_width, kept_height = plan.known
    picture = picture[top : top + kept_height, left : left + kept_width]
    margin = Growth(0, 0, 0, 0)
    for step, done in zip(steps, each, strict=True):
        growth = geometry.growth_of(picture.shape[1], picture.shape[0], step)
        rim = geometry.rim(margin, growth)
        canvas, hidden = _grown(picture, step, rim)
        picture = imagining.imagine(canvas, hidden, network, request, done)
        margin = Growth(*(old + new for old, new in zip(margin, growth, strict=True)))
    progress(1.0)
    return picture


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
    together = _steps(plan.known, plan.frames)
    if len(together) <= 1:
        return together
    # To the sides first, where each row goes on, and in one: a second pass would copy the same
    # rows, and show where it begins. Then up and down, from all that is as wide, where only what
    # lies next to a pass says how to go on.
    width = plan.frames[-1].width
    left = sum(frame.left for frame in plan.frames)
    sideways = [Frame(width, plan.known.height, left, 0)] if width > plan.known.width else []
    upright = [Frame(width, frame.height, 0, frame.top) for frame in plan.frames]
    return sideways + _steps(plan.known._replace(width=width), upright)


def _steps(known: geometry.Box, frames: Sequence[Frame]) -> list[Frame]:
    width, height = known.width, known.height
    result = []
    for frame in frames:
        result += geometry.passes(width, height, frame)
        width, height = frame.width, frame.height
    return result


def _grown(picture: np.ndarray, frame: Frame, rim: Growth) -> tuple[np.ndarray, np.ndarray]:
    """A picture on a larger canvas, and what is hidden there: all around it, and its rim."""
    height, width = picture.shape[:2]
    right, bottom = frame.left + width, frame.top + height
    canvas = np.zeros((frame.height, frame.width, 3), np.uint8)
    hidden = np.ones((frame.height, frame.width), bool)
    canvas[frame.top : bottom, frame.left : right] = picture
    hidden[frame.top + rim.top : bottom - rim.bottom, frame.left + rim.left : right - rim.right] = (
        False
    )
    return canvas, hidden
