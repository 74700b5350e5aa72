"""What is hidden in a canvas, imagined: the layout first, then the texture, then the seam."""

import numpy as np

from models.images import grey
from serving.engine import blending, holes, layout, scaling
from serving.engine.predict import Network
from serving.engine.progress import Progress, ignored, parts
from serving.engine.synthesis import synthesise
from serving.request import Request


def imagine(
    canvas: np.ndarray,
    hidden: np.ndarray,
    network: Network,
    request: Request,
    progress: Progress = ignored,
) -> np.ndarray:
    """Imagines the hidden pixels of a canvas.

    Args:
        canvas: uint8 [height, width, 3]; hidden pixels are not looked at.
        hidden: bool [height, width]; not all true.
        network: The model.
        request: How: with which synthesis, seed and blend.
        progress: Called with the share done.

    Returns:
        uint8 of the shape of `canvas`, known pixels exactly as they were.
    """
    height, width = hidden.shape
    seed = request.seed or 0
    if request.synthesis == "none":
        coarse = layout.imagine(canvas, hidden, network, seed)
        smooth = scaling.enlarged(coarse, (width, height))
        whole = np.where(hidden[..., None], smooth, canvas)
    else:
        # The mean: where a draw is wrong, patches of the photograph cannot put it right.
        coarse = layout.imagine(canvas, hidden, network)
        whole = synthesise.synthesise(canvas, hidden, coarse.canvas, seed, progress)
    result = blending.blend(whole, hidden, request.blend)
    _keep_grey(result, hidden)
    progress(1.0)
    return result


def _keep_grey(picture: np.ndarray, hidden: np.ndarray) -> None:
    """Takes the chroma out of what was imagined, in place, where what is known has none.

    Models do so themselves, but for older ones; what is made of their layouts may not.
    """
    if grey.is_grey(picture, hidden[..., None], np, tolerance=0):
        picture[hidden] = np.rint(grey.luma(picture[hidden].astype(np.float32)))


def fill_holes(
    picture: np.ndarray,
    mask: np.ndarray,
    network: Network,
    request: Request,
    progress: Progress = ignored,
) -> np.ndarray:
    """Imagines painted areas, each from what surrounds it.

    Args:
        picture: uint8 [height, width, 3].
        mask: bool [height, width], true where it is to be imagined; not all true.
        network: The model.
        request: How: with which synthesis, seed and blend.
        progress: Called with the share done.

    Returns:
        uint8 of the shape of `picture`, all but the painted pixels exactly as they were.
    """
    picture, mask = picture.copy(), mask.copy()
    boxes = holes.around(mask)
    each = parts(progress, [box.width * box.height for box in boxes])
    for (left, top, width, height), done in zip(boxes, each, strict=True):
        area = np.s_[top : top + height, left : left + width]
        if mask[area].any():
            picture[area] = imagine(picture[area], mask[area], network, request, done)
            mask[area] = False
    return picture
