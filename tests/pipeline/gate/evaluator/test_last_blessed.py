"""A model must be no worse than the last blessed one, in any figure that both have."""

from pathlib import Path

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from models import features
from models.export import saved_model
from pipeline.gate import figure_names
from settings.evaluation import EvaluationSettings
from tests.pipeline.gate.evaluator.painters import STRICT, mixed, plain, soft


def test_a_model_worse_than_the_last_blessed_on_psnr_alone_is_refused(save, evaluate) -> None:
    verdict = evaluate(save(plain), last_blessed=save(soft))
    assert not verdict.blessed
    assert verdict.failures == {features.PSNR_OF_MEAN}


def test_a_model_worse_than_the_last_blessed_on_swd_alone_is_refused(save, evaluate) -> None:
    verdict = evaluate(save(soft), last_blessed=save(mixed))
    assert not verdict.blessed
    assert verdict.failures == {figure_names.SWD}


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
