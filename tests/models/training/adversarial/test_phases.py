"""What is watched of a batch beside its losses; those are in `test_gan.py`."""

import numpy as np
import pytest

from models.training.adversarial import phases


def test_saturated_is_the_share_of_values_within_half_a_level_of_an_end() -> None:
    levels = np.array([0.0, 0.4, 0.6, 1.0, 128.0, 254.0, 254.4, 254.6, 255.0], np.float32) / 255
    expected = [1, 1, 0, 0, 0, 0, 0, 1, 1]
    assert [float(phases.saturated(np.float32([level]))) for level in levels] == expected
    assert float(phases.saturated(levels.reshape(3, 3))) == pytest.approx(4 / 9)


def test_photographs_are_hardly_saturated_and_as_varied_as_photographs(
    photographs: np.ndarray,
) -> None:
    eight_bit = np.round(photographs * 255)
    share = float(np.mean((eight_bit == 0) | (eight_bit == 255)))
    assert float(phases.saturated(photographs)) == pytest.approx(share)
    assert float(phases.variety(photographs, photographs)) == 1


def test_variety_is_the_spread_over_the_batch_as_a_share(photographs: np.ndarray) -> None:
    middle = photographs.mean(axis=0, keepdims=True)
    for share in (0.0, 0.25, 2.0):
        generated = middle + share * (photographs - middle)
        assert float(phases.variety(generated, photographs)) == pytest.approx(share, abs=1e-4)
    # Spread inside a picture is no variety: all are the same one.
    same = np.repeat(photographs[:1], 9, axis=0)
    assert float(phases.variety(same, photographs)) < 1e-4
    assert float(phases.variety(photographs[:1], photographs[1:2])) == 1
