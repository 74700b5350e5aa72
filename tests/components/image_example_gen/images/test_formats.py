"""A file of every kind becomes a JPEG of its colour."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from components.image_example_gen import images
from tests.components.image_example_gen.images.normalised import GREY, LIMITS, SIZE, decoded
from tests.pictures import BLUE, GREEN, RED, WHITE, encoded


def _flat_pictures() -> Iterator[tuple[str, bytes, tuple[int, int, int]]]:
    def flat(mode: str, colour: object) -> Image.Image:
        return Image.new(mode, SIZE, colour)

    def deep(value: int, kind: str) -> Image.Image:
        return Image.fromarray(np.full(SIZE[::-1], value, kind))

    half_red = (255, 127, 127)
    palette = flat("RGB", BLUE).quantize(4)
    yield "rgb png", encoded(flat("RGB", BLUE), "PNG"), BLUE
    yield "grey png", encoded(flat("L", 128), "PNG"), GREY
    yield "half transparent rgba png", encoded(flat("RGBA", (*RED, 128)), "PNG"), half_red
    yield "transparent rgba png", encoded(flat("RGBA", (0, 0, 0, 0)), "PNG"), WHITE
    yield "half transparent grey png", encoded(flat("LA", (0, 128)), "PNG"), (127, 127, 127)
    yield "transparent grey png", encoded(flat("LA", (0, 0)), "PNG"), WHITE
    yield "palette png", encoded(palette, "PNG"), BLUE
    yield "transparent palette png", encoded(palette, "PNG", transparency=0), WHITE
    yield (
        "rgb png, one colour transparent",
        encoded(flat("RGB", RED), "PNG", transparency=RED),
        WHITE,
    )
    yield "1-bit png, white", encoded(flat("1", 1), "PNG"), WHITE
    yield "1-bit png, black", encoded(flat("1", 0), "PNG"), (0, 0, 0)
    yield "16-bit png, mid grey", encoded(deep(32768, "<u2"), "PNG"), GREY
    yield "16-bit png, white", encoded(deep(65535, "<u2"), "PNG"), WHITE
    yield "16-bit png, dark", encoded(deep(16 * 257, "<u2"), "PNG"), (16, 16, 16)
    yield "16-bit tiff, mid grey", encoded(deep(32768, "<u2"), "TIFF"), GREY
    yield "16-bit tiff, big-endian", encoded(deep(32768, ">u2"), "TIFF"), GREY
    yield "32-bit tiff of 16-bit values", encoded(deep(32768, "<i4"), "TIFF"), GREY
    yield "tiff", encoded(flat("RGB", GREEN), "TIFF"), GREEN
    yield "compressed tiff", encoded(flat("RGB", GREEN), "TIFF", compression="tiff_lzw"), GREEN
    yield "cmyk tiff", encoded(flat("CMYK", (0, 255, 255, 0)), "TIFF"), RED
    yield "cmyk jpeg", encoded(flat("CMYK", (0, 255, 255, 0)), "JPEG"), RED
    yield "avif", encoded(flat("RGB", GREEN), "AVIF", quality=95), GREEN
    yield "webp", encoded(flat("RGB", GREEN), "WEBP", lossless=True), GREEN
    yield "transparent webp", encoded(flat("RGBA", (*RED, 0)), "WEBP", lossless=True), WHITE
    yield "bmp", encoded(flat("RGB", RED), "BMP"), RED
    yield "gif", encoded(flat("RGB", RED), "GIF"), RED
    for form in ("GIF", "WEBP", "TIFF", "PNG"):
        moving = encoded(
            flat("RGB", RED), form, save_all=True, append_images=[flat("RGB", BLUE)], lossless=True
        )
        yield f"first of several, {form}", moving, RED


@pytest.mark.parametrize(
    ("data", "colour"),
    [pytest.param(data, colour, id=name) for name, data, colour in _flat_pictures()],
)
def test_every_kind_becomes_a_jpeg_of_its_colour(data: bytes, colour: tuple[int, int, int]) -> None:
    photograph = images.normalise(data, LIMITS)
    assert photograph.jpeg.startswith(b"\xff\xd8\xff")
    assert (photograph.width, photograph.height) == SIZE
    pixels = decoded(photograph)
    np.testing.assert_allclose(pixels, np.broadcast_to(colour, pixels.shape), atol=4)
