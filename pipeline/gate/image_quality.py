"""Means over pictures of what the `evaluate` signature gives, and what follows from them."""

from collections.abc import Iterable, Mapping

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis import constants

from models import features
from models.quality.metrics import psnr_of
from pipeline.gate.extracts import outputs_of, tfma_key
from pipeline.gate.figure_names import (
    BEST_FILL,
    BEST_SMOOTH_FILL,
    IMAGES,
    SEAM,
    SHARPNESS,
    gain_key,
    psnr_key,
)

_Sums = tuple[int, np.ndarray]
_MODEL_OUTPUTS = features.METRICS
_NEWER_OUTPUTS = (
    *(features.metric_key(m, fill) for fill in features.FILLS for m in features.METRICS),
    *(features.metric_key(m, name) for name in ("", features.REAL) for m in features.GRADIENTS),
)
_OUTPUTS = (*_MODEL_OUTPUTS, *_NEWER_OUTPUTS)


class ImageQuality(tfma.metrics.Metric):
    """Means of every output of the `evaluate` signature, and what follows from them.

    A metric of our own because the stock ones want labels: without them MeanPrediction gives
    0 for everything.
    """

    def __init__(self, name: str = "image_quality"):
        """Sets up the metric under a name."""
        super().__init__(_computations, name=name)


class _Combiner(beam.CombineFn):
    """Adds up per-picture figures of one model."""

    def __init__(self, model_name: str):
        self._model_name = model_name

    def create_accumulator(self) -> _Sums:
        return 0, np.zeros(len(_OUTPUTS))

    def add_input(self, sums: _Sums, element: tfma.metrics.StandardMetricInputs) -> _Sums:
        values = outputs_of(element, self._model_name)
        if features.PICTURES in values:  # for the distance of sets, which is another metric
            return sums
        # A missing output is an error here, never a silent zero. Only the last blessed model may
        # be of a time when less was measured.
        if self._model_name == constants.BASELINE_KEY:
            values = {**dict.fromkeys(_NEWER_OUTPUTS, np.nan), **values}
        figures = np.array([np.asarray(values[key], np.float64).item() for key in _OUTPUTS])
        return sums[0] + 1, sums[1] + figures

    def merge_accumulators(self, accumulators: Iterable[_Sums]) -> _Sums:
        counts, totals = zip(*accumulators, strict=True)
        return sum(counts), np.sum(totals, axis=0)

    def extract_output(self, sums: _Sums) -> dict[tfma.metrics.MetricKey, float]:
        count, totals = sums
        means = dict(zip(_OUTPUTS, totals / max(count, 1), strict=True))
        results = {IMAGES: float(count), **means, **_derived(means)}
        return {tfma_key(name, self._model_name): value for name, value in results.items()}


def _derived(means: Mapping[str, float]) -> dict[str, float]:
    psnrs = {}
    for fill in ("", *features.FILLS):
        error = means[features.metric_key(features.MSE, fill)]
        psnrs[fill] = float(psnr_of(error)) if error > 0 else np.inf
    gains = {gain_key(fill): _gain(psnrs[""], psnrs[fill]) for fill in features.FILLS}
    for name, fills in ((BEST_FILL, features.FILLS), (BEST_SMOOTH_FILL, features.SMOOTH_FILLS)):
        gains[gain_key(name)] = _gain(psnrs[""], float(np.max([psnrs[fill] for fill in fills])))
    shares = {}
    for name, metric in ((SEAM, features.EDGE), (SHARPNESS, features.ENERGY)):
        real = means[features.metric_key(metric, features.REAL)]
        shares[name] = means[metric] / real if real > 0 else np.nan
    return {**{psnr_key(fill): value for fill, value in psnrs.items()}, **gains, **shares}


def _gain(psnr: float, other: float) -> float:
    """Of two perfect ones neither gains; infinity less infinity would be no number."""
    return 0.0 if psnr == other else psnr - other


def _computations(
    name: str, model_names: list[str] | None = None, **_
) -> tfma.metrics.MetricComputations:
    del name  # the figures have names of their own
    names = [IMAGES, *_OUTPUTS, *_derived(dict.fromkeys(_OUTPUTS, 1.0))]
    return [
        tfma.metrics.MetricComputation(
            keys=[tfma_key(name, model_name) for name in names],
            preprocessors=None,
            combiner=_Combiner(model_name),
        )
        for model_name in model_names or [""]
    ]
