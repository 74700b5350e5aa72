"""Figures of guesses at hidden pixels: by picture, over a set, with their uncertainty."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from models.images import masking
from models.quality import inception, metrics
from models.quality.sliced_wasserstein import PatchSet, Reference

BATCH = 25
_RESAMPLES = 1000
_CONFIDENCE = (2.5, 97.5)  # percentiles

Guess = Callable[[np.ndarray], np.ndarray]  # canvases to whole pictures, known pixels as given
Interval = tuple[float, float]
NAMES = ("psnr", "rmse", "l1", "ssim", "swd", "seam", "sharpness")
FEATURE_NAMES = ("fid", "kid")  # where there is a network to see with


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
    distances: Mapping[str, float]  # of the set: `swd`, and FEATURE_NAMES
    error_by_distance: np.ndarray  # mean squared error, by pixels from the known area

    def of(self, chosen: np.ndarray) -> "Result":
        """The same of some pictures, by their indices; what is of the whole set is left out."""
        scores = Scores(*(column[chosen] for column in self.scores))
        return Result(scores, {}, np.empty(0))


class Yardstick:
    """What photographs are like as a set, to measure guesses by."""

    def __init__(self, canvases: np.ndarray, network: inception.Inception | None = None):
        """Looks at the photographs.

        Args:
            canvases: float32 [n, 128, 128, 3] in 0-1, whole pictures.
            network: For FID and KID, which there are none of without it.
        """
        patches = PatchSet(seed=0)
        for start in range(0, len(canvases), BATCH):
            patches.add(canvases[start : start + BATCH])
        self._patches = Reference(patches)
        self.network = network
        self._features = network.features(canvases) if network else None

    def distances(self, patches: PatchSet, features: list[np.ndarray]) -> dict[str, float]:
        """Measures guesses.

        Args:
            patches: Of as many pictures.
            features: Of the same, as the network gives them; empty where there is none.

        Returns:
            By name.
        """
        found = {"swd": self._patches.distance(patches)}
        if self._features is not None:
            guessed = np.concatenate(features)
            found["fid"] = inception.frechet_distance(self._features, guessed)
            found["kid"] = inception.kernel_distance(self._features, guessed)
        return found


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
    distance = masking.distance_from_known(border)
    patches, features = PatchSet(seed=1), []
    rows, errors = [], np.zeros(distance.max() + 1)
    for start in range(0, len(canvases), BATCH):
        truth = canvases[start : start + BATCH]
        guessed = guess(truth)
        patches.add(guessed)
        if yardstick.network:
            features.append(yardstick.network.features(guessed))
        rows.append(_scores(truth, guessed, mask))
        squares = np.square(truth - guessed).mean(axis=-1).sum(axis=0)
        errors += np.bincount(distance.ravel(), squares.ravel(), len(errors))
        tick()
    pixels = np.bincount(distance.ravel()) * len(canvases)
    scores = Scores(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    return Result(scores, yardstick.distances(patches, features), (errors / pixels)[1:])


def summarise(result: Result) -> dict[str, float]:
    """Boils figures down to those of the set.

    Args:
        result: Of one way to guess.

    Returns:
        By name of NAMES: `psnr` in dB and `rmse` of 255, both of the mean squared error; `l1`
        of 255; mean `ssim`; `seam` and `sharpness` as shares of the real; and, of a whole set,
        `swd` and `kid` times 1000 and `fid`.
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
