"""How far two sets lie apart, by the comparators of TensorFlow Data Validation."""

from typing import Literal, NamedTuple, TypeAlias

import pandas as pd
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from evaluation.sets.samples import NUMBERS
from models import features

Kind = Literal["drift", "skew"]
Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_MEASURES = {
    anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY: "largest change of a share",
    anomalies_pb2.DriftSkewInfo.Measurement.JENSEN_SHANNON_DIVERGENCE: "Jensen-Shannon divergence",
}


class Difference(NamedTuple):
    """How one feature differs."""

    feature: str
    kind: Kind  # drift: from set to set; skew: from training to evaluation within one, or to use
    measure: str
    value: float  # 0 to 1
    threshold: float

    @property
    def large(self) -> bool:
        """Whether it is above the threshold."""
        return self.value > self.threshold


def compare(
    before: pd.DataFrame, train: pd.DataFrame, evaluation: pd.DataFrame, threshold: float
) -> list[Difference]:
    """Measures drift and skew.

    Args:
        before: Training images of the first set, as `samples.read` gives them.
        train: Those of the second.
        evaluation: Images to evaluate of the second.
        threshold: What is large.

    Returns:
        Differences of all features, the largest first.
    """
    columns = [*NUMBERS, features.CATEGORY]
    statistics = [_statistics(table[columns]) for table in (before, train, evaluation)]
    return _differences(
        statistics[1],
        _schema(statistics[0], threshold),
        previous_statistics=statistics[0],
        serving_statistics=statistics[2],
    )


def of_served(train: pd.DataFrame, served: pd.DataFrame, threshold: float) -> list[Difference]:
    """Measures the skew from training to use.

    Args:
        train: Training images: a row an image, columns of numbers.
        served: What was sent to the model, likewise.
        threshold: What is large.

    Returns:
        Differences of all columns, the largest first.
    """
    learnt, sent = _statistics(train), _statistics(served)
    return _differences(learnt, _schema(learnt, threshold), serving_statistics=sent)


def _differences(
    statistics: Statistics, schema: schema_pb2.Schema, **others: Statistics
) -> list[Difference]:
    found = tfdv.validate_statistics(statistics, schema, **others)
    differences = [
        Difference(info.path.step[0], kind, _MEASURES[m.type], m.value, m.threshold)
        for info in found.drift_skew_info
        for kind, measurements in _kinds(info)
        for m in measurements
    ]
    return sorted(differences, key=lambda each: -each.value)


def _statistics(table: pd.DataFrame) -> Statistics:
    return tfdv.generate_statistics_from_dataframe(table, n_jobs=1)


def _schema(statistics: Statistics, threshold: float) -> schema_pb2.Schema:
    schema = tfdv.infer_schema(statistics)
    for feature in schema.feature:
        _bound(feature, threshold)
    return schema


def _bound(feature: schema_pb2.Feature, threshold: float) -> None:
    for comparator in (feature.drift_comparator, feature.skew_comparator):
        if feature.name == features.CATEGORY:
            comparator.infinity_norm.threshold = threshold
        else:
            comparator.jensen_shannon_divergence.threshold = threshold


def _kinds(info: anomalies_pb2.DriftSkewInfo) -> list[tuple[Kind, list]]:
    return [("drift", info.drift_measurements), ("skew", info.skew_measurements)]
