"""What a generator looks at: a network whose field is known, and one that looks nowhere."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from evaluation import influence
from models.images import masking

BORDER = masking.Border(32, 32, 32, 32)


@pytest.fixture(scope="module")
def model(saved_model: Path):
    """Of a convolution of 5 pixels and one of 3."""
    return tf.saved_model.load(str(saved_model))


def test_the_receptive_field_is_that_of_the_convolutions(model, photographs: np.ndarray) -> None:
    assert influence.receptive_field(model, photographs[:3]) == 5 + 3 - 1


def test_a_pixel_is_influenced_by_what_is_in_its_field_and_by_the_mean(
    model, photographs: np.ndarray
) -> None:
    maps = influence.maps(model, photographs[:2], masking.Border(2, 32, 32, 32))
    assert maps.shape == (2, 128, 128)
    values, (row, column) = maps[0], influence.probes(masking.Border(2, 32, 32, 32))[0]
    assert (row, column) == (64, 1)
    known = np.zeros((128, 128), bool)
    known[32:96, 2:96] = True
    assert np.all(values[~known] == 0)
    field = np.zeros((128, 128), bool)
    field[61:68, :5] = True
    far = values[known & ~field]
    np.testing.assert_allclose(far, far[0], rtol=1e-3)  # through the mean alone
    assert np.all(values[known & field] != far[0])


def test_the_distance_that_holds_most() -> None:
    values = np.zeros((128, 128))
    values[10, 20], values[10, 23], values[50, 20] = 0.5, 0.3, 0.2
    pixel = influence.Pixel(10, 20)
    found = [influence.distance_holding(values, pixel, share) for share in (0.4, 0.7, 0.95)]
    assert found == [0, 3, 40]
