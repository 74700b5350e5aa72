"""Ways to widen a photograph, for `benchmarks.wide`."""

import functools
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from models.images import patchmatch

Fill = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]]  # to a picture, CPU seconds


def seam(picture: np.ndarray) -> int:
    """Gives the first column that is hidden."""
    return picture.shape[1] * 2 // 3


def hidden_third(truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gives a photograph with its right third hidden, and where that is."""
    hidden = np.zeros(truth.shape[:2], bool)
    hidden[:, seam(truth) :] = True
    return np.where(hidden[..., None], np.uint8(0), truth), hidden


def every(model: str | None, python: str | None) -> dict[str, Fill]:
    """Gives all ways, by name.

    Args:
        model: A SavedModel or a serving folder; None for the package's own.
        python: An interpreter that has `pypatchmatch`, or None to leave it out.

    Returns:
        Each takes a picture and what is hidden of it, and gives it whole, and its CPU seconds.
    """
    ours, pure = (functools.partial(_outpaint, _model(model), how) for how in ("exemplar", "none"))
    fills: dict[str, Fill] = {
        "ours": ours,
        "ours, `synthesis: none`": pure,
        "copying the edge": functools.partial(_border, cv2.BORDER_REPLICATE),
        "mirroring": functools.partial(_border, cv2.BORDER_REFLECT),
        "the edge, fading to the mean": _fade,
    }
    if python:
        filled = functools.cache(functools.partial(_patchmatch, python))
        plain = lambda picture, hidden: filled(picture.tobytes(), picture.shape)  # noqa: E731
        fills["PyPatchMatch, radius 3"] = plain
        fills["the same, low frequencies moved to our layout by 60 %"] = functools.partial(
            _toned, plain, pure
        )
    return fills


def _model(folder: str | None):
    from serving.model.saved_model import PRETRAINED
    from serving.model.versions import Versions

    return Versions(Path(folder) if folder else PRETRAINED).load()


def _outpaint(model, synthesis: str, picture: np.ndarray, hidden: np.ndarray):
    from serving.engine.painting import paint
    from serving.request import Request
    from serving.settings import Settings

    kept = int(np.argmax(hidden[0]))
    request = Request.parse({"right": str(hidden.shape[1] - kept), "synthesis": synthesis})
    started = time.process_time()
    result = paint(np.ascontiguousarray(picture[:, :kept]), request, model, Settings())
    return result, time.process_time() - started


def _border(how: int, picture: np.ndarray, hidden: np.ndarray):
    kept = int(np.argmax(hidden[0]))
    return cv2.copyMakeBorder(picture[:, :kept], 0, 0, 0, hidden.shape[1] - kept, how), 0.0


def _fade(picture: np.ndarray, hidden: np.ndarray):
    """To the mean of what is known over an eighth of the height."""
    edge, _ = _border(cv2.BORDER_REPLICATE, picture, hidden)
    kept, (height, width) = int(np.argmax(hidden[0])), hidden.shape
    share = np.clip((np.arange(width) - kept + 1) * 8 / height, 0, 1)[:, None]
    mean = picture[:, :kept].mean(axis=(0, 1))
    return np.rint(edge * (1 - share) + mean * share).astype(np.uint8), 0.0


def _patchmatch(python: str, data: bytes, shape: tuple[int, int, int]):
    picture = np.frombuffer(data, np.uint8).reshape(shape)
    hidden = np.zeros(shape[:2], bool)
    hidden[:, shape[1] * 2 // 3 :] = True
    filled, seconds = patchmatch.inpaint(picture[None], hidden, python)
    return filled[0], seconds


def _toned(fill: Fill, layout: Fill, picture: np.ndarray, hidden: np.ndarray):
    """Another's result with our layout's low frequencies."""
    result, seconds = fill(picture, hidden)
    ours, more = layout(picture, hidden)
    sigma = len(hidden) / 12
    low = [cv2.GaussianBlur(each.astype(np.float32), (0, 0), sigma) for each in (ours, result)]
    moved = np.clip(np.rint(result + 0.6 * (low[0] - low[1])), 0, 255).astype(np.uint8)
    return np.where(hidden[..., None], moved, result), seconds + more
