"""A model must do better than filling by hand, and leave no seam."""

from pathlib import Path

import numpy as np
import pytest

from models import features
from models.images import masking, tfrecords
from models.quality.sliced_wasserstein import PatchSet, Reference
from pipeline.gate import figure_names
from settings.evaluation import EvaluationSettings
from tests.pipeline.gate.evaluator.painters import (
    BORDER,
    STRICT,
    Fill,
    constant,
    faded,
    lively,
    mirrored,
    mixed,
    noise,
    ringed,
)


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
