"""How far two sets of pictures lie apart: sliced Wasserstein distance over Laplacian pyramids.

As Karras et al. define it in "Progressive Growing of GANs" (2018), section 5. It needs no trained
network. NumPy and OpenCV, on sets streamed batch by batch.
"""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

_PATCH = 7  # pixels a side
_PATCHES = 128  # of each picture and level
_PROJECTIONS = 512
_PROJECTED_TOGETHER = 128
_SMALLEST = 16  # pixels a side of the last level
_SCALE = 1000  # as the paper prints it


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


class Reference:
    """A set of pictures to measure others against. What it takes of its own is done once.

    Some 1.1 MB of memory a picture of 128 pixels.
    """

    def __init__(self, patches: PatchSet, seed: int = 0):
        """Projects the patches.

        Args:
            patches: Of the pictures.
            seed: For the directions of projection.
        """
        self._seed = seed
        self._projected = {
            size: [np.sort(directions @ level.T, axis=1) for directions in self._directions(size)]
            for size, level in patches.levels().items()
        }

    def distances(self, patches: PatchSet) -> dict[int, float]:
        """Measures how far another set lies.

        Args:
            patches: Of as many pictures.

        Returns:
            The sliced Wasserstein distance times 1000, by pixels a side of the level; 0 for equal
            sets.

        Raises:
            ValueError: If the sets differ in number.
        """
        found = {}
        for size, level in patches.levels().items():
            own = self._projected[size]
            if own[0].shape[1] != len(level):
                raise ValueError(
                    f"sets of {own[0].shape[1]} and {len(level)} patches: as many pictures in both"
                )
            with ThreadPoolExecutor(os.cpu_count()) as pool:  # sorting lets go of Python's lock
                parts = pool.map(
                    functools.partial(_mean_difference, patches=level), own, self._directions(size)
                )
            found[size] = float(_SCALE * np.mean(list(parts)))
        return found

    def distance(self, patches: PatchSet) -> float:
        """The mean of `distances` over the levels."""
        return float(np.mean(list(self.distances(patches).values())))

    def _directions(self, size: int) -> list[np.ndarray]:
        """Unit vectors, a row each, others at each level, some at a time."""
        random = np.random.default_rng([self._seed, size])
        blocks = (_PROJECTIONS // _PROJECTED_TOGETHER, _PROJECTED_TOGETHER, 3 * _PATCH**2)
        directions = random.normal(size=blocks).astype(np.float32)
        return list(directions / np.linalg.norm(directions, axis=-1, keepdims=True))


def sliced_wasserstein(one: PatchSet, other: PatchSet, seed: int = 0) -> dict[int, float]:
    """Measures the distance between two sets of as many pictures each.

    Args:
        one: Patches of a set of pictures.
        other: Patches of another.
        seed: For the directions of projection.

    Returns:
        As `Reference.distances`.

    Raises:
        ValueError: If the sets differ in number.
    """
    return Reference(one, seed).distances(other)


def laplacian_pyramid(pictures: np.ndarray) -> list[np.ndarray]:
    """Takes pictures apart by scale (Burt & Adelson 1983).

    Args:
        pictures: float [n, size, size, 3].

    Returns:
        float32 arrays, from full size down to 16 pixels: each what its level adds to the next,
        the last the rest. Scaled up and added, they give the pictures back.
    """
    levels = [pictures.astype(np.float32)]
    while levels[-1].shape[1] > _SMALLEST:
        # Blurred by 1 4 6 4 1 both ways, mirrored at the edges, and every second pixel kept.
        smaller = np.stack([cv2.pyrDown(picture) for picture in levels[-1]])
        levels[-1] = levels[-1] - scaled_up(smaller)
        levels.append(smaller)
    return levels


def scaled_up(pictures: np.ndarray) -> np.ndarray:
    """Doubles height and width, as the pyramid does.

    Args:
        pictures: float32 [n, height, width, 3].

    Returns:
        float32 [n, 2 * height, 2 * width, 3].
    """
    return np.stack([cv2.pyrUp(picture) for picture in pictures])


def _standardised(patches: np.ndarray) -> np.ndarray:
    """In place: the patches of a large set are to lie in memory once."""
    patches -= patches.mean(axis=(0, 2, 3), keepdims=True)
    deviation = np.sqrt(np.square(patches).mean(axis=(0, 2, 3), keepdims=True))
    patches /= np.maximum(deviation, 1e-8)
    return patches.reshape(len(patches), -1)


def _mean_difference(sorted_ones: np.ndarray, directions: np.ndarray, patches: np.ndarray) -> float:
    """How far the patches have to be moved to lie, in each direction, as sorted others do."""
    # A direction a row: sorting goes along memory.
    projected = directions @ patches.T
    projected.sort(axis=1)
    projected -= sorted_ones
    return float(np.abs(projected, out=projected).mean())
