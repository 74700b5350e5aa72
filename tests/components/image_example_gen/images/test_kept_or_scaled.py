"""A JPEG that will do is left as it is, and what is larger becomes smaller."""

import io

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base

from components.image_example_gen import images
from tests.components.image_example_gen.images.normalised import (
    GREY,
    LIMITS,
    SIZE,
    assert_four_corners,
    corners,
    decoded,
)
from tests.pictures import BLUE, RED, encoded, noise


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(48, 48), (200, 48), (16, 48)])
def test_an_upright_jpeg_within_the_working_size_is_left_as_it_is(
    mode: str, size: tuple[int, int]
) -> None:
    data = encoded(noise(*size).convert(mode), "JPEG")
    photograph = images.normalise(data, LIMITS)
    assert photograph == (data, *size)
    decoded(photograph)


@pytest.mark.parametrize("orientation", [0, 1])
def test_a_jpeg_that_says_it_is_upright_is_left_as_it_is(orientation: int) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    data = encoded(noise(*SIZE), "JPEG", exif=exif)
    assert images.normalise(data, LIMITS) == (data, *SIZE)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0garbage", b"Exif\0\0II*\0\x08\0\0\0\xff"])
def test_odd_metadata_is_no_reason_to_reject(exif: bytes) -> None:
    data = encoded(noise(*SIZE), "JPEG", exif=exif)
    assert images.normalise(data, LIMITS) == (data, *SIZE)


def test_a_jpeg_of_several_pictures_counts_as_its_first() -> None:
    pictures = [Image.new("RGB", SIZE, colour) for colour in (RED, BLUE)]
    data = encoded(pictures[0], "MPO", save_all=True, append_images=pictures[1:])
    photograph = images.normalise(data, LIMITS)
    assert photograph.jpeg == data
    np.testing.assert_allclose(decoded(photograph)[20, 30], RED, atol=8)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("size", "scaled"),
    [
        ((96, 72), (64, 48)),
        ((72, 96), (48, 64)),
        ((49, 49), (48, 48)),
        ((501, 333), (72, 48)),
        ((48, 50), (48, 50)),
    ],
)
def test_a_larger_picture_is_scaled_by_its_short_side(
    form: str, size: tuple[int, int], scaled: tuple[int, int]
) -> None:
    photograph = images.normalise(
        encoded(Image.fromarray(corners(*size)), form), LIMITS._replace(max_bytes=10**6)
    )
    assert (photograph.width, photograph.height) == size
    pixels = decoded(photograph)
    assert pixels.shape == (scaled[1], scaled[0], 3)
    assert_four_corners(pixels)


def test_a_large_grey_jpeg_becomes_rgb() -> None:
    photograph = images.normalise(encoded(Image.new("L", (96, 96), 128), "JPEG"), LIMITS)
    with Image.open(io.BytesIO(photograph.jpeg)) as image:
        assert image.mode == "RGB"
    np.testing.assert_allclose(decoded(photograph)[10, 10], GREY, atol=2)
