"""The gate, proved with TFX's own Evaluator on models that must fail it."""

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.evaluator import executor
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import proto_utils

from models import baselines, export, masking
from pipeline import evaluation
from pipeline.config import EvaluationSettings
from pipeline.report import load_figures

BORDER = masking.Border(32, 32, 32, 32)
Fill = Callable[[tf.Tensor], tf.Tensor]


class Painter(keras.layers.Layer):
    """A generator that paints by hand, for models whose quality is known beforehand."""

    def __init__(self, paint: Fill) -> None:
        super().__init__()
        self.paint = paint

    def call(self, pictures: tf.Tensor) -> tf.Tensor:
        return self.paint(pictures)


def unchanged(pictures: tf.Tensor) -> tf.Tensor:
    return pictures  # its input, that is, mean fill


def noise(pictures: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform(tf.shape(pictures), (1, 2))


def constant(pictures: tf.Tensor) -> tf.Tensor:
    return tf.fill(tf.shape(pictures), 0.5)


def faded(pictures: tf.Tensor) -> tf.Tensor:
    return baselines.fade_fill(pictures, BORDER)


def half_faded(pictures: tf.Tensor) -> tf.Tensor:
    return (faded(pictures) + baselines.mean_fill(pictures, BORDER)) / 2


@pytest.fixture(scope="module")
def save(tmp_path_factory: pytest.TempPathFactory, transform_graph: str):
    """Saves a model that paints by the given function, as the Trainer would."""

    def _save(paint: Fill) -> standard_artifacts.Model:
        layer = tft.TFTransformOutput(transform_graph).transform_features_layer()
        model = standard_artifacts.Model()
        model.uri = str(tmp_path_factory.mktemp(paint.__name__))
        export.save(Painter(paint), layer, BORDER, str(Path(model.uri) / "Format-Serving"))
        return model

    return _save


@pytest.fixture
def evaluate(tmp_path: Path, sample_examples: str):
    """Runs TFX's Evaluator on a model, beside a last blessed one or none."""

    def _evaluate(
        model: standard_artifacts.Model,
        last_blessed: standard_artifacts.Model | None = None,
        settings: EvaluationSettings | None = None,
    ) -> tuple[bool, dict[str, float]]:
        examples = standard_artifacts.Examples()
        examples.uri = str(tmp_path / "examples")
        examples.split_names = artifact_utils.encode_split_names(["eval"])
        split = Path(artifact_utils.get_split_uri([examples], "eval"))
        split.mkdir(parents=True)
        (split / "data_tfrecord-00000-of-00001.gz").symlink_to(sample_examples)
        evaluated, blessing = (
            standard_artifacts.ModelEvaluation(),
            standard_artifacts.ModelBlessing(),
        )
        evaluated.uri, blessing.uri = str(tmp_path / "evaluation"), str(tmp_path / "blessing")
        config = evaluation.eval_config(settings or EvaluationSettings())
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
            },
        )
        blessed = (Path(blessing.uri) / "BLESSED").exists()
        assert blessed != (Path(blessing.uri) / "NOT_BLESSED").exists()
        return blessed, load_figures(evaluated.uri)

    return _evaluate


@pytest.mark.parametrize("paint", [noise, constant])
def test_a_generator_of_noise_or_of_grey_is_refused(save, evaluate, paint: Fill) -> None:
    blessed, figures = evaluate(save(paint))
    assert not blessed
    assert figures[evaluation.PSNR_GAIN] < 0


def test_mean_fill_itself_is_no_gain_and_refused(save, evaluate) -> None:
    blessed, figures = evaluate(save(unchanged))
    assert figures[evaluation.PSNR_GAIN] == pytest.approx(0, abs=1e-5)
    assert not blessed


def test_a_better_model_is_blessed_and_its_figures_are_those_of_the_fill(save, evaluate) -> None:
    blessed, figures = evaluate(save(faded))
    assert blessed
    assert figures[evaluation.PSNR_GAIN] > 0.3
    for metric in ("mse", "l1", "psnr", "ssim", evaluation.PSNR_OF_MEAN):
        assert figures[metric] == pytest.approx(figures[f"fade_fill_{metric}"], rel=1e-5)


def test_a_model_worse_than_the_last_blessed_is_refused(save, evaluate) -> None:
    blessed, figures = evaluate(save(half_faded), last_blessed=save(faded))
    assert figures[evaluation.PSNR_GAIN] > 0  # it does beat mean fill
    assert not blessed


def test_a_model_as_good_as_the_last_blessed_passes(save, evaluate) -> None:
    model = save(faded)
    blessed, _ = evaluate(model, last_blessed=model)
    assert blessed


def test_the_bar_comes_from_the_settings(save, evaluate) -> None:
    blessed, figures = evaluate(save(faded), settings=EvaluationSettings(min_psnr_gain=10))
    assert figures[evaluation.PSNR_GAIN] < 10
    assert not blessed


def test_only_the_last_blessed_model_may_lack_a_fill_and_none_its_own_figures() -> None:
    whole = {name: np.array([0.25]) for name in evaluation._OUTPUTS}
    old = {name: value for name, value in whole.items() if not name.startswith("reflect_fill")}

    def means(model: str, outputs: dict) -> np.ndarray:
        combiner = evaluation._Combiner(model)
        inputs = {"predictions": {model: outputs}}
        count, sums = combiner.add_input(combiner.create_accumulator(), inputs)
        return sums / count

    assert np.all(means("candidate", whole) == 0.25)
    figures = dict(zip(evaluation._OUTPUTS, means("baseline", old), strict=True))
    for name, value in figures.items():
        assert np.isnan(value) if name.startswith("reflect_fill") else value == 0.25
    with pytest.raises(KeyError, match="reflect_fill_mse"):
        means("candidate", old)
    del old["mse"]
    with pytest.raises(KeyError, match="mse"):
        means("baseline", old)
