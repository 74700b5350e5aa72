"""The fills by hand: what they see, what they keep and what they paint."""

import numpy as np
import pytest

from models import features
from models.images import fills, masking

BORDERS = [masking.Border(32, 32, 32, 32), masking.Border(40, 0, 7, 21)]
every_fill = pytest.mark.parametrize("fill", fills.FILLS.values(), ids=fills.FILLS)
every_border = pytest.mark.parametrize("border", BORDERS, ids=str)


def test_every_fill_of_the_vocabulary_exists() -> None:
    assert tuple(fills.FILLS) == features.FILLS


@every_fill
@every_border
@pytest.mark.parametrize("junk", [0.0, 1e6, np.nan])
def test_fill_does_not_look_at_hidden_pixels(
    fill, border: masking.Border, junk: float, photographs: np.ndarray
) -> None:
    mask = masking.border_mask(border)
    changed = np.where(mask == 1, np.float32(junk), photographs)
    np.testing.assert_array_equal(fill(changed, border), fill(photographs, border))


@every_fill
@every_border
def test_fill_keeps_known_pixels_exactly(
    fill, border: masking.Border, photographs: np.ndarray
) -> None:
    known = masking.border_mask(border)[..., 0] == 0
    result = fill(photographs, border).numpy()
    np.testing.assert_array_equal(result[:, known], photographs[:, known])
    assert np.abs(result[:, ~known] - photographs[:, ~known]).mean() > 0.01


@every_fill
@every_border
def test_constant_picture_stays_constant(fill, border: masking.Border) -> None:
    colours = np.array([[0.2, 0.5, 0.9], [1.0, 0.0, 0.3]], np.float32)
    constant = np.broadcast_to(colours[:, None, None], (2, 128, 128, 3))
    # Thousands of float32 are summed for the mean.
    np.testing.assert_allclose(fill(constant, border), constant, atol=1e-4)


def test_mean_fill_paints_the_mean_of_the_known(photographs: np.ndarray) -> None:
    border = masking.Border(32, 32, 32, 32)
    expected = photographs.copy()
    mask = masking.border_mask(border)[..., 0] == 1
    expected[:, mask] = photographs[:, 32:96, 32:96].mean(axis=(1, 2))[:, None]
    np.testing.assert_allclose(fills.mean_fill(photographs, border), expected, atol=1e-4)


@every_border
def test_replicate_and_reflect_are_numpys_padding(
    border: masking.Border, photographs: np.ndarray
) -> None:
    size = photographs.shape[1]
    known = photographs[:, border.top : size - border.bottom, border.left : size - border.right]
    widths = ((0, 0), (border.top, border.bottom), (border.left, border.right), (0, 0))
    for fill, mode in ((fills.replicate_fill, "edge"), (fills.reflect_fill, "symmetric")):
        np.testing.assert_array_equal(fill(photographs, border), np.pad(known, widths, mode))


@pytest.mark.parametrize("method", ["telea", "navier_stokes"])
@every_border
def test_inpainting_keeps_known_pixels_and_goes_on_from_their_edge(
    method: str, border: masking.Border, photographs: np.ndarray
) -> None:
    mask = masking.border_mask(border)
    result = fills.inpaint(photographs, border, method)
    np.testing.assert_array_equal(result[:, mask[..., 0] == 0], photographs[:, mask[..., 0] == 0])
    changed = np.where(mask == 1, np.float32(0.77), photographs)
    np.testing.assert_array_equal(fills.inpaint(changed, border, method), result)
    # Nearer the photograph than the mean colour is, right beside the edge.
    beside = (slice(None), slice(border.top - 1, border.top), slice(border.left, 80))
    mean = masking.hide(photographs, mask).numpy()
    error, of_mean = (np.abs(p[beside] - photographs[beside]).mean() for p in (result, mean))
    assert error < 0.7 * of_mean


def test_fade_fill_of_a_tiny_picture() -> None:
    # The edge d pixels away (the greater of both axes) counts exp(-d / 16): 0.939413 beside it
    # and 0.882497 two pixels off; the rest is the mean of the known, 0.35.
    hidden = 7.0  # not looked at
    picture = [
        [hidden, hidden, hidden, hidden],
        [hidden, hidden, 0.1, 0.2],
        [hidden, hidden, 0.3, 0.4],
        [hidden, hidden, 0.5, 0.6],
    ]
    expected = [
        [0.129376, 0.115147, 0.115147, 0.209088],
        [0.129376, 0.115147, 0.1, 0.2],
        [0.305875, 0.303029, 0.3, 0.4],
        [0.482375, 0.490912, 0.5, 0.6],
    ]
    border = masking.Border(left=2, right=0, top=1, bottom=0)
    result = fills.fade_fill(np.array(picture, np.float32)[None, ..., None], border)
    np.testing.assert_allclose(result[0, ..., 0], expected, atol=2e-6)
