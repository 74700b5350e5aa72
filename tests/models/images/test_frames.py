"""The table of frames, read as the server reads it."""

from fractions import Fraction

import pytest

from models.images import frames


def test_the_shares_make_a_whole() -> None:
    assert sum(frame.share for frame in frames.FRAMES) == pytest.approx(1)
    assert all(0 < frame.least <= frame.most <= Fraction(1, 2) for frame in frames.FRAMES)


@pytest.mark.parametrize(
    ("border", "expected"),
    [
        ((0, 0, 0, 0), Fraction(1, 2)),
        ((0, 9, 0, 0), Fraction(1, 2)),
        ((0, 9, 1, 0), Fraction(3, 8)),
        ((9, 9, 0, 0), Fraction(11, 32)),
        ((0, 0, 1, 1), Fraction(11, 32)),
        ((1, 1, 1, 0), Fraction(11, 32)),
        ((1, 1, 1, 1), Fraction(11, 32)),
    ],
)
def test_the_more_sides_the_less_of_each(border: tuple, expected: Fraction) -> None:
    assert frames.most_hidden(border) == expected
