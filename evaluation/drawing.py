"""How differently a model that draws fills one and the same picture."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from evaluation.ways import ByModel
from evaluation.yardstick import BATCH, Yardstick
from models.images import masking
from models.quality import metrics, perceptual

SEEDS = 8
_PICTURES = 100
_LAYOUT = 8  # pixels a cell of what counts as layout


class Draws(NamedTuple):
    """What came of several seeds."""

    pictures: int
    seeds: int
    psnr: float  # dB, of one result, over all
    psnr_of_mean: float  # dB, of the mean of each picture's results
    layouts_apart: float  # root mean squared difference of two layouts, of 255, hidden cells alone
    diversity: float | None  # mean distance of features; None without a network to see with


def batches(images: int) -> int:
    """Says how many ticks `measure` makes."""
    return -(-min(images, _PICTURES) // BATCH)


def measure(
    guess: ByModel,
    canvases: np.ndarray,
    border: masking.Border,
    yardstick: Yardstick,
    tick: Callable[[], None] = lambda: None,
) -> Draws:
    """Draws SEEDS results for each of the first hundred pictures.

    Args:
        guess: The model; it draws.
        canvases: float32 [n, 128, 128, 3] in 0-1, whole pictures.
        border: Pixels hidden on each side.
        yardstick: Of the pictures.
        tick: Called after each batch.

    Returns:
        What came of it.
    """
    canvases = canvases[:_PICTURES]
    hidden = masking.border_mask(border)[..., 0] > 0.5
    errors, of_means, apart, diversity = [], [], [], []
    for start in range(0, len(canvases), BATCH):
        truth = canvases[start : start + BATCH]
        drawn = np.stack([guess(truth, number) for number in range(SEEDS)])
        errors.append(np.square(drawn - truth)[:, :, hidden].mean())
        of_means.append(np.square(drawn.mean(axis=0) - truth)[:, hidden].mean())
        for results in np.moveaxis(drawn, 1, 0):  # of a picture
            apart.append(_layouts_apart(results, hidden))
        diversity += _diversities(drawn, yardstick)
        tick()
    sizes = [len(canvases[start : start + BATCH]) for start in range(0, len(canvases), BATCH)]
    error, of_mean = (np.average(values, weights=sizes) for values in (errors, of_means))
    return Draws(
        len(canvases),
        SEEDS,
        float(metrics.psnr_of(error)),
        float(metrics.psnr_of(of_mean)),
        float(255 * np.sqrt(np.mean(apart))),
        float(np.mean(diversity)) if diversity else None,
    )


def _layouts_apart(results: np.ndarray, hidden: np.ndarray) -> float:
    """The mean squared difference over all pairs: twice the variance without bias."""
    cells = hidden[::_LAYOUT, ::_LAYOUT]
    layouts = [
        cv2.resize(result, cells.shape[::-1], interpolation=cv2.INTER_AREA) for result in results
    ]
    return float(2 * np.var(np.stack(layouts)[:, cells], axis=0, ddof=1).mean())


def _diversities(drawn: np.ndarray, yardstick: Yardstick) -> list[float]:
    """Of each picture, how far its results lie apart; float [seeds, n, 128, 128, 3]."""
    features = yardstick.standardised(drawn.reshape(-1, *drawn.shape[2:]))
    if features is None:
        return []
    by_seed = features.reshape(*drawn.shape[:2], -1)
    return [perceptual.mean_distance(by_seed[:, place]) for place in range(drawn.shape[1])]
