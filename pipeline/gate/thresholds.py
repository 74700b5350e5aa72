"""What a figure of the Evaluator must reach, in TFMA's terms."""

from collections.abc import Mapping

import tensorflow_model_analysis as tfma

from models import features

# The smallest step above the bar: TFMA's bounds are inclusive, and an equal fill is no gain.
_STRICTLY = 1e-6


def at_least(bar: float) -> tfma.MetricThreshold:
    """The figure is no lower."""
    return tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(lower_bound={"value": bar})
    )


def above(bar: float) -> tfma.MetricThreshold:
    """The figure is higher."""
    return at_least(bar + _STRICTLY)


def between(low: float, high: float) -> tfma.MetricThreshold:
    """The figure is within."""
    return tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(
            lower_bound={"value": low}, upper_bound={"value": high}
        )
    )


def no_lower(loss: float) -> tfma.MetricThreshold:
    """The figure is at most so much below that of the model to be held against."""
    return _change(tfma.MetricDirection.HIGHER_IS_BETTER, -loss - _STRICTLY)


def no_higher(rise: float) -> tfma.MetricThreshold:
    """The figure is at most so much above that of the model to be held against."""
    return _change(tfma.MetricDirection.LOWER_IS_BETTER, rise + _STRICTLY)


def _change(direction: int, absolute: float) -> tfma.MetricThreshold:
    return tfma.MetricThreshold(
        change_threshold=tfma.GenericChangeThreshold(
            direction=direction, absolute={"value": absolute}
        )
    )


def by_slice(
    thresholds: Mapping[str, Mapping[str, tfma.MetricThreshold]],
) -> dict[str, tfma.PerSliceMetricThresholds]:
    """Confines thresholds to slices: plain ones would hold for every one, of a single image, too.

    Args:
        thresholds: By metric and category; an empty category is the whole split.

    Returns:
        The same in TFMA's terms.
    """
    return {
        name: tfma.PerSliceMetricThresholds(
            thresholds=[
                tfma.PerSliceMetricThreshold(slicing_specs=[_slice(category)], threshold=threshold)
                for category, threshold in of_metric.items()
            ]
        )
        for name, of_metric in thresholds.items()
    }


def _slice(category: str) -> tfma.SlicingSpec:
    return tfma.SlicingSpec(feature_values={features.CATEGORY: category} if category else {})
