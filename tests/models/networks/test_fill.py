"""The smooth fill, of canvases of any size. `test_unet` has it beside the network."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.networks.fill import PyramidFill


def hidden_right(height: int, width: int, share: float) -> np.ndarray:
    mask = np.zeros((1, height, width, 1), np.float32)
    mask[:, :, round(width * (1 - share)) :] = 1
    return mask


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 0.9))
def test_any_size_is_filled_within_the_range_of_what_is_known(
    rows: int, columns: int, share: float
) -> None:
    height, width = 32 * rows, 32 * columns
    picture = np.random.default_rng(rows).random((1, height, width, 3), np.float32)
    mask = hidden_right(height, width, share)
    filled = np.asarray(PyramidFill()(picture, mask))
    known = mask[0, ..., 0] < 0.5
    np.testing.assert_allclose(filled[:, known], picture[:, known], atol=1e-6)
    assert filled.min() >= picture[:, known].min() - 1e-5
    assert filled.max() <= picture[:, known].max() + 1e-5


@pytest.mark.parametrize("size", [(128, 128), (96, 160), (32, 32), (128, 256)])
def test_one_colour_is_filled_with_itself(size: tuple[int, int]) -> None:
    picture = np.broadcast_to(np.float32([0.2, 0.5, 0.9]), (1, *size, 3))
    mask = hidden_right(*size, 0.5)
    np.testing.assert_allclose(PyramidFill()(picture * (1 - mask), mask), picture, atol=1e-5)
