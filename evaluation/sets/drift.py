"""How far two sets lie apart, by the comparators of TensorFlow Data Validation."""

from typing import Literal, NamedTuple

import pandas as pd
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from evaluation.sets.samples import NUMBERS
from models import features

Kind = Literal["drift", "skew"]
_MEASURES = {
    anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY: "largest change of a share",
    anomalies_pb2.DriftSkewInfo.Measurement.JENSEN_SHANNON_DIVERGENCE: "Jensen-Shannon divergence",
}


class Difference(NamedTuple):
    """How one feature differs."""

    feature: str
    kind: Kind  # drift: from set to set; skew: from training to evaluation within the second
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
    statistics = [_statistics(table) for table in (before, train, evaluation)]
    schema = tfdv.infer_schema(statistics[0])
    for feature in schema.feature:
        _bound(feature, threshold)
    found = tfdv.validate_statistics(
        statistics[1],
        schema,
        previous_statistics=statistics[0],
        serving_statistics=statistics[2],
    )
    differences = [
        Difference(info.path.step[0], kind, _MEASURES[m.type], m.value, m.threshold)
        for info in found.drift_skew_info
        for kind, measurements in _kinds(info)
        for m in measurements
    ]
    return sorted(differences, key=lambda each: -each.value)


def _statistics(table: pd.DataFrame) -> statistics_pb2.DatasetFeatureStatisticsList:
    columns = table[[*NUMBERS, features.CATEGORY]]
    return tfdv.generate_statistics_from_dataframe(columns, n_jobs=1)


def _bound(feature: schema_pb2.Feature, threshold: float) -> None:
    for comparator in (feature.drift_comparator, feature.skew_comparator):
        if feature.name == features.CATEGORY:
            comparator.infinity_norm.threshold = threshold
        else:
            comparator.jensen_shannon_divergence.threshold = threshold


def _kinds(info: anomalies_pb2.DriftSkewInfo) -> list[tuple[Kind, list]]:
    return [("drift", info.drift_measurements), ("skew", info.skew_measurements)]
