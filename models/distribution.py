"""How far two sets of pictures lie apart: sliced Wasserstein distance over Laplacian pyramids.

As Karras et al. define it in "Progressive Growing of GANs" (2018), section 5. It needs no trained
network. NumPy, on sets streamed batch by batch.
"""

import numpy as np
from scipy import ndimage

_PATCH = 7  # pixels a side
_PATCHES = 128  # of each picture and level
_PROJECTIONS = 512
_PROJECTED_TOGETHER = 128
_SMALLEST = 16  # pixels a side of the last level
_SCALE = 1000  # as the paper prints it
_KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16


class PatchSet:
    """Patches of a set of pictures, by level of their Laplacian pyramids."""

    def __init__(self, seed: int = 0):
        """Starts an empty set.

        Args:
            seed: For the patches' places. Two sets to be compared may share it or not.
        """
        self._random = np.random.default_rng(seed)
        self._patches: dict[int, list[np.ndarray]] = {}

    def add(self, pictures: np.ndarray) -> None:
        """Adds a batch.

        Args:
            pictures: float [n, size, size, 3], of any range; size a power of 2 from 16 up.
        """
        for level in laplacian_pyramid(pictures):
            patches = self._draw(level)
            self._patches.setdefault(level.shape[1], []).append(patches)

    def levels(self) -> dict[int, np.ndarray]:
        """Gives the patches, each colour of a level brought to mean 0 and deviation 1.

        Returns:
            By pixels a side of the level, float32 [patches, 7 * 7 * 3].
        """
        return {size: _standardised(np.concatenate(p)) for size, p in self._patches.items()}

    def _draw(self, level: np.ndarray) -> np.ndarray:
        count, height, width, _ = level.shape
        windows = np.lib.stride_tricks.sliding_window_view(  # type: ignore[call-overload]
            level, (_PATCH, _PATCH), axis=(1, 2)
        )
        pictures = np.repeat(np.arange(count), _PATCHES)
        rows = self._random.integers(0, height - _PATCH + 1, len(pictures))
        columns = self._random.integers(0, width - _PATCH + 1, len(pictures))
        return windows[pictures, rows, columns]  # [patches, colours, 7, 7]


def sliced_wasserstein(one: PatchSet, other: PatchSet, seed: int = 0) -> dict[int, float]:
    """Measures the distance between two sets of as many pictures each.

    Args:
        one: Patches of a set of pictures.
        other: Patches of another.
        seed: For the directions of projection.

    Returns:
        The distance times 1000, by pixels a side of the level; 0 for equal sets.

    Raises:
        ValueError: If the sets differ in number.
    """
    levels, others = one.levels(), other.levels()
    random = np.random.default_rng(seed)
    return {size: _SCALE * _distance(levels[size], others[size], random) for size in levels}


def laplacian_pyramid(pictures: np.ndarray) -> list[np.ndarray]:
    """Takes pictures apart by scale (Burt & Adelson 1983).

    Args:
        pictures: float [n, size, size, channels].

    Returns:
        float32 arrays, from full size down to 16 pixels: each what its level adds to the next,
        the last the rest. Scaled up and added, they give the pictures back.
    """
    levels = [pictures.astype(np.float32)]
    while levels[-1].shape[1] > _SMALLEST:
        smaller = _blurred(levels[-1])[:, ::2, ::2]
        levels[-1] = levels[-1] - scaled_up(smaller)
        levels.append(smaller)
    return levels


def scaled_up(pictures: np.ndarray) -> np.ndarray:
    """Doubles height and width, as the pyramid does.

    Args:
        pictures: float32 [n, height, width, channels].

    Returns:
        float32 [n, 2 * height, 2 * width, channels].
    """
    count, height, width, channels = pictures.shape
    spread = np.zeros((count, 2 * height, 2 * width, channels), np.float32)
    spread[:, ::2, ::2] = 4 * pictures
    return _blurred(spread)


def _blurred(pictures: np.ndarray) -> np.ndarray:
    rows = ndimage.correlate1d(pictures, _KERNEL, axis=1, mode="mirror")
    return ndimage.correlate1d(rows, _KERNEL, axis=2, mode="mirror")


def _standardised(patches: np.ndarray) -> np.ndarray:
    mean = patches.mean(axis=(0, 2, 3), keepdims=True)
    deviation = patches.std(axis=(0, 2, 3), keepdims=True)
    return ((patches - mean) / np.maximum(deviation, 1e-8)).reshape(len(patches), -1)


def _distance(one: np.ndarray, other: np.ndarray, random: np.random.Generator) -> float:
    if one.shape != other.shape:
        raise ValueError(f"sets of {len(one)} and {len(other)} patches: as many pictures in both")
    distances = []
    for _ in range(_PROJECTIONS // _PROJECTED_TOGETHER):
        directions = random.normal(size=(one.shape[1], _PROJECTED_TOGETHER)).astype(np.float32)
        directions /= np.sqrt(np.square(directions).sum(axis=0))
        # A direction a row: sorting goes along memory.
        projected = [np.sort(directions.T @ patches.T, axis=1) for patches in (one, other)]
        distances.append(np.abs(projected[0] - projected[1]).mean())
    return float(np.mean(distances))
