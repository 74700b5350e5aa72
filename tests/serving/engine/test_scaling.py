"""Scaling: known and hidden pixels never mix."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serving.engine import scaling, tiles
from serving.engine.scaling import Scaled

lengths = st.integers(1, 90)


@given(lengths, lengths, st.floats(0.01, 9), lengths, st.sampled_from([0, 255]))
@example(height=24, width=42, scale=0.03125, known=1, junk=0)  # known: less than a thousandth
def test_known_pixels_are_made_of_known_ones(
    height: int, width: int, scale: float, known: int, junk: int
) -> None:
    tall, wide = (max(1, round(length * scale)) for length in (height, width))
    hidden = np.ones((height, width), bool)
    hidden[: min(known, height), : min(known, width)] = False
    canvas = np.where(hidden[..., None], junk, 100).astype(np.uint8).repeat(3, axis=2)
    small, unknown = scaling.scaled(canvas, hidden, (wide, tall))
    assert small.shape == (tall, wide, 3)
    assert not unknown.all()
    assert (small[~unknown] == 100).all()


@pytest.mark.parametrize("size", [(20, 30), (64, 48), (90, 70), (333, 64)])
def test_what_was_imagined_is_enlarged_without_the_known(size: tuple[int, int]) -> None:
    hidden = np.zeros((48, 64), bool)
    hidden[:, 40:] = True
    canvas = np.where(hidden[..., None], np.uint8(200), np.uint8(10)).repeat(3, axis=2)
    result = scaling.enlarged(Scaled(canvas, hidden), size)
    assert result.shape == (size[1], size[0], 3)
    assert (result[:, -(-size[0] * 40 // 64) :] == 200).all()


def test_padding_continues_the_edge_and_goes_away_again() -> None:
    picture = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    padding = scaling.padding_to(5, 1, 2)
    wide = padding.around(picture)
    assert wide.shape == (5, 5, 3)
    assert (wide[:, 0] == picture[0, 0]).all()
    assert (wide[:, -1] == picture[0, 1]).all()
    np.testing.assert_array_equal(padding.without(wide), picture)
    assert scaling.padding_to(5, 5, 9) == (0, 0, 0, 0)
    assert padding.around(np.ones((1, 2), bool)).dtype == bool


@given(st.integers(0, 500), st.integers(128, 3000), st.integers(1, 128))
def test_places_cover_a_stretch(first: int, length: int, stride: int) -> None:
    places = tiles.places(first, first + length, stride)
    assert places[0] == first
    assert places[-1] == first + length - 128
    assert all(0 < step <= stride for step in np.diff(places))
