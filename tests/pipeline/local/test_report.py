"""What a run says of the kernel distance, measured or not."""

import importlib.util

import numpy as np
import pytest

from pipeline.gate import figure_names
from pipeline.local import report
from settings.evaluation import EvaluationSettings


def line(distance: float, images: int, **settings) -> str:
    figures = {figure_names.KERNEL: distance, figure_names.IMAGES: float(images)}
    return report._kernel(figures, EvaluationSettings(**settings))


def test_the_kernel_distance_is_told_and_whether_it_decides() -> None:
    assert line(12.34, 200) == "kernel distance 12.3"
    assert line(12.34, 199) == "kernel distance 12.3, which decides nothing below 200 images"
    assert line(12.34, 9, max_kernel_rise=None) == "kernel distance 12.3"


@pytest.mark.parametrize("unmeasured", [-np.inf, np.nan])
def test_where_it_was_not_measured_a_line_says_why(
    unmeasured: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert line(unmeasured, 3) == "too few images for distances of features"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert line(unmeasured, 500).endswith("make setup EXTRAS=perceptual")
