"""Figures of guesses at hidden pixels: by picture, over a set, with their uncertainty."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from evaluation.by_distance import ByDistance, Curves
from evaluation.ways import Guess
from evaluation.yardstick import BATCH, Yardstick
from models.images import masking
from models.quality import inception, metrics, perceptual
from models.quality.colour import brightness_and_chroma
from models.quality.sliced_wasserstein import PatchSet

_RESAMPLES = 1000
_CONFIDENCE = (2.5, 97.5)  # percentiles

Interval = tuple[float, float]
NAMES = ("psnr", "rmse", "l1", "ssim", "swd", "seam", "sharpness", "chroma")
PERCEPTUAL_NAMES = (*perceptual.NAMES, "weave")  # where there is that network to see with
INCEPTION_NAMES = inception.NAMES  # likewise
_GREY = 1.0  # chroma that counts as none: the least to divide by


class Scores(NamedTuple):
    """Figures by picture, float64 [n] each."""

    mse: np.ndarray
    l1: np.ndarray
    ssim: np.ndarray
    edge: np.ndarray  # step across the mask's edge
    real_edge: np.ndarray
    energy: np.ndarray  # of gradients among hidden pixels
    real_energy: np.ndarray
    chroma: np.ndarray  # of CIE Lab, mean over hidden pixels
    real_chroma: np.ndarray


class Result(NamedTuple):
    """What came of one way to guess."""

    scores: Scores
    distances: Mapping[str, float]  # of the set: `swd`, and what networks see
    by_distance: Curves

    def of(self, chosen: np.ndarray) -> "Result":
        """The same of some pictures, by their indices; what is of the whole set is left out."""
        scores = Scores(*(column[chosen] for column in self.scores))
        return Result(scores, {}, Curves(*[np.empty(0)] * len(Curves._fields)))


def measure(
    guess: Guess,
    canvases: np.ndarray,
    border: masking.Border,
    yardstick: Yardstick,
    tick: Callable[[], None] = lambda: None,
) -> Result:
    """Measures one way to guess.

    Args:
        guess: The way.
        canvases: float32 [n, 128, 128, 3] in 0-1, whole pictures.
        border: Pixels hidden on each side.
        yardstick: Of the same pictures.
        tick: Called after each batch.

    Returns:
        Its figures.
    """
    mask = masking.border_mask(border)[None]
    patches, curves = PatchSet(seed=1), ByDistance(border)
    rows, seen, hidden = [], [], []
    for start in range(0, len(canvases), BATCH):
        truth = canvases[start : start + BATCH]
        guessed = guess(truth)
        patches.add(guessed)
        seen.append(yardstick.look(guessed))
        hidden += yardstick.hidden_areas(guessed, mask, start)
        colours, real = brightness_and_chroma(guessed), brightness_and_chroma(truth)
        rows.append([*_scores(truth, guessed, mask), *_chromas(colours[1], real[1], mask)])
        error = np.square(truth - guessed).mean(axis=-1)
        curves.add(error, colours[1], real[1], colours[0], real[0])
        tick()
    scores = Scores(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    found = {**yardstick.distances(patches, seen), **yardstick.weave(hidden, border)}
    return Result(scores, found, curves.curves())


def summarise(result: Result) -> dict[str, float]:
    """Boils figures down to those of the set.

    Args:
        result: Of one way to guess.

    Returns:
        By name of NAMES: `psnr` in dB and `rmse` of 255, both of the mean squared error; `l1`
        of 255; mean `ssim`; `seam`, `sharpness` and `chroma` as shares of the real; and, of a
        whole set, `swd`, and what networks see: PERCEPTUAL_NAMES, INCEPTION_NAMES.
    """
    return {**_of(result.scores, np.arange(len(result.scores.mse))), **result.distances}


def intervals(result: Result, seed: int = 0) -> dict[str, Interval]:
    """Says how sure the figures are, by bootstrap over pictures (Efron 1979).

    Args:
        result: Of one way to guess.
        seed: For the resampling.

    Returns:
        By name, the bounds of the middle 95 %. Distances, which are of a whole set, have none.
    """
    samples = _of(result.scores, _resampled(result, seed))
    return {name: _bounds(values) for name, values in samples.items()}


def lead(result: Result, other: Result, seed: int = 0) -> tuple[float, Interval]:
    """Says by how much one way to guess is nearer than another, picture against picture.

    Args:
        result: Of one.
        other: Of the other, on the same pictures.
        seed: For the resampling.

    Returns:
        PSNR of the mean error, in dB, above the other's, and its bounds as of `intervals`: of the
        same samples for both, so that what is hard for both does not blur the difference.
    """
    chosen = np.concatenate([[np.arange(len(result.scores.mse))], _resampled(result, seed)])
    own, others = (metrics.psnr_of(way.scores.mse[chosen].mean(axis=1)) for way in (result, other))
    leads = own - others
    return float(leads[0]), _bounds(leads[1:])


def _resampled(result: Result, seed: int) -> np.ndarray:
    count = len(result.scores.mse)
    return np.random.default_rng(seed).integers(0, count, (_RESAMPLES, count))


def _bounds(samples: np.ndarray) -> Interval:
    low, high = np.percentile(samples, _CONFIDENCE)
    return float(low), float(high)


def _scores(truth: np.ndarray, guessed: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    values = (
        metrics.mse(truth, guessed, mask),
        metrics.l1(truth, guessed, mask),
        metrics.ssim(truth, guessed, mask),
        *(metrics.edge_gradient(pictures, mask) for pictures in (guessed, truth)),
        *(metrics.gradient_energy(pictures, mask) for pictures in (guessed, truth)),
    )
    return [np.asarray(value, np.float64) for value in values]


def _chromas(chroma: np.ndarray, real: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    hidden = mask[0, ..., 0] > 0.5
    return [values[:, hidden].mean(axis=1, dtype=np.float64) for values in (chroma, real)]


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
        "chroma": mean["chroma"] / np.maximum(mean["real_chroma"], _GREY),
    }
