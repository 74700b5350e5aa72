"""How far two sets of pictures lie apart in the features of some network: Fréchet and kernel."""

from collections.abc import Callable, Mapping

import numpy as np

KERNEL_SCALE = 1000
_LEAST = 2  # pictures of a set that has a distance
LEAST_HALVED = 2 * _LEAST

Distances = Callable[[np.ndarray, np.ndarray], Mapping[str, float]]


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
    return float(KERNEL_SCALE * (within - 2 * _kernel(one, other).mean()))


def from_other_half(real: np.ndarray, made: np.ndarray, distances: Distances) -> dict[str, float]:
    """Measures what was made of photographs against other photographs than its own.

    Against its own truth, whatever keeps most of a picture would look good. So every second
    picture's results are held against the photographs of the rest, and the other way round.

    Args:
        real: float [n, d], features of photographs.
        made: float [n, d], of what was made of each of them, in the same order.
        distances: Between a reference set and another, by name.

    Returns:
        The mean of both, by name.

    Raises:
        ValueError: If there are fewer than LEAST_HALVED pictures.
    """
    found = [distances(real[half::2], made[1 - half :: 2]) for half in (0, 1)]
    return {name: (found[0][name] + found[1][name]) / 2 for name in found[0]}


def _check(one: np.ndarray, other: np.ndarray) -> None:
    if min(len(one), len(other)) < _LEAST:
        raise ValueError(f"sets of {len(one)} and {len(other)} pictures: {_LEAST} are the least")


def _square(root: np.ndarray) -> np.ndarray:
    """At most as many rows as columns, of the same A'A."""
    rows, columns = root.shape
    return root if rows <= columns else np.asarray(np.linalg.qr(root, mode="r"))


def _kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    products = one.astype(np.float64) @ other.astype(np.float64).T
    return (products / one.shape[1] + 1) ** 3
