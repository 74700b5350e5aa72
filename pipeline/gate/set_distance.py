"""Distances of sets as metrics of the Evaluator: of a whole set, not of pictures.

They are the sliced Wasserstein distance between photographs and what was made of them, and the
kernel distance of features, where each half of the photographs is held against what was made of
the other half.

The pictures come out of the model's `evaluate` signature. They are kept apart from the figures, in
elements of their own that belong to no slice but the whole, and of those at most so many are kept:
memory does not grow with the set or its categories.
"""

import heapq
import zlib
from collections.abc import Iterable

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis import constants

from models import features
from models.quality import distances, perceptual
from models.quality.sliced_wasserstein import PatchSet, Reference
from pipeline.gate.extracts import outputs_of, tfma_key
from pipeline.gate.figure_names import KERNEL, SWD

# How many there were, and those kept: a heap of (minus the rank, the pair's bytes).
_Kept = tuple[int, list[tuple[int, bytes]]]
_TOGETHER = 50  # pictures
_SHAPE = (2, features.IMAGE_SIZE, features.IMAGE_SIZE, features.CHANNELS)


class SetDistance(tfma.metrics.Metric):
    """How far outpainted pictures lie from photographs, as a set."""

    def __init__(self, images: int, deciding: int, name: str = "set_distance"):
        """Sets up the metric.

        Args:
            images: How many pictures it is of, at most; where there are more, a sample that
                depends on their content alone.
            deciding: From how many on the kernel distance decides.
            name: Of the metric.
        """
        super().__init__(_computations, images=images, deciding=deciding, name=name)


class _Combiner(beam.CombineFn):
    """Keeps pictures of one model and measures them in the end.

    Those whose checksums are smallest are kept: in whatever order pictures come and accumulators
    are merged, the same ones, and of two models the same.
    """

    def __init__(self, model_name: str, images: int, deciding: int):
        self._model_name = model_name
        self._images = images
        self._deciding = deciding

    def create_accumulator(self) -> _Kept:
        return 0, []

    def add_input(self, kept: _Kept, element: tfma.metrics.StandardMetricInputs) -> _Kept:
        values = outputs_of(element, self._model_name)
        if features.PICTURES not in values:
            return kept
        count, heap = kept
        pair = values[features.PICTURES]
        if pair is not None:
            self._keep(heap, (-zlib.crc32(pair[0].tobytes()), pair.tobytes()))
        elif self._model_name != constants.BASELINE_KEY:
            raise KeyError(features.PICTURES)
        return count + 1, heap

    def merge_accumulators(self, accumulators: Iterable[_Kept]) -> _Kept:
        total, merged = self.create_accumulator()
        for count, heap in accumulators:
            total += count
            for item in heap:
                self._keep(merged, item)
        return total, merged

    def extract_output(self, kept: _Kept) -> dict[tfma.metrics.MetricKey, float]:
        count, heap = kept
        if not count:  # a category
            found = {KERNEL: np.nan, SWD: np.nan}
        elif not heap:  # a blessed model of an older time: any distance is as good as its
            found = {KERNEL: np.inf, SWD: np.inf}
        else:
            stored = [np.frombuffer(content, np.uint8) for _, content in sorted(heap)]
            pairs = np.stack(stored).reshape(-1, *_SHAPE)
            found = {KERNEL: self._kernel_distance(pairs), SWD: distance_of_pairs(pairs)}
        return {tfma_key(name, self._model_name): value for name, value in found.items()}

    def _kernel_distance(self, pairs: np.ndarray) -> float:
        """What TFMA compares of both models: where it decides nothing, so that nothing fails."""
        last_blessed = self._model_name == constants.BASELINE_KEY
        if last_blessed and len(pairs) < self._deciding:
            return np.inf
        distance = kernel_distance_of_pairs(pairs)
        if distance is None:
            return np.inf if last_blessed else -np.inf
        return distance

    def _keep(self, heap: list[tuple[int, bytes]], item: tuple[int, bytes]) -> None:
        if len(heap) < self._images:
            heapq.heappush(heap, item)
        else:
            heapq.heappushpop(heap, item)


def distance_of_pairs(pairs: np.ndarray) -> float:
    """Measures pictures as the `evaluate` signature gives them.

    Args:
        pairs: uint8 [n, 2, 128, 128, 3], photographs and what the model made.

    Returns:
        The sliced Wasserstein distance, times 1000.
    """
    real, made = PatchSet(seed=0), PatchSet(seed=1)
    for patches, column in ((real, 0), (made, 1)):
        patches.add(pairs[:, column] / np.float32(255))
    return Reference(real).distance(made)


def kernel_distance_of_pairs(pairs: np.ndarray) -> float | None:
    """Measures the same by the network of the extra `perceptual`.

    Args:
        pairs: As for `distance_of_pairs`.

    Returns:
        The kernel distance, times 1000, between each half of the photographs and what was made of
        the other half; None without the network, or with fewer than 4 pictures.
    """
    networks = perceptual.networks()
    if not networks or len(pairs) < distances.LEAST_HALVED:
        return None
    (network,) = networks
    real, made = (_features(network, pairs[:, column]) for column in (0, 1))
    return distances.from_other_half(real, made, network.distances)[perceptual.KERNEL]


def _features(network: perceptual.Perceptual, pictures: np.ndarray) -> np.ndarray:
    """A few at a time: as floating-point numbers they take four times the memory."""
    parts = np.array_split(pictures, -(-len(pictures) // _TOGETHER))
    return np.concatenate([network.features(part / np.float32(255)) for part in parts])


def _computations(
    name: str, images: int, deciding: int, model_names: list[str] | None = None, **_
) -> tfma.metrics.MetricComputations:
    del name  # the figures have names of their own
    return [
        tfma.metrics.MetricComputation(
            keys=[tfma_key(name, model_name) for name in (KERNEL, SWD)],
            preprocessors=None,
            combiner=_Combiner(model_name, images, deciding),
        )
        for model_name in model_names or [""]
    ]
