"""The sliced Wasserstein distance as a metric of the Evaluator: of a whole set, not of pictures.

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
from models.quality.sliced_wasserstein import PatchSet, Reference
from pipeline.gate.extracts import outputs_of, tfma_key
from pipeline.gate.figure_names import SWD

# How many there were, and those kept: a heap of (minus the rank, the pair's bytes).
_Kept = tuple[int, list[tuple[int, bytes]]]
_SHAPE = (2, features.IMAGE_SIZE, features.IMAGE_SIZE, features.CHANNELS)


class SetDistance(tfma.metrics.Metric):
    """How far outpainted pictures lie from photographs, as a set."""

    def __init__(self, images: int, name: str = "set_distance"):
        """Sets up the metric.

        Args:
            images: How many pictures it is of, at most; where there are more, a sample that
                depends on their content alone.
            name: Of the metric.
        """
        super().__init__(_computations, images=images, name=name)


class _Combiner(beam.CombineFn):
    """Keeps pictures of one model and measures them in the end.

    Those whose checksums are smallest are kept: in whatever order pictures come and accumulators
    are merged, the same ones, and of two models the same.
    """

    def __init__(self, model_name: str, images: int):
        self._model_name = model_name
        self._images = images

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
            distance = np.nan
        elif not heap:  # a blessed model of an older time: any distance is as good as its
            distance = np.inf
        else:
            pairs = [np.frombuffer(content, np.uint8) for _, content in sorted(heap)]
            distance = distance_of_pairs(np.stack(pairs).reshape(-1, *_SHAPE))
        return {tfma_key(SWD, self._model_name): distance}

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


def _computations(
    name: str, images: int, model_names: list[str] | None = None, **_
) -> tfma.metrics.MetricComputations:
    del name  # the figure has a name of its own
    return [
        tfma.metrics.MetricComputation(
            keys=[tfma_key(SWD, model_name)],
            preprocessors=None,
            combiner=_Combiner(model_name, images),
        )
        for model_name in model_names or [""]
    ]
