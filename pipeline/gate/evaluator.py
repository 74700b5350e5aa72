"""What the Evaluator measures on the model's `evaluate` signature, and what it must reach."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis import constants
from tfx.dsl.io import fileio
from tfx.utils import path_utils

from models import features
from pipeline.gate import set_distance
from pipeline.gate import thresholds as bars
from pipeline.gate.set_distance import metric_key, of_model
from settings.evaluation import EvaluationSettings

PSNR_OF_MEAN = "psnr_of_mean_mse"  # dB; the mean of the pictures' PSNRs is another figure
BEST_FILL = "best_fill"  # whichever is best on these pictures
IMAGES = "images"
SEAM = "seam"  # mean step across the mask's edge, as a share of the photographs'
SHARPNESS = "sharpness"  # gradient energy of hidden pixels, likewise
SWD = set_distance.SWD

_Sums = tuple[int, np.ndarray]
_MODEL_OUTPUTS = features.METRICS
_NEWER_OUTPUTS = (
    *(features.metric_key(m, fill) for fill in features.FILLS for m in features.METRICS),
    *(features.metric_key(m, name) for name in ("", features.REAL) for m in features.GRADIENTS),
)
_OUTPUTS = (*_MODEL_OUTPUTS, *_NEWER_OUTPUTS)


def psnr_key(fill: str = "") -> str:
    """Names the PSNR of the mean error, of the model or of a fill by hand."""
    return features.metric_key(PSNR_OF_MEAN, fill)


def gain_key(fill: str = BEST_FILL) -> str:
    """Names the model's lead in PSNR, in dB, over a fill by hand or the best of them."""
    return f"psnr_gain_over_{fill}"


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
        values = of_model(element, self._model_name)
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
        return {metric_key(name, self._model_name): value for name, value in results.items()}


def custom_extractors(
    eval_shared_model: Any, eval_config: tfma.EvalConfig, tensor_adapter_config: Any
) -> list[tfma.extractors.Extractor]:
    """What TFX's Evaluator calls to take examples apart; it finds it by this name.

    Args:
        eval_shared_model: The model, or both.
        eval_config: As `eval_config` wrote it.
        tensor_adapter_config: How to read the examples.

    Returns:
        TFMA's own extractors, the pictures kept out of the slices by category.
    """
    *others, slices = tfma.default_extractors(
        eval_shared_model=eval_shared_model,
        eval_config=eval_config,
        tensor_adapter_config=tensor_adapter_config,
    )
    apart = slices.ptransform | "TakePicturesApart" >> beam.FlatMap(set_distance.take_apart)
    return [*others, slices._replace(ptransform=apart)]


def custom_eval_shared_model(
    eval_saved_model_path: str, model_name: str, eval_config: tfma.EvalConfig, **options: Any
) -> tfma.types.EvalSharedModel:
    """What TFX's Evaluator calls to load a model; it finds it by this name.

    Args:
        eval_saved_model_path: Where a Trainer would have put the SavedModel.
        model_name: Candidate or baseline.
        eval_config: As `eval_config` wrote it.
        **options: Passed on to TFMA.

    Returns:
        The model, from there or from the folder above: a pushed model has no more folders.

    Raises:
        FileNotFoundError: If there is none.
    """
    # A model that was not made in this pipeline is taken for one of an early TFX: another folder.
    above = eval_saved_model_path.rstrip("/").rpartition("/")[0]
    for path in (eval_saved_model_path, path_utils.serving_model_dir(above), above):
        if fileio.exists(f"{path}/saved_model.pb"):
            return tfma.default_eval_shared_model(
                eval_saved_model_path=path,
                model_name=model_name,
                eval_config=eval_config,
                **options,
            )
    raise FileNotFoundError(
        f"no SavedModel in {above} to evaluate as {model_name or 'candidate'}; "
        "evaluation.baseline_model_uri may name one to hold against"
    )


def eval_config(settings: EvaluationSettings) -> tfma.EvalConfig:
    """Writes down what is measured, over which slices, and what blesses a model.

    Args:
        settings: The bars.

    Returns:
        The configuration for TFX's Evaluator. Bars against the last blessed model do not
        count on a first run, when there is none.
    """
    floors = {name: bars.at_least(floor) for name, floor in settings.category_floors.items()}
    thresholds = {
        gain_key(settings.baseline): {"": bars.above(settings.min_psnr_gain)},
        PSNR_OF_MEAN: {"": bars.no_lower(settings.max_psnr_loss), **floors},
        SEAM: {"": bars.between(settings.min_seam, settings.max_seam)},
    }
    quality = tfma.MetricConfig(class_name=ImageQuality.__name__, module=__name__)
    distance = tfma.MetricConfig(
        class_name=set_distance.SetDistance.__name__,
        module=set_distance.__name__,
        config=json.dumps({"images": settings.swd_images}),
    )
    rise = {SWD: {"": bars.no_higher(settings.max_swd_rise)}}
    return tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(signature_name=features.EVALUATE_SIGNATURE)],
        slicing_specs=[
            tfma.SlicingSpec(),
            tfma.SlicingSpec(feature_keys=[features.CATEGORY]),
        ],
        metrics_specs=[
            tfma.MetricsSpec(metrics=[metric], per_slice_thresholds=bars.by_slice(limits))
            for metric, limits in ((quality, thresholds), (distance, rise))
        ],
    )


def _derived(means: Mapping[str, float]) -> dict[str, float]:
    psnrs = {}
    for fill in ("", *features.FILLS):
        error = means[features.metric_key(features.MSE, fill)]
        psnrs[fill] = float(-10 * np.log10(error)) if error > 0 else np.nan
    best = float(np.max([psnrs[fill] for fill in features.FILLS]))
    gains = {gain_key(fill): psnrs[""] - psnrs[fill] for fill in features.FILLS}
    gains[gain_key()] = psnrs[""] - best
    shares = {}
    for name, metric in ((SEAM, features.EDGE), (SHARPNESS, features.ENERGY)):
        real = means[features.metric_key(metric, features.REAL)]
        shares[name] = means[metric] / real if real > 0 else np.nan
    return {**{psnr_key(fill): value for fill, value in psnrs.items()}, **gains, **shares}


def _computations(
    name: str, model_names: list[str] | None = None, **_
) -> tfma.metrics.MetricComputations:
    del name  # the figures have names of their own
    names = [IMAGES, *_OUTPUTS, *_derived(dict.fromkeys(_OUTPUTS, 1.0))]
    return [
        tfma.metrics.MetricComputation(
            keys=[metric_key(name, model_name) for name in names],
            preprocessors=None,
            combiner=_Combiner(model_name),
        )
        for model_name in model_names or [""]
    ]
