"""What photographs are like as a set, to measure guesses by."""

import functools
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from models.images import masking
from models.quality import distances
from models.quality.perceptual import Perceptual, Standard, mean_distance
from models.quality.sliced_wasserstein import PatchSet, Reference

BATCH = 25
_WOVEN = 200  # pictures, at most, whose hidden areas are compared with one another
_GREY = 0.5  # of known pixels, where hidden ones alone are looked at


class Network(Protocol):
    """A network to see with."""

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Describes pictures, float32 [n, height, width, 3] in 0-1: float32 [n, d]."""

    def distances(self, reference: np.ndarray, features: np.ndarray) -> dict[str, float]:
        """Measures how far a set of features lies from that of photographs."""


class Yardstick:
    """Photographs as sets: by patches, and by what networks see of them."""

    def __init__(
        self,
        canvases: np.ndarray,
        networks: Sequence[Network] = (),
        reference: np.ndarray | None = None,
    ):
        """Looks at the photographs.

        Args:
            canvases: float32 [n, 128, 128, 3] in 0-1, whole pictures.
            networks: For distances of features; their figures are left out where there are none,
                or too few pictures.
            reference: float32 [m, 128, 128, 3], other photographs to hold guesses against; without
                them, each half of the pictures is the reference of the other half.
        """
        patches = PatchSet(seed=0)
        for start in range(0, len(canvases), BATCH):
            patches.add(canvases[start : start + BATCH])
        self._patches, self._canvases = Reference(patches), canvases
        enough = len(canvases) >= (distances.LEAST_HALVED if reference is None else 2)
        self._networks = list(networks) if enough else []
        self._real = [network.features(canvases) for network in self._networks]
        self._references = [
            None if reference is None else network.features(reference) for network in self._networks
        ]

    def look(self, pictures: np.ndarray) -> list[np.ndarray]:
        """Describes pictures as each network sees them."""
        return [network.features(pictures) for network in self._networks]

    def distances(self, patches: PatchSet, seen: Sequence[list[np.ndarray]]) -> dict[str, float]:
        """Measures guesses.

        Args:
            patches: Of as many pictures.
            seen: Of batches of the same, what `look` gave.

        Returns:
            By name.
        """
        made = [np.concatenate(features) for features in zip(*seen, strict=True)]
        return {"swd": self._patches.distance(patches), **self._of_features(made)}

    def of_photographs(self) -> dict[str, float]:
        """Measures the photographs themselves: as near as guesses can come."""
        return self._of_features(self._real)

    def standardised(self, pictures: np.ndarray) -> np.ndarray | None:
        """Describes pictures, for comparing one with another.

        Args:
            pictures: float32 [n, 128, 128, 3] in 0-1.

        Returns:
            float [n, d], standardised by the photographs; None where there is no such network.
        """
        for network, real in zip(self._networks, self._real, strict=True):
            if isinstance(network, Perceptual):
                return Standard.of(real).standardised(network.features(pictures))
        return None

    def hidden_areas(self, pictures: np.ndarray, mask: np.ndarray, before: int = 0) -> list:
        """Describes the hidden areas of the first few pictures, for `weave`.

        Args:
            pictures: float32 [n, 128, 128, 3] in 0-1.
            mask: float32 [1, 128, 128, 1], 1 where hidden.
            before: How many were looked at before these.

        Returns:
            A list with their features, float32 [n, d]; empty where there are enough, or no network.
        """
        few = pictures[: max(0, _WOVEN - before)]
        if not len(few):
            return []
        areas = np.where(mask > 0.5, few, np.float32(_GREY))
        return [n.features(areas) for n in self._networks if isinstance(n, Perceptual)]

    def weave(self, hidden: Sequence[np.ndarray], border: masking.Border) -> dict[str, float]:
        """Says how different the hidden areas of different pictures are.

        Args:
            hidden: What `hidden_areas` gave.
            border: Pixels hidden on each side.

        Returns:
            `weave`: the mean distance over all pairs, as a share of the photographs'. One weave in
            every picture makes it small. Nothing where there is no network.
        """
        if not hidden:
            return {}
        standard, own = self._own_weave(border)
        found = mean_distance(standard.standardised(np.concatenate(hidden)))
        return {"weave": found / own}

    @functools.lru_cache(maxsize=8)  # noqa: B019 - a mask each, and as short-lived as this
    def _own_weave(self, border: masking.Border) -> tuple[Standard, float]:
        mask = masking.border_mask(border)[None]
        (features,) = self.hidden_areas(self._canvases, mask)
        standard = Standard.of(features)
        return standard, mean_distance(standard.standardised(features))

    def _of_features(self, made: Sequence[np.ndarray]) -> dict[str, float]:
        found: dict[str, float] = {}
        for network, real, reference, features in zip(
            self._networks, self._real, self._references, made, strict=True
        ):
            if reference is None:
                found |= distances.from_other_half(real, features, network.distances)
            else:
                found |= network.distances(reference, features)
        return found
