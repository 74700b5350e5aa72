"""TFX's own Evaluator, on models that paint by hand."""

import functools
import json
from pathlib import Path
from typing import NamedTuple

import keras
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft
from tfx.components.evaluator import executor
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import proto_utils

from models import features
from models.export import saved_model
from pipeline.gate import eval_config, evaluator
from pipeline.gate.result import load_figures
from settings.evaluation import EvaluationSettings
from tests.pipeline.gate.evaluator.painters import BORDER, STRICT, Fill


class Verdict(NamedTuple):
    """What the Evaluator said."""

    blessed: bool
    figures: dict[str, float]
    failures: set[str]  # the metrics
    missing: list[str]  # categories with a floor and no picture


class Painter(keras.layers.Layer):
    """A generator that paints by hand, for models whose quality is known beforehand."""

    def __init__(self, paint: Fill) -> None:
        super().__init__()
        self.paint = paint

    def call(self, pictures: tf.Tensor) -> tf.Tensor:
        return self.paint(pictures)


@pytest.fixture(scope="session")
def save(tmp_path_factory: pytest.TempPathFactory, transform_graph: str):
    """Saves a model that paints by the given function, as the Trainer would; each but once."""

    @functools.cache
    def _save(paint: Fill) -> standard_artifacts.Model:
        layer = tft.TFTransformOutput(transform_graph).transform_features_layer()
        model = standard_artifacts.Model()
        model.uri = str(tmp_path_factory.mktemp(paint.__name__))
        saved_model.save(Painter(paint), layer, BORDER, str(Path(model.uri) / "Format-Serving"))
        return model

    return _save


@pytest.fixture
def evaluate(tmp_path: Path, sample_examples: str):
    """Runs TFX's Evaluator on a model, beside a last blessed one or none."""

    def _evaluate(
        model: standard_artifacts.Model,
        last_blessed: standard_artifacts.Model | None = None,
        settings: EvaluationSettings | None = None,
        examples_file: str = sample_examples,
    ) -> Verdict:
        examples = standard_artifacts.Examples()
        examples.uri = str(tmp_path / "examples")
        examples.split_names = artifact_utils.encode_split_names(["eval"])
        split = Path(artifact_utils.get_split_uri([examples], "eval"))
        split.mkdir(parents=True)
        (split / "data_tfrecord-00000-of-00001").symlink_to(examples_file)
        evaluated, blessing = (
            standard_artifacts.ModelEvaluation(),
            standard_artifacts.ModelBlessing(),
        )
        evaluated.uri, blessing.uri = str(tmp_path / "evaluation"), str(tmp_path / "blessing")
        config = eval_config.eval_config(settings or EvaluationSettings(**STRICT))
        inputs = {"examples": [examples], "model": [model]}
        if last_blessed:
            inputs["baseline_model"] = [last_blessed]
        executor.Executor().Do(
            inputs,
            {"evaluation": [evaluated], "blessing": [blessing]},
            {
                "eval_config": proto_utils.proto_to_json(config),
                "example_splits": json.dumps(None),
                "fairness_indicator_thresholds": "null",
                "module_path": evaluator.__name__,
            },
        )
        blessed = (Path(blessing.uri) / "BLESSED").exists()
        assert blessed != (Path(blessing.uri) / "NOT_BLESSED").exists()
        result = tfma.load_validation_result(evaluated.uri)
        failures = {
            failure.metric_key.name
            for validated in result.metric_validations_per_slice
            for failure in validated.failures
        }
        missing = [spec.feature_values[features.CATEGORY] for spec in result.missing_slices]
        return Verdict(blessed, load_figures(evaluated.uri), failures, missing)

    return _evaluate
