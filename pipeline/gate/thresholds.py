"""What a figure of the Evaluator must reach, in TFMA's terms."""

from collections.abc import Mapping

from tensorflow_model_analysis.proto import config_pb2

from models import features

# The smallest step above the bar: TFMA's bounds are inclusive, and an equal fill is no gain.
_STRICTLY = 1e-6


def at_least(bar: float) -> config_pb2.MetricThreshold:
    """The figure is no lower."""
    return config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(lower_bound={"value": bar})
    )


def above(bar: float) -> config_pb2.MetricThreshold:
    """The figure is higher."""
    return at_least(bar + _STRICTLY)


def between(low: float, high: float) -> config_pb2.MetricThreshold:
    """The figure is within."""
    return config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(
            lower_bound={"value": low}, upper_bound={"value": high}
        )
    )


def no_lower(loss: float) -> config_pb2.MetricThreshold:
    """The figure is at most so much below that of the model to be held against."""
    return _change(config_pb2.MetricDirection.HIGHER_IS_BETTER, -loss - _STRICTLY)


def no_higher(rise: float) -> config_pb2.MetricThreshold:
    """The figure is at most so much above that of the model to be held against."""
    return _change(config_pb2.MetricDirection.LOWER_IS_BETTER, rise + _STRICTLY)


def _change(direction: int, absolute: float) -> config_pb2.MetricThreshold:
    return config_pb2.MetricThreshold(
        change_threshold=config_pb2.GenericChangeThreshold(
            direction=direction, absolute={"value": absolute}
        )
    )


def by_slice(
    thresholds: Mapping[str, Mapping[str, config_pb2.MetricThreshold]],
) -> dict[str, config_pb2.PerSliceMetricThresholds]:
    """Confines thresholds to slices: plain ones would hold for every one, of a single image, too.

    Args:
        thresholds: By metric and category; an empty category is the whole split.

    Returns:
        The same in TFMA's terms.
    """
    return {
        name: config_pb2.PerSliceMetricThresholds(
            thresholds=[
                config_pb2.PerSliceMetricThreshold(
                    slicing_specs=[_slice(category)], threshold=threshold
                )
                for category, threshold in of_metric.items()
            ]
        )
        for name, of_metric in thresholds.items()
    }


def _slice(category: str) -> config_pb2.SlicingSpec:
    return config_pb2.SlicingSpec(feature_values={features.CATEGORY: category} if category else {})
