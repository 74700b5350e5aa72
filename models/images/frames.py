"""The frames that people ask for: one table, of training's masks and of what the server asks for.

Light, for both. Lengths are shares of a canvas's side, hidden there. A canvas of 3:2 or 2:1 has no
row of its own: a generator for any size learns from squares, and what a square cut out of a longer
canvas has hidden is `ONE_SIDE` or `CORNER`, or nothing.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple


class Frame(NamedTuple):
    """One kind of mask."""

    share: float  # of training's masks
    least: Fraction  # hidden on a side, or painted across and down
    most: Fraction


# The border that settings evaluate; unless they say otherwise, these four sides.
BORDER = Frame(0.28, Fraction(1, 4), Fraction(1, 4))
OPPOSITE = Frame(0.15, Fraction(1, 4), Fraction(1, 4))  # two sides that do not meet
ONE_SIDE = Frame(0.25, Fraction(1, 8), Fraction(1, 2))
CORNER = Frame(0.12, Fraction(1, 8), Fraction(3, 8))  # two sides that meet
SIDES = Frame(0.10, Fraction(1, 32), Fraction(11, 32))  # any two to four, each by its own length
PAINTED = Frame(0.10, Fraction(5, 64), Fraction(7, 16))  # rectangles and round blobs
MOST_PAINTED = 3  # areas in one picture, at most; at least one

FRAMES = (BORDER, OPPOSITE, ONE_SIDE, CORNER, SIDES, PAINTED)


def most_hidden(border: Sequence[int]) -> Fraction:
    """Says how much a model that learnt by this table may be asked to imagine on one side.

    Args:
        border: What is hidden left, right, top and bottom, in any unit; only where counts.

    Returns:
        A share of the side of the squares that it learnt from.
    """
    left, right, top, bottom = (length > 0 for length in border)
    if left + right + top + bottom <= 1:
        return ONE_SIDE.most
    meet = left != right and top != bottom
    return CORNER.most if meet else SIDES.most
