"""How guesses change with the distance from what is known: their error, and their colours."""

from typing import NamedTuple

import numpy as np

from models.images import masking
from models.quality import metrics


class Curves(NamedTuple):
    """At 1, 2, ... pixels from the known area, float64 each, means over pictures and pixels."""

    error: np.ndarray  # squared
    chroma: np.ndarray
    real_chroma: np.ndarray
    brightness: np.ndarray  # L of CIE Lab, 0-100
    real_brightness: np.ndarray

    def shown(self) -> dict[str, np.ndarray]:
        """Gives what a person looks at.

        Returns:
            `psnr` in dB; `chroma`, as a share of the truth's (which counts for 1 at least, so that
            grey is no division by nothing); `brightness`, as a difference from the truth's.
        """
        return {
            "psnr": metrics.psnr_of(np.maximum(self.error, 1e-10)),
            "chroma": self.chroma / np.maximum(self.real_chroma, 1.0),
            "brightness": self.brightness - self.real_brightness,
        }


class ByDistance:
    """Adds up pictures, batch by batch."""

    def __init__(self, border: masking.Border):
        """Starts with none.

        Args:
            border: Pixels hidden on each side.
        """
        self._distance = masking.distance_from_known(border).ravel()
        self._pixels = np.bincount(self._distance)
        self._totals = np.zeros((len(Curves._fields), len(self._pixels)))
        self._pictures = 0

    def add(self, *maps: np.ndarray) -> None:
        """Adds a batch.

        Args:
            maps: Of each field of Curves, float [n, 128, 128].
        """
        self._pictures += len(maps[0])
        for total, values in zip(self._totals, maps, strict=True):
            total += np.bincount(self._distance, values.sum(axis=0).ravel(), len(total))

    def curves(self) -> Curves:
        """Gives the means."""
        return Curves(*(self._totals / (self._pixels * self._pictures))[:, 1:])
