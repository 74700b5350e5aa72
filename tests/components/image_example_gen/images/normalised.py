"""What `normalise` makes of a file, seen to be as promised."""

import io
import warnings

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from PIL.ExifTags import Base

from components.image_example_gen import images
from tests.pictures import BLUE, GREEN, RED, WHITE, encoded

LIMITS = images.Limits(
    working_size=48,
    min_side=16,
    max_side=65_500,
    max_pixels=1_000_000,
    max_bytes=50_000,
    max_memory=100_000_000,
)
SIZE = (64, 40)
GREY = (128, 128, 128)
# By the EXIF standard: the sides at which the first stored row and column belong.
FIRST_ROW_AND_COLUMN = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def corners(width: int, height: int) -> np.ndarray:
    """A picture of four colours, one to each corner."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return pixels


def _stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    row, column = FIRST_ROW_AND_COLUMN[orientation]
    pixels = upright if row in ("top", "bottom") else upright.transpose(1, 0, 2)
    if row in ("bottom", "right"):
        pixels = pixels[::-1]
    if column in ("bottom", "right"):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def oriented(form: str, orientation: int, width: int, height: int) -> bytes:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    pixels = _stored(corners(width, height), orientation)
    return encoded(Image.fromarray(pixels), form, exif=exif)


def decoded(photograph: images.Photograph, limits: images.Limits = LIMITS) -> np.ndarray:
    """The pixels as training will see them, once they are seen to be as promised."""
    pixels = tf.io.decode_jpeg(photograph.jpeg, channels=3).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata
        with Image.open(io.BytesIO(photograph.jpeg), formats=["JPEG"]) as image:
            assert image.size == (pixels.shape[1], pixels.shape[0])
            assert image.mode in ("RGB", "L")
            assert image.getexif().get(Base.Orientation) in (None, 0, 1)
    original = photograph.width, photograph.height
    scale = min(1, limits.working_size / min(original))
    assert pixels.shape[:2] == (round(original[1] * scale), round(original[0] * scale))
    return pixels


def assert_four_corners(pixels: np.ndarray) -> None:
    height, width = pixels.shape[:2]
    for (x, y), colour in {(0, 0): RED, (1, 0): GREEN, (0, 1): BLUE, (1, 1): WHITE}.items():
        at = pixels[height // 4 + y * height // 2, width // 4 + x * width // 2]
        np.testing.assert_allclose(at, colour, atol=8)


def reason(data: bytes, limits: images.Limits = LIMITS) -> str:
    with pytest.raises(images.Rejected) as caught:
        images.normalise(data, limits)
    assert str(caught.value)
    return caught.value.reason
