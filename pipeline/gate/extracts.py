"""TFMA's extracts: the outputs of one model for one example, and how figures of them are named."""

from collections.abc import Iterator
from typing import Any

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.slicer import slicer_lib

from models import features


def outputs_of(element: tfma.metrics.StandardMetricInputs, model_name: str) -> dict[str, Any]:
    """Picks one model's outputs for a picture; TFMA names models only if there are several."""
    values = element[constants.PREDICTIONS_KEY]
    return values[model_name] if model_name else values


def tfma_key(name: str, model_name: str) -> tfma.metrics.MetricKey:
    """Names a figure; example_weighted as TFMA expects it of one that a threshold names."""
    return tfma.metrics.MetricKey(name=name, model_name=model_name, example_weighted=None)


def take_apart(extracts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Makes two elements of a picture's: its figures, and the picture, of the whole set only.

    Args:
        extracts: TFMA's, with predictions and slices.

    Yields:
        The figures without the picture; the picture alone, None of a model that gives none.
    """
    predictions = extracts[constants.PREDICTIONS_KEY]
    several = features.MSE not in predictions
    models = predictions if several else {"": predictions}
    figures = {
        name: {key: value for key, value in outputs.items() if key != features.PICTURES}
        for name, outputs in models.items()
    }
    pictures = {
        name: {features.PICTURES: outputs.get(features.PICTURES)}
        for name, outputs in models.items()
    }
    whole = slicer_lib.slice_keys_to_numpy_array([()])
    for part, slices in ((figures, {}), (pictures, {constants.SLICE_KEY_TYPES_KEY: whole})):
        yield {**extracts, **slices, constants.PREDICTIONS_KEY: part if several else part[""]}
