"""Whatever its format and orientation, a picture comes out upright."""

import pytest

from components.image_example_gen import images
from tests.components.image_example_gen.images.normalised import (
    FIRST_ROW_AND_COLUMN,
    LIMITS,
    SIZE,
    assert_four_corners,
    decoded,
    oriented,
)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", FIRST_ROW_AND_COLUMN)
def test_a_picture_comes_out_upright(form: str, orientation: int) -> None:
    photograph = images.normalise(oriented(form, orientation, *SIZE), LIMITS)
    assert (photograph.width, photograph.height) == SIZE
    assert_four_corners(decoded(photograph))


@pytest.mark.parametrize("orientation", FIRST_ROW_AND_COLUMN)
def test_a_large_picture_comes_out_upright_and_scaled(orientation: int) -> None:
    photograph = images.normalise(oriented("JPEG", orientation, 240, 160), LIMITS)
    assert (photograph.width, photograph.height) == (240, 160)
    pixels = decoded(photograph)
    assert pixels.shape == (48, 72, 3)
    assert_four_corners(pixels)
