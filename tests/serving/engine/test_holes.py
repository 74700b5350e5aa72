"""What is looked at to imagine a painted area."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.engine import holes
from serving.geometry import Box


def test_an_area_has_as_much_around_it_as_it_is_large() -> None:
    mask = np.zeros((1000, 2000), bool)
    mask[400:600, 900:1200] = True
    (box,) = holes.around(mask)
    assert abs(np.subtract(box, Box(600, 200, 900, 600))).max() <= 16  # a pixel of the small copy


def test_a_small_area_has_at_least_a_window_around_it() -> None:
    mask = np.zeros((1000, 1000), bool)
    mask[500, 500] = True
    (box,) = holes.around(mask)
    assert 128 <= box.width == box.height <= 136


def test_areas_apart_are_worked_apart_and_very_many_as_one() -> None:
    mask = np.zeros((600, 600), bool)
    mask[100:120, 100:120] = mask[100:120, 500:520] = mask[125:130, 500:520] = True
    assert len(holes.around(mask)) == 2
    mask[::50, ::50] = True
    assert len(holes.around(mask)) == 1


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_boxes_lie_in_the_picture_and_hold_all_that_is_painted(
    height: int, width: int, seed: int
) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < 3 / (height * width)
    if not mask.any() or mask.all():
        return
    left = mask.copy()
    for box in holes.around(mask):
        assert 0 <= box.left < box.left + box.width <= width
        assert 0 <= box.top < box.top + box.height <= height
        area = np.s_[box.top : box.top + box.height, box.left : box.left + box.width]
        assert not mask[area].all()
        left[area] = False
    assert not left.any()


def test_what_is_known_is_a_rectangle_only_without_holes() -> None:
    hidden = np.ones((9, 12), bool)
    hidden[2:5, 3:10] = False
    known = holes.known_rectangle(hidden)
    assert known == (3, 2, 7, 3)
    assert known.edges == (3, 2, 10, 5)
    hidden[3, 6] = True
    assert holes.known_rectangle(hidden) is None
    assert holes.known_rectangle(np.zeros((4, 5), bool)) == (0, 0, 5, 4)
