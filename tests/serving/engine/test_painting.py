"""Pixels: what is known stays, what is hidden is imagined, in every mode and at every size."""

import io
import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from serving import geometry
from serving.engine import tiles
from serving.engine.painting import paint
from serving.errors import BadRequest, TooLarge
from serving.request import Blend, Request, Synthesis
from serving.settings import Settings
from tests.serving.conftest import Painter, paints

LIMITS = Settings()
MODES = [
    {},
    {"right": "50%"},
    {"left": "3", "top": "40%"},
    {"ratio": "16:9", "anchor": "right"},
    {"mode": "zoom-out", "steps": "2"},
    {"mode": "panorama", "side": "top", "steps": "3"},
    {"mode": "restore", "left": "30%", "bottom": "1"},
]
SIZES = [(1, 1), (1, 9), (33, 2), (101, 67), (128, 128), (200, 301)]  # height, width


class Reddener:
    """A model that paints all in the reddish of what it is shown."""

    any_size = False

    def predict(self, canvases: np.ndarray, masks: np.ndarray, seeds: None) -> np.ndarray:
        painted = np.clip(canvases.mean(axis=(1, 2), keepdims=True) * [1.6, 0.9, 0.4], 0, 1)
        return np.where(masks > 0.5, painted, canvases).astype(np.float32)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height * 1000 + width).integers(
        0, 256, (height, width, 3), np.uint8
    )


def counting() -> Painter:
    """A model that paints in the number of the call."""
    calls = itertools.count(1)
    return Painter(lambda seeds: np.full(len(seeds), next(calls) / 255))


def hidden_by(plan: geometry.Plan) -> np.ndarray:
    hidden = np.ones((plan.height, plan.width), bool)
    top, left = plan.top + plan.known.top, plan.left + plan.known.left
    hidden[top : top + plan.known.height, left : left + plan.known.width] = False
    return hidden


@pytest.mark.parametrize("fields", MODES)
@pytest.mark.parametrize("size", SIZES)
def test_golden_pixels_without_blending(fields: dict, size: tuple[int, int]) -> None:
    # A model that paints everything in one level must leave that very level everywhere, if
    # nothing is made of it.
    picture = noise(*size)
    request = Request.parse(fields | {"blend": "none", "synthesis": "none"})
    try:
        plan = geometry.plan(size[1], size[0], request)
    except BadRequest:
        assert fields.get("mode") == "restore"
        assert min(size) == 1
        return
    result = paint(picture, request, paints(0.6), LIMITS)
    expected = np.full((plan.height, plan.width, 3), 153, np.uint8)
    expected[plan.top : plan.top + size[0], plan.left : plan.left + size[1]] = picture
    expected[hidden_by(plan)] = 153
    np.testing.assert_array_equal(result, expected)


lengths = st.sampled_from(["0", "1", "7", "12.5%", "33%", "100%", "260%"])


@settings(max_examples=30)
@given(
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.tuples(lengths, lengths, lengths, lengths),
    st.sampled_from(["feather", "poisson", "none"]),
    st.sampled_from(["restore", "extend", "zoom-out"]),
)
def test_known_pixels_stay_and_sizes_are_exact(
    size: tuple[int, int], sides: tuple[str, ...], blend: Blend, mode: str
) -> None:
    picture = noise(*size)
    fields = dict(zip(("left", "right", "top", "bottom"), sides, strict=True))
    request = Request.parse(fields | {"mode": mode, "blend": blend})
    limits = Settings(max_output_pixels=20_000)
    try:
        plan = geometry.plan(size[1], size[0], request, settings=limits)
    except (BadRequest, TooLarge) as error:
        with pytest.raises(type(error)):
            paint(picture, request, paints(0.3), limits)
        return
    result = paint(picture, request, paints(0.3), limits)
    assert result.shape == (plan.height, plan.width, 3)
    assert result.dtype == np.uint8
    placed = np.zeros_like(result)
    placed[plan.top : plan.top + size[0], plan.left : plan.left + size[1]] = picture
    known = ~hidden_by(plan)
    np.testing.assert_array_equal(result[known], placed[known])


@settings(max_examples=30)
@given(
    st.tuples(st.integers(2, 150), st.integers(2, 150)),
    st.lists(st.tuples(*[st.floats(0, 1)] * 4), min_size=1, max_size=4),
    st.sampled_from(["feather", "poisson", "none"]),
    st.sampled_from(["exemplar", "none"]),
)
def test_all_but_the_painted_stays(
    size: tuple[int, int], strokes: list[tuple[float, ...]], blend: Blend, synthesis: Synthesis
) -> None:
    picture = noise(*size)
    mask = np.zeros(size, bool)
    for top, left, tall, wide in strokes:
        first, begin = int(top * (size[0] - 1)), int(left * (size[1] - 1))
        mask[first : first + 1 + int(tall * 90), begin : begin + 1 + int(wide * 90)] = True
    request = Request.parse({"blend": blend, "synthesis": synthesis})
    before = picture.copy()
    if mask.all():
        with pytest.raises(BadRequest, match="covers the whole picture"):
            paint(picture, request, paints(0.6), LIMITS, mask=mask)
        return
    result = paint(picture, request, paints(0.6), LIMITS, mask=mask)
    np.testing.assert_array_equal(picture, before)
    np.testing.assert_array_equal(result[~mask], picture[~mask])
    if blend == synthesis == "none":
        assert (result[mask] == 153).all()


def test_a_pass_imagines_the_rim_of_the_last_one_again() -> None:
    # The first pass's outermost pixels are gone.
    picture = np.full((100, 100, 3), 200, np.uint8)
    fields = {"side": "bottom", "bottom": "24", "steps": "2"}
    request = Request.parse(fields | {"blend": "none", "synthesis": "none"})
    (column,) = {tuple(each) for each in paint(picture, request, counting(), LIMITS)[..., 0].T}
    assert column == (200,) * 100 + (1,) * (24 - 6) + (2,) * (24 + 6)


def test_sides_go_on_in_one_pass() -> None:
    picture = np.full((100, 100, 3), 200, np.uint8)
    fields = {"side": "right", "right": "24", "steps": "2"}
    request = Request.parse(fields | {"blend": "none", "synthesis": "none"})
    (row,) = {tuple(row) for row in paint(picture, request, counting(), LIMITS)[..., 0]}
    assert row == (200,) * 100 + (1,) * 48


def test_sides_go_on_before_what_is_above_and_below_if_it_takes_several_passes() -> None:
    fields = {"mode": "zoom-out", "steps": "2", "blend": "none", "synthesis": "none"}
    picture = np.full((100, 100, 3), 200, np.uint8)
    result = paint(picture, Request.parse(fields), counting(), LIMITS)[..., 0]
    middle = result.shape[0] // 2
    assert len({*result[0]} | {*result[-1]}) == 1
    beside = {*result[middle]} - {200}
    assert max(beside) < min({*result[:, middle]} - {200})


def test_a_mask_and_sides_are_imagined_together() -> None:
    picture, mask = noise(40, 60), np.zeros((40, 60), bool)
    mask[10:20, 50:60] = True
    request = Request.parse({"right": "20", "blend": "none", "synthesis": "none"})
    result = paint(picture, request, paints(0.6), LIMITS, mask=mask)
    expected = np.full((40, 80, 3), 153, np.uint8)
    expected[:, :60] = np.where(mask[..., None], 153, picture)
    np.testing.assert_array_equal(result, expected)


def test_a_seed_decides_what_is_made_and_each_variant_has_its_own() -> None:
    picture = cv2.resize(noise(9, 12), (240, 180), interpolation=cv2.INTER_CUBIC)
    asked = Request.parse({"right": "50%", "seed": "7", "variants": "3"})
    made = [paint(picture, each, paints(0.5), LIMITS) for each in asked.each_variant()]
    assert all((one != other).any() for one, other in zip(made, made[1:] + made[:1], strict=True))
    again = paint(picture, Request(right="50%", seed=8), paints(0.5), LIMITS)
    np.testing.assert_array_equal(again, made[1])


def test_an_empty_mask_is_told_but_does_not_stop_what_grows() -> None:
    picture, mask = noise(8, 8), np.zeros((8, 8), bool)
    with pytest.raises(BadRequest, match="the mask is empty"):
        paint(picture, Request(), paints(0.6), LIMITS, mask=mask)
    assert paint(picture, Request(right="8"), paints(0.6), LIMITS, mask=mask).shape == (8, 16, 3)


def test_a_mask_of_another_size_is_told() -> None:
    with pytest.raises(BadRequest, match="mask has 9 x 8 pixels, the picture 8 x 8"):
        paint(noise(8, 8), Request(), paints(0), LIMITS, mask=np.zeros((8, 9), bool))


def test_a_picture_above_the_limit_is_refused() -> None:
    for limits in (Settings(max_pixels=71), Settings(max_side=8)):
        with pytest.raises(TooLarge, match="8 x 9 pixels"):
            paint(noise(9, 8), Request(), paints(0), limits)


def test_progress_rises_to_the_end_and_may_stop_the_work() -> None:
    seen: list[float] = []
    request = Request.parse({"mode": "zoom-out", "steps": "3"})
    paint(noise(80, 80), request, paints(0.5), LIMITS, progress=seen.append)
    assert seen[0] == 0
    assert seen[-1] == 1
    assert seen == sorted(seen)
    assert len(seen) > 10

    def stop(share: float) -> None:
        if share > 0.4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        paint(noise(80, 80), request, paints(0.5), LIMITS, progress=stop)


def test_calls_are_no_larger_than_a_batch() -> None:
    network = Painter(0.5)
    paint(noise(1500, 100), Request(synthesis="none"), network, LIMITS)
    assert max(shape[0] for shape in network.shapes) == tiles.BATCH
    assert len(set(network.seeds)) > 10  # neighbours do not draw alike


def test_a_very_thin_or_long_picture_takes_few_calls() -> None:
    network = Painter(0.6)
    picture = noise(1, 20_000)
    result = paint(picture, Request(blend="none"), network, LIMITS)
    np.testing.assert_array_equal(result[1:2, 5_000:25_000], picture)
    assert result.shape == (3, 30_000, 3)
    assert len(network.seeds) < 200
    network.seeds.clear()
    paint(noise(64, 64), Request(right="2000%"), network, LIMITS)
    assert len(network.seeds) < 200


@pytest.mark.parametrize("synthesis", ["exemplar", "none"])
@pytest.mark.parametrize(
    "fields", [{"right": "50%"}, {"mode": "panorama", "steps": "2"}, {"mode": "restore"}]
)
def test_grey_photographs_stay_grey_to_the_level_whatever_the_model_paints(
    photograph: np.ndarray, fields: dict, synthesis: str
) -> None:
    reddens = Reddener()
    file = io.BytesIO()
    Image.fromarray(photograph[::2, ::2]).convert("L").save(file, "JPEG")
    grey = np.asarray(Image.open(file).convert("RGB"))
    request = Request.parse({**fields, "synthesis": synthesis})
    result = paint(grey, request, reddens, LIMITS)
    np.testing.assert_array_equal(result.max(axis=-1), result.min(axis=-1))
    hole = np.zeros(grey.shape[:2], bool)
    hole[40:70, 30:80] = True
    filled = paint(grey, Request.parse({"synthesis": synthesis}), reddens, LIMITS, mask=hole)
    np.testing.assert_array_equal(filled.max(axis=-1), filled.min(axis=-1))
    np.testing.assert_array_equal(filled[~hole], grey[~hole])
    # One coloured pixel is a colour photograph, which may get any.
    tinted = grey.copy()
    tinted[64, 64] = (200, 10, 10)
    coloured = paint(tinted, request, reddens, LIMITS)
    if synthesis == "none":
        assert np.any(coloured.max(axis=-1) > coloured.min(axis=-1) + 40)
