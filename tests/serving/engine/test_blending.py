"""The seam: colours meet across it, gradients stay, and what is known never changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.engine.blending import blend
from serving.request import Blend

METHODS: tuple[Blend, ...] = ("feather", "poisson", "none")


def half_hidden(height: int, width: int) -> np.ndarray:
    hidden = np.zeros((height, width), bool)
    hidden[:, width // 2 :] = True
    return hidden


@settings(max_examples=30)
@given(
    st.sampled_from(METHODS),
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.tuples(*[st.floats(0, 1)] * 4),
)
def test_known_pixels_never_change(
    method: Blend, size: tuple[int, int], box: tuple[float, ...]
) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    top, bottom, left, right = (
        int(share * length) for share, length in zip(box, np.repeat(size, 2), strict=True)
    )
    hidden = np.ones(size, bool)
    hidden[min(top, bottom) : max(top, bottom), min(left, right) : max(left, right)] = False
    for mask in (hidden, ~hidden):
        result = blend(picture, mask, method)
        assert result.shape == picture.shape
        np.testing.assert_array_equal(result[~mask], picture[~mask])


@pytest.mark.parametrize(
    ("method", "at_seam", "far_away"),
    [("feather", 0, 40), ("poisson", 0, 0), ("none", 40, 40)],
)
def test_a_wrong_colour_is_mended(method: Blend, at_seam: int, far_away: int) -> None:
    hidden = half_hidden(80, 160)
    picture = np.where(hidden[..., None], np.uint8(140), np.uint8(100)).repeat(3, axis=2)
    result = blend(picture, hidden, method).astype(int)
    assert abs(result[:, 80] - 100 - at_seam).max() <= 1
    assert abs(result[:, -1] - 100 - far_away).max() <= 1
    # On the way no jump that the eye would see, but for that which was not mended.
    jumps = abs(np.diff(result[:, 80:], axis=1)).max()
    assert jumps <= 8


def test_an_object_cut_off_by_the_seam_does_not_glow_beyond_it() -> None:
    hidden = half_hidden(160, 320)
    picture = np.full((160, 320, 3), (30, 80, 160), np.uint8)
    picture[70:90, 150:160] = (250, 60, 20)  # a kite, at the seam
    result = blend(picture, hidden, "feather").astype(int)
    assert abs(result[:, 164:] - (30, 80, 160)).max() <= 16


@pytest.mark.parametrize("method", ["feather", "poisson"])
def test_structure_of_the_imagined_stays(method: Blend) -> None:
    # A fine grating, two rows on and two off, that is 40 levels too light.
    hidden = half_hidden(80, 160)
    rows = np.where(np.arange(80) // 2 % 2, 30, -30)[:, None]
    picture = np.where(hidden, 140, 100) + rows
    picture = picture[..., None].repeat(3, axis=2).astype(np.uint8)
    result = blend(picture, hidden, method).astype(int)
    steps = np.diff(result[4:-4, 80:], axis=0)
    before = np.diff(picture.astype(int)[4:-4, 80:], axis=0)
    assert abs(steps - before).max() <= 8


def test_poisson_carries_what_differs_along_the_seam() -> None:
    # Too light above, right below: so it is mended, and smoothly in between.
    hidden = half_hidden(120, 120)
    error = np.where(np.arange(120) < 60, 40, 0)[:, None]
    picture = (100 + np.where(hidden, error, 0))[..., None].repeat(3, axis=2).astype(np.uint8)
    result = blend(picture, hidden, "poisson").astype(int)
    assert abs(result[:, 60][[10, 110]] - 100).max() <= 2
    # The jump between both halves is the guess's own and stays.
    assert abs(result[59, 110] - result[60, 110] - 40).max() <= 4


def test_a_large_picture_is_shifted_as_a_small_one() -> None:
    # Several blocks of the enlarged shift, which must not show.
    hidden = half_hidden(300, 4200)
    picture = np.where(hidden[..., None], np.uint8(140), np.uint8(100)).repeat(3, axis=2)
    result = blend(picture, hidden, "feather").astype(int)
    assert abs(np.diff(result[:, 2100:], axis=1)).max() <= 4
    assert abs(np.diff(result, axis=0)).max() <= 1
    assert abs(result[:, -1] - 140).max() == 0
    assert abs(result[:, 2100] - 100).max() <= 4
