"""Detail away from the seam."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.engine import borrowing

SIDE = st.integers(0, 30)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(60, 196, (height, width, 3), np.uint8)


def test_hidden_side_gets_half_of_the_mirrored_contrast() -> None:
    level = noise(64, 96)
    level[:, 64:] = 128
    hidden = np.zeros((64, 96), bool)
    hidden[:, 64:] = True
    known = level[:, :64].astype(int)
    borrowing.lend(level, hidden, 8.0)
    np.testing.assert_array_equal(level[:, :64], known)
    added = level[:, 64:].astype(int) - 128
    mirrored = known[:, 63:31:-1] - known.mean(axis=(0, 1))
    assert np.corrcoef(added.ravel(), mirrored.ravel())[0, 1] > 0.95
    assert abs(added.std() / mirrored.std() - borrowing.STRENGTH) < 0.05


@given(top=SIDE, bottom=SIDE, left=SIDE, right=SIDE, ratio=st.floats(1.05, 4))
def test_any_frame_keeps_what_is_known(
    top: int, bottom: int, left: int, right: int, ratio: float
) -> None:
    inner = noise(9, 7)  # far smaller than what is hidden: mirrored several times
    hidden = np.ones((9 + top + bottom, 7 + left + right), bool)
    hidden[top : top + 9, left : left + 7] = False
    level = np.full((*hidden.shape, 3), 128, np.uint8)
    level[top : top + 9, left : left + 7] = inner
    borrowing.lend(level, hidden, ratio)
    np.testing.assert_array_equal(level[top : top + 9, left : left + 7], inner)
    added = level[hidden].astype(int) - 128
    if added.size:
        assert abs(added).max() <= borrowing.STRENGTH * 255


def test_what_is_smooth_lends_nothing() -> None:
    level = np.full((40, 60, 3), 77, np.uint8)
    hidden = np.zeros((40, 60), bool)
    hidden[:, 40:] = True
    borrowing.lend(level, hidden, 2.0)
    assert (level == 77).all()


def test_holes_are_left_alone() -> None:
    level = noise(40, 40)
    before = level.copy()
    hidden = np.zeros((40, 40), bool)
    hidden[10:20, 10:20] = True
    borrowing.lend(level, hidden, 2.0)
    np.testing.assert_array_equal(level, before)


def test_one_known_pixel_is_enough() -> None:
    level = np.full((5, 5, 3), 9, np.uint8)
    hidden = np.ones((5, 5), bool)
    hidden[2, 2] = False
    borrowing.lend(level, hidden, 2.0)
    assert (level == 9).all()
