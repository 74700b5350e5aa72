"""Exact sizes: golden plans of each mode, and what holds for every plan."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from serving.errors import BadRequest, TooLarge
from serving.geometry import MAX_PASSES, Frame, Growth, Plan, passes, plan, rim
from serving.request import Request
from serving.settings import Settings

UNLIMITED = Settings(max_side=10**9, max_output_pixels=10**18)


def planned(width: int, height: int, painted: bool = False, **fields: str) -> Plan:
    return plan(width, height, Request.parse(fields), painted, UNLIMITED)


@pytest.mark.parametrize(
    ("size", "fields", "expected"),
    [  # width and height of the result, left and top of the input in it
        ((100, 80), {}, (150, 120, 25, 20)),
        ((101, 99), {}, (151, 149, 25, 25)),  # 25.25 and 24.75 to the nearest
        ((101, 99), {"right": "50%"}, (152, 99, 0, 0)),  # 50.5: halves up
        ((1, 1), {}, (3, 3, 1, 1)),  # at least a pixel where anything is asked for
        ((1, 7), {"left": "0.1%"}, (2, 7, 1, 0)),
        ((100, 80), {"left": "7", "top": "3px", "right": "0"}, (107, 83, 7, 3)),
        ((120, 90), {"ratio": "16:9"}, (160, 90, 20, 0)),
        ((120, 90), {"ratio": "16:9", "anchor": "left"}, (160, 90, 0, 0)),
        ((120, 90), {"ratio": "16:9", "anchor": "bottom-right"}, (160, 90, 40, 0)),
        ((120, 90), {"ratio": "1:1", "anchor": "top"}, (120, 120, 0, 0)),
        ((120, 90), {"ratio": "1:1", "anchor": "bottom-left"}, (120, 120, 0, 30)),
        ((121, 90), {"ratio": "1:1"}, (121, 121, 0, 15)),  # the odd pixel comes after
        ((120, 90), {"left": "50%", "ratio": "1:1"}, (180, 180, 60, 45)),
        ((100, 80), {"size": "103x80"}, (103, 80, 1, 0)),
        ((100, 80), {"size": "103X81", "anchor": "bottom-right"}, (103, 81, 3, 1)),
        ((100, 80), {"mode": "zoom-out", "steps": "1"}, (150, 120, 25, 20)),
        ((100, 80), {"mode": "zoom-out"}, (226, 180, 63, 50)),  # 37.5 and 30 more
        ((100, 80), {"mode": "zoom-out", "right": "50%"}, (225, 80, 0, 0)),
        ((101, 99), {"mode": "zoom-out", "right": "50%", "ratio": "16:9", "steps": "3"},
         (342, 192, 0, 46)),
        ((100, 80), {"mode": "panorama"}, (200, 80, 0, 0)),
        ((100, 80), {"side": "top", "steps": "3"}, (100, 200, 0, 120)),
        ((101, 80), {"side": "left", "left": "10", "steps": "4"}, (141, 80, 40, 0)),
        ((100, 80), {"mode": "restore"}, (100, 80, 0, 0)),
    ],
)  # fmt: skip
def test_sizes_and_places(size: tuple[int, int], fields: dict, expected: tuple) -> None:
    assert planned(*size, **fields)[1:5] == expected


@pytest.mark.parametrize(
    ("size", "fields", "known"),
    [
        ((100, 80), {}, (25, 20, 50, 40)),
        ((101, 99), {}, (25, 24, 51, 51)),  # never more than was asked
        ((100, 80), {"left": "10", "bottom": "50%"}, (10, 0, 90, 40)),
        ((1, 80), {"top": "50%"}, (0, 40, 1, 40)),
        ((2, 80), {}, (0, 20, 2, 40)),  # a quarter of 2 pixels is none
    ],
)
def test_restore_hides_within(size: tuple[int, int], fields: dict, known: tuple) -> None:
    result = planned(*size, mode="restore", **fields)
    assert result.known == known
    assert result.frames == (Frame(*size, known[0], known[1]),)


def test_a_painted_picture_grows_only_if_told() -> None:
    assert planned(9, 9, painted=True).frames == ()
    assert planned(9, 9, painted=True, mode="restore", left="2").known == (2, 0, 7, 9)
    assert planned(9, 9, painted=True, right="2").frames == (Frame(11, 9, 0, 0),)


def test_frames_lie_in_each_other() -> None:
    assert planned(100, 80, side="left", left="10", steps="2", mode="panorama").frames == (
        Frame(110, 80, 10, 0),
        Frame(120, 80, 10, 0),
    )


@pytest.mark.parametrize(
    ("size", "fields", "said"),
    [
        ((100, 80), {"right": "0"}, "nothing to imagine: the picture of 100 x 80 pixels"),
        ((100, 100), {"ratio": "1:1"}, "nothing to imagine"),
        ((100, 80), {"size": "100x80"}, "nothing to imagine"),
        ((100, 80), {"size": "99x80"}, "smaller than the picture, which has 100x80 pixels"),
        ((100, 80), {"mode": "restore", "left": "50", "right": "50%"}, "something must stay"),
        ((1, 1), {"mode": "restore"}, "nothing to imagine in a picture of 1 x 1"),
        ((1, 80), {"mode": "restore", "left": "1"}, "1 \\+ 0 of 1 pixels across"),
    ],
)
def test_what_a_picture_does_not_allow_is_told(size: tuple, fields: dict, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        planned(*size, **fields)


def test_a_result_above_the_limit_is_refused_with_its_size() -> None:
    request = Request.parse({"mode": "zoom-out", "steps": "10"})
    with pytest.raises(TooLarge, match="4642 x 4642 pixels, more than the 10 megapixels"):
        plan(180, 180, request, settings=Settings(max_output_pixels=10_000_000))
    with pytest.raises(TooLarge, match="150 x 120 pixels, more than the 149 pixels a side"):
        plan(100, 80, Request(), settings=Settings(max_side=149))
    exactly = Settings(max_side=150, max_output_pixels=150 * 120)
    assert plan(100, 80, Request(), settings=exactly).width == 150


def test_a_rim_is_never_of_the_picture_itself() -> None:
    assert rim(Growth(0, 10, 3, 100), Growth(40, 40, 40, 0)) == Growth(0, 10, 3, 0)


sides = st.integers(1, 400)
lengths = st.one_of(
    st.integers(0, 900).map(str), st.decimals(0, 300, places=1).map(lambda share: f"{share}%")
)


@given(sides, sides, st.tuples(lengths, lengths, lengths, lengths), st.integers(1, 3))
def test_passes_lead_from_the_input_to_the_exact_result(
    width: int, height: int, added: tuple[str, ...], steps: int
) -> None:
    fields = dict(zip(("left", "right", "top", "bottom"), added, strict=True))
    assume(any(float(length.rstrip("%")) for length in added))
    result = planned(width, height, mode="zoom-out", steps=str(steps), **fields)
    left = top = 0
    size = (width, height)
    for frame in result.frames:
        steps_of_frame = passes(*size, frame)
        assert 1 <= len(steps_of_frame) <= MAX_PASSES
        for step in steps_of_frame:
            assert step.left >= 0 <= step.top
            assert step.width >= size[0] + step.left
            assert step.height >= size[1] + step.top
            grown = [step.left, step.width - size[0] - step.left]
            grown += [step.top, step.height - size[1] - step.top]
            if len(steps_of_frame) < MAX_PASSES:
                assert (
                    max(grown) <= min(step[:2]) * (0.8 if len(steps_of_frame) > 1 else 1) + 1
                )  # of a pixel, from rounding
            left, top, size = left + step.left, top + step.top, step[:2]
        assert size == frame[:2]
    assert (*size, left, top) == result[1:5]


@given(sides, sides, st.integers(1, 40), st.integers(1, 40))
def test_a_ratio_is_met_to_half_a_pixel(width: int, height: int, across: int, down: int) -> None:
    ratio = f"{across}:{down}"
    try:
        result = planned(width, height, ratio=ratio)
    except BadRequest:
        result = Plan("extend", width, height, 0, 0, (0, 0, width, height), ())
    assert result.width >= width
    assert result.height >= height
    assert result.width == width or result.height == height
    off_width = abs(result.width - result.height * across / down)
    off_height = abs(result.height - result.width * down / across)
    assert min(off_width, off_height) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # Of a square of 100: as much as its side to one, three quarters of it at a corner, ...
        ({"right": "100"}, 1),
        ({"right": "120"}, 2),
        ({"right": "290", "bottom": "290"}, 1),
        ({"right": "310", "bottom": "310"}, 3),  # with a rim each
        ({"left": "68", "right": "68"}, 1),
        ({"left": "70", "right": "70"}, 2),
    ],
)
def test_a_pass_hides_what_the_table_of_frames_allows(fields: dict, expected: int) -> None:
    result = planned(100, 100, **fields)
    assert len(passes(100, 100, *result.frames)) == expected
