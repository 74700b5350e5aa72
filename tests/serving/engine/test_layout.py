"""What the model is shown of a canvas: the whole in one call where it can, windows where not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.images import frames
from serving.engine import layout
from serving.engine.painting import paint
from serving.request import Request
from serving.settings import Settings
from tests.serving.conftest import MEAN_SEED, Painter

PLAIN = {"blend": "none", "synthesis": "none"}


def canvas(height: int, width: int, kept: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    hidden = np.ones((height, width), bool)
    hidden[kept] = False
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return picture, hidden


@pytest.mark.parametrize(
    ("size", "kept", "expected"),
    [
        # Height and width; what the model is shown.
        ((640, 960), np.s_[:, :640], (128, 192)),  # 3:2, a third hidden: 64 pixels
        ((600, 1200), np.s_[:, :900], (128, 256)),  # 2:1
        ((1200, 800), np.s_[400:, :], (192, 128)),
        ((500, 500), np.s_[125:375, 125:375], (128, 128)),
        ((500, 640), np.s_[:, :], (128, 160)),
        ((400, 1200), np.s_[:, :800], (64, 192)),  # as much as its height: at half the scale
        ((300, 4000), np.s_[:, 100:], (128, 1696)),
    ],
)
def test_a_canvas_is_one_call_of_its_own_shape(size, kept, expected) -> None:
    picture, hidden = canvas(*size, kept)
    if not hidden.any():
        hidden[200:260, 300:340] = True  # painted
    network = Painter(0.6, any_size=True)
    result = layout.imagine(picture, hidden, network, seed=9)
    assert network.shapes == [(1, *expected, 3)]
    assert network.seeds == [9]
    assert result.canvas.shape == (*expected, 3)
    assert (result.canvas[result.hidden] == 153).all()


def test_the_mean_is_asked_for_no_more_than_models_are_evaluated_on() -> None:
    picture, hidden = canvas(640, 960, np.s_[:, :640])
    network = Painter(0.6, any_size=True)
    result = layout.imagine(picture, hidden, network)
    assert network.shapes == [(1, 64, 96, 3)]  # 32 pixels hidden: half a draw's scale
    assert network.seeds == [MEAN_SEED]
    assert (result.canvas[result.hidden] == 153).all()


def test_nothing_is_hidden_but_what_is_to_be_imagined() -> None:
    # 100 x 230 pixels are no multiples of 32 at any scale; the share hidden is the canvas's own.
    picture, hidden = canvas(100, 230, np.s_[:, :160])
    result = layout.imagine(picture, hidden, Painter(0.1, any_size=True), seed=0)
    assert result.hidden.mean() == pytest.approx(hidden.mean(), abs=0.02)
    assert not result.hidden[:, : int(0.65 * result.hidden.shape[1])].any()


sides = st.integers(0, 300)


@given(st.integers(40, 300), st.integers(40, 300), st.tuples(sides, sides, sides, sides))
def test_no_more_is_hidden_on_a_side_than_training_hides(
    width: int, height: int, growth: tuple[int, ...]
) -> None:
    left, right, top, bottom = growth
    picture, hidden = canvas(
        top + height + bottom, left + width + right, np.s_[top : top + height, left : left + width]
    )
    network = Painter(0.5, any_size=True)
    result = layout.imagine(picture, hidden, network, seed=0)
    across, down = (
        found / whole
        for found, whole in zip(result.hidden.shape[::-1], hidden.shape[::-1], strict=True)
    )
    most = float(frames.most_hidden(growth)) * 128
    for pixels, scale in zip(growth, (across, across, down, down), strict=True):
        short = min(result.hidden.shape)
        stretch = 1 + 16 / max(16, short - 16)  # by rounding to 32
        assert pixels * scale <= most * stretch + 1
    assert len(network.shapes) <= 2


def test_a_canvas_beyond_the_bound_is_worked_in_windows() -> None:
    picture, hidden = canvas(100, 3000, np.s_[:, :2950])
    network = Painter(0.6, any_size=True)
    result = layout.imagine(picture, hidden, network, seed=0)
    assert {shape[1:] for shape in network.shapes} == {(128, 128, 3)}
    assert (result.canvas[result.hidden] == 153).all()


def test_a_painted_area_wider_than_a_call_is_trusted_with_takes_more() -> None:
    picture, hidden = canvas(400, 400, np.s_[:40, :40])
    hidden[380:, 380:] = False  # no border, so nothing tells how far it is
    hidden[:60, 100:] = True
    network = Painter(0.6, any_size=True)
    result = layout.imagine(picture, hidden, network)
    assert 1 <= len(network.shapes) <= 2
    assert (result.canvas[result.hidden] == 153).all()


def test_a_request_is_drawn_from_its_own_seed_and_variants_from_others() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (120, 180, 3), np.uint8)
    network = Painter(lambda seeds: abs(seeds) / 255, any_size=True)
    request = Request.parse(PLAIN | {"right": "30%", "seed": 40, "variants": 3})
    for one, level in zip(request.each_variant(), (40, 41, 42), strict=True):
        result = paint(picture, one, network, Settings())
        assert (result[:, 180:] == level).all()
        np.testing.assert_array_equal(result[:, :180], picture)
    assert network.seeds == [40, 41, 42]
    exemplar = Request.parse({"right": "30%", "seed": 40, "variants": 3})
    for one in exemplar.each_variant():
        paint(picture, one, network, Settings())
    assert network.seeds[3:] == [MEAN_SEED] * 3  # patches follow the mean of what may be there
    unsaid = paint(picture, Request.parse(PLAIN | {"right": "30%"}), network, Settings())
    assert (unsaid[:, 180:] == 0).all()
