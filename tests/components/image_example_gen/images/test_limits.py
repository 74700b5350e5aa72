"""Pictures beyond a limit are rejected before they are decoded, those at it are taken."""

import pytest
from PIL import Image

from components.image_example_gen import images
from tests.components.image_example_gen.images.normalised import LIMITS, reason
from tests.pictures import encoded, hollow_png


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(15, 400), (400, 15), (1, 1)])
def test_a_picture_with_a_short_side_is_rejected(form: str, size: tuple[int, int]) -> None:
    assert reason(encoded(Image.new("RGB", size), form)) == "too_small"


@pytest.mark.parametrize("size", [(1001, 1000), (2**16, 2**16), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_declares_too_many_pixels_is_rejected_unread(size: tuple[int, int]) -> None:
    assert reason(hollow_png(*size)) == "too_large"


def test_a_picture_of_just_the_greatest_size_is_taken() -> None:
    data = encoded(Image.new("RGB", (100, 50)), "JPEG")
    limits = LIMITS._replace(min_side=50, max_pixels=5000, max_bytes=len(data))
    assert images.normalise(data, limits).width == 100
    assert reason(data, limits._replace(max_pixels=4999)) == "too_large"
    assert reason(data, limits._replace(max_bytes=len(data) - 1)) == "too_large"
    assert reason(data, limits._replace(min_side=51)) == "too_small"


def test_a_picture_longer_than_a_jpeg_can_be_is_rejected() -> None:
    limits = LIMITS._replace(max_pixels=10**8, max_bytes=10**7)
    assert reason(encoded(Image.new("1", (65_501, 100)), "PNG"), limits) == "too_large"
    assert reason(encoded(Image.new("1", (100, 65_501)), "PNG"), limits) == "too_large"
    longest = images.normalise(encoded(Image.new("1", (65_500, 50)), "PNG"), limits)
    assert (longest.width, longest.height) == (65_500, 50)


def test_the_limit_of_pixels_is_the_one_that_was_set_not_pillows() -> None:
    data = encoded(Image.new("1", (18_000, 10_400), 1), "PNG")  # 187 megapixels in 300 KB
    limits = LIMITS._replace(max_bytes=10**6, max_pixels=200_000_000, max_memory=10**9)
    assert images.normalise(data, limits).width == 18_000
    assert reason(data, limits._replace(max_pixels=180_000_000)) == "too_large"


def test_what_decoding_would_take_too_much_memory_for_is_rejected_undecoded() -> None:
    limits = LIMITS._replace(max_pixels=10**9, max_memory=100_000_000)
    with pytest.raises(images.Rejected, match="decoding takes about 2,200 MB of memory") as caught:
        images.normalise(hollow_png(20_000, 20_000), limits)
    assert caught.value.reason == "too_large"
