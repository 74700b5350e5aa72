"""How far two sets of pictures lie apart to a network that learned to name things: FID and KID.

Through Keras's InceptionV3, whose weights must lie on this machine: nothing is downloaded. These
weights are not those of the original papers' code, so compare figures of this project only with
one another; and FID falls with more pictures, so compare only figures of as many.
"""

import os
from pathlib import Path

import numpy as np

WEIGHTS_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"  # as Keras names it
_SIDE = 299  # pixels, of what the network was trained on
_BATCH = 25
KID_SCALE = 1000


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


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """The Fréchet distance of the normal distributions that fit two sets (FID: Heusel et al. 2017).

    Args:
        one: float [n, d], features of a set.
        other: float [m, d], of another.

    Returns:
        |mean - mean'|^2 + trace(C + C' - 2 (C C')^(1/2)), C and C' the covariances.

    Raises:
        ValueError: If a set has fewer than 2 pictures.
    """
    _check(one, other)
    means = [features.mean(axis=0, dtype=np.float64) for features in (one, other)]
    # With C = A'A, the trace of (C C')^(1/2) is the sum of the singular values of A B'.
    roots = [
        _square((features - mean) / np.sqrt(len(features) - 1))
        for features, mean in zip((one, other), means, strict=True)
    ]
    shared = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    traces = sum(np.square(root).sum() for root in roots)
    return float(np.square(means[0] - means[1]).sum() + traces - 2 * shared)


def kernel_distance(one: np.ndarray, other: np.ndarray) -> float:
    """The squared maximum mean discrepancy, without bias (KID: Binkowski et al. 2018).

    Args:
        one: float [n, d], features of a set.
        other: float [m, d], of another.

    Returns:
        Times 1000, for the kernel (x'y / d + 1)^3. Around 0, and so below it, too, for sets of
        one distribution.

    Raises:
        ValueError: If a set has fewer than 2 pictures.
    """
    _check(one, other)
    own = [_kernel(features, features) for features in (one, other)]
    within = sum((k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in own)
    return float(KID_SCALE * (within - 2 * _kernel(one, other).mean()))


def _check(one: np.ndarray, other: np.ndarray) -> None:
    if min(len(one), len(other)) < 2:
        raise ValueError(f"sets of {len(one)} and {len(other)} pictures: 2 are the least")


def _square(root: np.ndarray) -> np.ndarray:
    """At most as many rows as columns, of the same A'A."""
    rows, columns = root.shape
    return root if rows <= columns else np.asarray(np.linalg.qr(root, mode="r"))


def _kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    products = one.astype(np.float64) @ other.astype(np.float64).T
    return (products / one.shape[1] + 1) ** 3
