"""The network's distance counts where there are pictures enough, and the network itself."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from models.images import masking, tfrecords
from models.quality import perceptual
from pipeline.gate import figure_names, set_distance
from settings.evaluation import EvaluationSettings
from tests.pipeline.gate.evaluator.painters import BORDER, lively, soft


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
