"""What the Evaluator measures on the model's `evaluate` signature, and what it must reach."""

from collections.abc import Iterable

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis import constants

from models import features
from pipeline.config import EvaluationSettings

PSNR_OF_MEAN = "psnr_of_mean_mse"  # dB; the mean of the pictures' PSNRs is another figure
PSNR_GAIN = "psnr_gain_over_mean_fill"  # dB
IMAGES = "images"
# The smallest step above the bar: TFMA's bounds are inclusive, and an equal fill is no gain.
_STRICTLY = 1e-6

_Sums = tuple[int, np.ndarray]
_OUTPUTS = tuple(
    features.metric_key(metric, fill)
    for fill in ("", *features.FILLS)
    for metric in features.METRICS
)

_FILL_OUTPUTS = _OUTPUTS[len(features.METRICS) :]


def psnr_key(fill: str = "") -> str:
    """Names the PSNR of the mean error, of the model or of a fill by hand."""
    return features.metric_key(PSNR_OF_MEAN, fill)


class ImageQuality(tfma.metrics.Metric):
    """Means of every output of the `evaluate` signature, and PSNRs of the mean errors.

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
        values = element[constants.PREDICTIONS_KEY]
        if self._model_name:
            values = values[self._model_name]
        # A missing output is an error here, never a silent zero. Only the last blessed model may
        # be of a time when there were fewer fills by hand.
        if self._model_name == constants.BASELINE_KEY:
            values = {**dict.fromkeys(_FILL_OUTPUTS, np.nan), **values}
        figures = np.array([np.asarray(values[key], np.float64).item() for key in _OUTPUTS])
        return sums[0] + 1, sums[1] + figures

    def merge_accumulators(self, accumulators: Iterable[_Sums]) -> _Sums:
        counts, totals = zip(*accumulators, strict=True)
        return sum(counts), np.sum(totals, axis=0)

    def extract_output(self, sums: _Sums) -> dict[tfma.metrics.MetricKey, float]:
        count, totals = sums
        means = dict(zip(_OUTPUTS, totals / max(count, 1), strict=True))
        results = {IMAGES: float(count), **means}
        for fill in ("", *features.FILLS):
            error = means[features.metric_key(features.MSE, fill)]
            results[psnr_key(fill)] = float(-10 * np.log10(error)) if error > 0 else np.nan
        results[PSNR_GAIN] = results[psnr_key()] - results[psnr_key(features.MEAN_FILL)]
        return {_key(name, self._model_name): value for name, value in results.items()}


def eval_config(settings: EvaluationSettings) -> tfma.EvalConfig:
    """Writes down what is measured, over which slices, and what blesses a model.

    Args:
        settings: The bars.

    Returns:
        The configuration for TFX's Evaluator. The bar against the last blessed model does not
        count on a first run, when there is none.
    """
    gain = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(
            lower_bound={"value": settings.min_psnr_gain + _STRICTLY}
        )
    )
    not_worse = tfma.MetricThreshold(
        change_threshold=tfma.GenericChangeThreshold(
            direction=tfma.MetricDirection.HIGHER_IS_BETTER,
            absolute={"value": -settings.max_psnr_loss - _STRICTLY},
        )
    )
    return tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(signature_name=features.EVALUATE_SIGNATURE)],
        slicing_specs=[
            tfma.SlicingSpec(),
            tfma.SlicingSpec(feature_keys=[features.CATEGORY]),
        ],
        metrics_specs=[
            tfma.MetricsSpec(
                metrics=[
                    tfma.MetricConfig(class_name=ImageQuality.__name__, module=__name__),
                ],
                per_slice_thresholds={
                    PSNR_GAIN: _over_all_images(gain),
                    PSNR_OF_MEAN: _over_all_images(not_worse),
                },
            )
        ],
    )


def _over_all_images(threshold: tfma.MetricThreshold) -> tfma.PerSliceMetricThresholds:
    # Plain thresholds would hold for every category, of which some have a single image.
    return tfma.PerSliceMetricThresholds(
        thresholds=[
            tfma.PerSliceMetricThreshold(slicing_specs=[tfma.SlicingSpec()], threshold=threshold)
        ]
    )


def _computations(
    name: str, model_names: list[str] | None = None, **_
) -> tfma.metrics.MetricComputations:
    del name  # the figures have names of their own
    names = [IMAGES, *_OUTPUTS, *(psnr_key(f) for f in ("", *features.FILLS)), PSNR_GAIN]
    return [
        tfma.metrics.MetricComputation(
            keys=[_key(name, model_name) for name in names],
            preprocessors=None,
            combiner=_Combiner(model_name),
        )
        for model_name in model_names or [""]
    ]


def _key(name: str, model_name: str) -> tfma.metrics.MetricKey:
    # example_weighted as TFMA expects it of a metric that a threshold names.
    return tfma.metrics.MetricKey(name=name, model_name=model_name, example_weighted=None)
