"""Figures of guesses at hidden pixels: by picture, over a set, with their uncertainty."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from models import masking, metrics
from models.distribution import PatchSet, sliced_wasserstein

BATCH = 25
_RESAMPLES = 1000
_CONFIDENCE = (2.5, 97.5)  # percentiles

Guess = Callable[[np.ndarray], np.ndarray]  # canvases to whole pictures, known pixels as given
Interval = tuple[float, float]
NAMES = ("psnr", "rmse", "l1", "ssim", "swd", "seam", "sharpness")


class Scores(NamedTuple):
    """Figures by picture, float64 [n] each."""

    mse: np.ndarray
    l1: np.ndarray
    ssim: np.ndarray
    edge: np.ndarray  # step across the mask's edge
    real_edge: np.ndarray
    energy: np.ndarray  # of gradients among hidden pixels
    real_energy: np.ndarray


class Result(NamedTuple):
    """What came of one way to guess."""

    scores: Scores
    swd: float  # mean over levels
    error_by_distance: np.ndarray  # mean squared error, by pixels from the known area


def measure(guess: Guess, canvases: np.ndarray, border: masking.Border, real: PatchSet) -> Result:
    """Measures one way to guess.

    Args:
        guess: The way.
        canvases: float32 [n, 128, 128, 3] in 0-1, whole pictures.
        border: Pixels hidden on each side.
        real: Patches of the whole pictures.

    Returns:
        Its figures.
    """
    mask = masking.border_mask(border)[None]
    distance = masking.distance_from_known(border)
    patches = PatchSet(seed=1)
    rows, errors = [], np.zeros(distance.max() + 1)
    for start in range(0, len(canvases), BATCH):
        truth = canvases[start : start + BATCH]
        guessed = guess(truth)
        patches.add(guessed)
        rows.append(_scores(truth, guessed, mask))
        squares = np.square(truth - guessed).mean(axis=-1).sum(axis=0)
        errors += np.bincount(distance.ravel(), squares.ravel(), len(errors))
    pixels = np.bincount(distance.ravel()) * len(canvases)
    scores = Scores(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    swd = float(np.mean(list(sliced_wasserstein(real, patches).values())))
    return Result(scores, swd, (errors / pixels)[1:])


def summarise(result: Result) -> dict[str, float]:
    """Boils figures down to those of the set.

    Args:
        result: Of one way to guess.

    Returns:
        By name of NAMES: `psnr` in dB and `rmse` of 255, both of the mean squared error; `l1`
        of 255; mean `ssim`; `swd` times 1000; `seam` and `sharpness` as shares of the real.
    """
    return {**_of(result.scores, np.arange(len(result.scores.mse))), "swd": result.swd}


def intervals(result: Result, seed: int = 0) -> dict[str, Interval]:
    """Says how sure the figures are, by bootstrap over pictures (Efron 1979).

    Args:
        result: Of one way to guess.
        seed: For the resampling.

    Returns:
        By name, the bounds of the middle 95 %. The sliced Wasserstein distance, which is of a
        whole set, has none.
    """
    count = len(result.scores.mse)
    chosen = np.random.default_rng(seed).integers(0, count, (_RESAMPLES, count))
    samples = _of(result.scores, chosen)
    bounds = {name: np.percentile(values, _CONFIDENCE) for name, values in samples.items()}
    return {name: (float(low), float(high)) for name, (low, high) in bounds.items()}


def _scores(truth: np.ndarray, guessed: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    values = (
        metrics.mse(truth, guessed, mask),
        metrics.l1(truth, guessed, mask),
        metrics.ssim(truth, guessed, mask),
        *(metrics.edge_gradient(pictures, mask) for pictures in (guessed, truth)),
        *(metrics.gradient_energy(pictures, mask) for pictures in (guessed, truth)),
    )
    return [np.asarray(value, np.float64) for value in values]


def _of(scores: Scores, chosen: np.ndarray) -> dict:
    """Figures of chosen pictures; of many choices at once where there are more axes."""
    mean = {name: column[chosen].mean(axis=-1) for name, column in scores._asdict().items()}
    return {
        "psnr": metrics.psnr_of(mean["mse"]),
        "rmse": 255 * np.sqrt(mean["mse"]),
        "l1": 255 * mean["l1"],
        "ssim": mean["ssim"],
        "seam": mean["edge"] / mean["real_edge"],
        "sharpness": mean["energy"] / mean["real_energy"],
    }
