"""The gate, proved with TFX's own Evaluator on models that must fail it."""

import functools
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft
from tfx.components.evaluator import executor
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import proto_utils

from models import features
from models.export import saved_model
from models.images import fills, masking, tfrecords
from models.quality import perceptual
from models.quality.sliced_wasserstein import PatchSet, Reference
from pipeline.gate import eval_config, evaluator, figure_names, image_quality, set_distance
from pipeline.gate.result import UNKNOWN, load_figures, load_slices
from settings.evaluation import EvaluationSettings

BORDER = masking.Border(32, 32, 32, 32)
Fill = Callable[[tf.Tensor], tf.Tensor]


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


def unchanged(pictures: tf.Tensor) -> tf.Tensor:
    return pictures  # its input, that is, mean fill


def noise(pictures: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform(tf.shape(pictures), (1, 2))


def constant(pictures: tf.Tensor) -> tf.Tensor:
    return tf.fill(tf.shape(pictures), 0.5)


def faded(pictures: tf.Tensor) -> tf.Tensor:
    return fills.fade_fill(pictures, BORDER)


# PSNR, SWD and seam on the ten photographs of the tests. Fade fill, the best by hand: 15.00 dB.
# As strict as can be, so that a test loosens what it is about.
STRICT = {
    "baseline": "best_fill",
    "min_psnr_gain": 0,
    "max_psnr_loss": 0,
    "max_kernel_rise": None,
    "max_swd_rise": 0,
}


def mixed(pictures: tf.Tensor) -> tf.Tensor:
    """15.46, 81 and 0.1."""
    return _blend(pictures, reflect=0.3, replicate=0.3, fade=0.4)


def soft(pictures: tf.Tensor) -> tf.Tensor:
    """15.48, 111 and 0.2: a little nearer than `mixed`, and less lifelike."""
    return _blend(pictures, reflect=0.0, replicate=0.5, fade=0.5)


def plain(pictures: tf.Tensor) -> tf.Tensor:
    """15.10, 90 and 0.3: less near than `soft`, and more lifelike."""
    return _blend(pictures, reflect=0.3, replicate=0.0, fade=0.7)


def lively(pictures: tf.Tensor) -> tf.Tensor:
    """14.39 and 64: less near than fade fill, and more lifelike than all others here."""
    return _blend(pictures, reflect=0.7, replicate=0.0, fade=0.3)


def mirrored(pictures: tf.Tensor) -> tf.Tensor:
    """13.44 and 63."""
    return fills.reflect_fill(pictures, BORDER)


def ringed(pictures: tf.Tensor) -> tf.Tensor:
    """15.21, 80 and 11: `mixed`, too bright beside the known."""
    beside = masking.distance_from_known(BORDER)[..., None] == 1
    return tf.where(beside, tf.clip_by_value(mixed(pictures) + 0.3, 0.0, 1.0), mixed(pictures))


def _blend(pictures: tf.Tensor, reflect: float, replicate: float, fade: float) -> tf.Tensor:
    return (
        reflect * fills.reflect_fill(pictures, BORDER)
        + replicate * fills.replicate_fill(pictures, BORDER)
        + fade * fills.fade_fill(pictures, BORDER)
    )


@pytest.fixture(scope="module")
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


def swd_of(paint: Fill, pictures: np.ndarray) -> float:
    """As `models.quality.sliced_wasserstein` has it, of the pictures as they are."""
    real, painted = PatchSet(seed=0), PatchSet(seed=1)
    mask = masking.border_mask(BORDER)
    real.add(pictures)
    painted.add(np.where(mask == 1, paint(masking.hide(pictures, mask)), pictures))
    return Reference(real).distance(painted)


def edge_step(pictures: np.ndarray) -> float:
    """Mean difference between the neighbours on both sides of the mask's edge."""
    down = np.abs(pictures[:, [31, 96], 32:96] - pictures[:, [32, 95], 32:96])
    across = np.abs(pictures[:, 32:96, [31, 96]] - pictures[:, 32:96, [32, 95]])
    return (down.mean() + across.mean()) / 2


@pytest.mark.parametrize("paint", [noise, constant])
def test_a_generator_of_noise_or_of_grey_is_refused(save, evaluate, paint: Fill) -> None:
    verdict = evaluate(save(paint))
    assert not verdict.blessed
    assert verdict.figures[figure_names.gain_key()] < 0
    assert verdict.figures[figure_names.gain_key(features.MEAN_FILL)] < 0


def test_the_best_fill_itself_is_no_gain_and_refused(save, evaluate) -> None:
    verdict = evaluate(save(faded))
    assert verdict.figures[figure_names.gain_key()] == pytest.approx(0, abs=1e-5)
    assert not verdict.blessed
    assert verdict.failures == {figure_names.gain_key()}
    for metric in ("mse", "l1", "psnr", "ssim", features.PSNR_OF_MEAN):
        fill = verdict.figures[f"fade_fill_{metric}"]
        assert verdict.figures[metric] == pytest.approx(fill, rel=1e-5)


def test_a_fill_that_settings_name_is_the_one_to_beat(save, evaluate) -> None:
    verdict = evaluate(
        save(faded), settings=EvaluationSettings(**{**STRICT, "baseline": "mean_fill"})
    )
    assert verdict.blessed
    assert verdict.figures[figure_names.gain_key(features.MEAN_FILL)] > 1


def test_a_better_model_is_blessed_and_its_figures_are_right(
    save, evaluate, sample_examples: Path, transform_graph: str
) -> None:
    settings = EvaluationSettings(**STRICT, category_floors={"beach": 5, "botanical_garden": 5})
    verdict = evaluate(save(mixed), settings=settings)
    assert verdict.blessed, verdict.failures
    assert verdict.figures[figure_names.gain_key()] > 0.4
    assert verdict.figures[figure_names.IMAGES] == 10
    pictures = tfrecords.pictures(
        [str(sample_examples)], tfrecords.load_transform(transform_graph), 10
    ).numpy()
    # Of pictures in 256 levels, in another order and so with patches of other places.
    assert verdict.figures[figure_names.SWD] == pytest.approx(swd_of(mixed, pictures), rel=0.1)
    masked = masking.hide(pictures, masking.border_mask(BORDER))
    whole = np.where(masking.border_mask(BORDER) == 1, mixed(masked), pictures)
    seam = edge_step(whole) / edge_step(pictures)
    assert verdict.figures[figure_names.SEAM] == pytest.approx(seam, rel=1e-3)


def test_a_seam_refuses_a_model_that_is_good_in_all_else(save, evaluate) -> None:
    verdict = evaluate(save(ringed))
    assert not verdict.blessed
    assert verdict.failures == {figure_names.SEAM}


def test_a_model_worse_than_the_last_blessed_on_psnr_alone_is_refused(save, evaluate) -> None:
    verdict = evaluate(save(plain), last_blessed=save(soft))
    assert not verdict.blessed
    assert verdict.failures == {features.PSNR_OF_MEAN}


def test_a_model_worse_than_the_last_blessed_on_swd_alone_is_refused(save, evaluate) -> None:
    verdict = evaluate(save(soft), last_blessed=save(mixed))
    assert not verdict.blessed
    assert verdict.failures == {figure_names.SWD}


def test_a_model_that_commits_may_be_farther_off_than_a_smooth_fill_by_one_decibel(
    save, evaluate
) -> None:
    verdict = evaluate(save(lively), settings=EvaluationSettings())
    assert verdict.blessed, verdict.failures
    assert -1 < verdict.figures[figure_names.gain_key(figure_names.BEST_SMOOTH_FILL)] < -0.5


def test_a_model_farther_off_than_that_is_refused(save, evaluate) -> None:
    verdict = evaluate(save(mirrored), settings=EvaluationSettings())
    assert not verdict.blessed
    gain = figure_names.gain_key(figure_names.BEST_SMOOTH_FILL)
    assert verdict.failures == {gain}
    # The best of the smooth ones is fade fill; that this one is mirroring does not matter.
    assert verdict.figures[gain] == verdict.figures[figure_names.gain_key(features.FADE_FILL)]
    assert verdict.figures[figure_names.gain_key(features.REFLECT_FILL)] == pytest.approx(0)


def test_with_pictures_enough_a_model_worse_than_the_last_blessed_to_the_network_is_refused(
    save, evaluate, sample_examples: Path, transform_graph: str
) -> None:
    settings = EvaluationSettings(min_kernel_images=10)
    verdict = evaluate(save(soft), last_blessed=save(lively), settings=settings)
    assert not verdict.blessed
    assert verdict.failures == {figure_names.KERNEL}
    transform = tfrecords.load_transform(transform_graph)
    pictures = tfrecords.pictures([str(sample_examples)], transform, 10).numpy()
    mask = masking.border_mask(BORDER)
    made = np.where(mask == 1, soft(masking.hide(pictures, mask)), pictures)
    levels = np.round(np.stack([pictures, made], axis=1) * 255).astype(np.uint8)
    order = sorted(range(10), key=lambda n: -zlib.crc32(levels[n, 0].tobytes()))
    expected = set_distance.kernel_distance_of_pairs(levels[order])
    assert verdict.figures[figure_names.KERNEL] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("settings", [{}, {"min_kernel_images": 10, "max_kernel_rise": 1e6}])
def test_fewer_pictures_or_slack_let_it_pass(save, evaluate, settings: dict) -> None:
    verdict = evaluate(
        save(soft), last_blessed=save(lively), settings=EvaluationSettings(**settings)
    )
    assert verdict.blessed, verdict.failures
    assert np.isfinite(verdict.figures[figure_names.KERNEL])
    assert np.isfinite(verdict.figures[figure_names.SWD])


def test_without_the_network_the_distance_is_left_out_and_refuses_none(
    save, evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perceptual, "networks", lambda: [])
    settings = EvaluationSettings(min_kernel_images=10)
    verdict = evaluate(save(soft), last_blessed=save(lively), settings=settings)
    assert verdict.blessed, verdict.failures
    assert not np.isfinite(verdict.figures[figure_names.KERNEL])


def test_settings_may_allow_for_a_little_worse_than_a_model_they_name(save, evaluate) -> None:
    pushed = standard_artifacts.Model()
    pushed.uri = str(Path(save(mixed).uri) / "Format-Serving")  # a SavedModel, no Trainer's folder
    verdict = evaluate(
        save(soft),
        last_blessed=pushed,
        settings=EvaluationSettings(**{**STRICT, "max_swd_rise": 50}),
    )
    assert verdict.blessed, verdict.failures


def test_a_model_as_good_as_the_last_blessed_one_of_an_older_time_passes(
    save, evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = ("edge_gradient", "gradient_energy", "real_", "pictures", "reflect_fill")

    class Older(saved_model.OutpaintingModule):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, features.EXAMPLES)])
        def evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs = super().evaluate(examples)
            return {key: out for key, out in outputs.items() if not key.startswith(newer)}

    def older(pictures: tf.Tensor) -> tf.Tensor:
        return mixed(pictures)

    monkeypatch.setattr(saved_model, "OutpaintingModule", Older)
    last_blessed = save(older)
    monkeypatch.undo()
    verdict = evaluate(save(mixed), last_blessed=last_blessed)
    assert verdict.blessed, verdict.failures


def test_bars_come_from_the_settings_and_may_be_of_a_category(save, evaluate) -> None:
    settings = EvaluationSettings(
        **{**STRICT, "min_psnr_gain": 10}, category_floors={"beach": 40, "moon": 0}
    )
    verdict = evaluate(save(mixed), settings=settings)
    assert not verdict.blessed
    assert verdict.failures == {figure_names.gain_key(), features.PSNR_OF_MEAN}
    assert verdict.missing == ["moon"]


def test_figures_of_all_are_not_those_of_photographs_without_a_category(
    save, evaluate, tmp_path: Path, sample_examples: str
) -> None:
    nameless = tmp_path / "nameless"
    with tf.io.TFRecordWriter(str(nameless)) as writer:
        for number, record in enumerate(tf.data.TFRecordDataset(sample_examples)):
            example = tf.train.Example.FromString(record.numpy())
            if number < 4:
                example.features.feature[features.CATEGORY].bytes_list.value[:] = [b""]
            writer.write(example.SerializeToString())
    verdict = evaluate(save(mixed), examples_file=str(nameless))
    slices = load_slices(str(tmp_path / "evaluation"))
    assert slices[UNKNOWN][figure_names.IMAGES] == 4
    assert np.isnan(slices[UNKNOWN][figure_names.SWD])
    assert verdict.figures[figure_names.IMAGES] == number + 1
    assert verdict.figures[figure_names.SWD] > 0


def test_only_the_last_blessed_model_may_lack_a_figure_and_none_its_own() -> None:
    whole = {name: np.array([0.25]) for name in image_quality._OUTPUTS}
    old = {name: value for name, value in whole.items() if not name.startswith("reflect_fill")}

    def means(model: str, outputs: dict) -> np.ndarray:
        combiner = image_quality._Combiner(model)
        inputs = {"predictions": {model: outputs}}
        count, sums = combiner.add_input(combiner.create_accumulator(), inputs)
        return sums / count

    assert np.all(means("candidate", whole) == 0.25)
    figures = dict(zip(image_quality._OUTPUTS, means("baseline", old), strict=True))
    for name, value in figures.items():
        assert np.isnan(value) if name.startswith("reflect_fill") else value == 0.25
    with pytest.raises(KeyError, match="reflect_fill_mse"):
        means("candidate", old)
    del old["mse"]
    with pytest.raises(KeyError, match="mse"):
        means("baseline", old)
