"""Bars and figures of categories, beside those of all."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from models import features
from pipeline.gate import figure_names
from pipeline.gate.result import UNKNOWN, load_slices
from settings.evaluation import EvaluationSettings
from tests.pipeline.gate.evaluator.painters import STRICT, mixed


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
