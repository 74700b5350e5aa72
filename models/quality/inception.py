"""How far two sets of pictures lie apart to a network that learned to name things: FID and KID.

Through Keras's InceptionV3, whose weights must lie on this machine: nothing is downloaded. These
weights are not those of the original papers' code, so compare figures of this project only with
one another; and FID falls with more pictures, so compare only figures of as many.
"""

import os
from pathlib import Path

import numpy as np

from models.quality import distances

WEIGHTS_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"  # as Keras names it
_SIDE = 299  # pixels, of what the network was trained on
_BATCH = 25
FID, KID = NAMES = ("fid", "kid")


class WeightsError(ValueError):
    """The network's weights are missing or unusable; the message says what to do."""


def find_weights(file: Path | None = None) -> Path:
    """Looks for the network's weights.

    Args:
        file: Where they are; by default in Keras's cache.

    Returns:
        The file.

    Raises:
        WeightsError: If there is none.
    """
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    found = file or home / "models" / WEIGHTS_FILE
    if not found.is_file():
        raise WeightsError(
            f"{found}: no such file. FID and KID need the weights of Keras's InceptionV3, and "
            f"nothing is downloaded: put {WEIGHTS_FILE}, of Keras's applications, into "
            f"{home / 'models'} or say where it is"
        )
    return found


class Inception:
    """InceptionV3 up to its last pooling (Szegedy et al. 2016)."""

    def __init__(self, weights: Path):
        """Builds the network.

        Args:
            weights: As `find_weights` gives them.

        Raises:
            WeightsError: If the file does not hold them.
        """
        import keras

        try:
            self._network = keras.applications.InceptionV3(
                include_top=False, weights=str(weights), pooling="avg"
            )
        except (OSError, ValueError, KeyError) as error:
            raise WeightsError(
                f"{weights}: not the weights of InceptionV3 without its top, which Keras calls "
                f"{WEIGHTS_FILE}: {error}"
            ) from error

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Describes pictures.

        Args:
            pictures: float32 [n, height, width, 3] in 0-1.

        Returns:
            float32 [n, 2048].
        """
        import tensorflow as tf

        described = []
        for start in range(0, len(pictures), _BATCH):
            batch = tf.image.resize(pictures[start : start + _BATCH], (_SIDE, _SIDE))
            described.append(np.asarray(self._network(2.0 * batch - 1.0, training=False)))
        return np.concatenate(described)

    def distances(self, reference: np.ndarray, features: np.ndarray) -> dict[str, float]:
        """Measures how far a set lies from another.

        Args:
            reference: float [n, d], features of photographs.
            features: float [m, d], of the others.

        Returns:
            `fid`, and `kid` times 1000; see `models.quality.distances`.
        """
        return {
            FID: distances.frechet_distance(reference, features),
            KID: distances.kernel_distance(reference, features),
        }
