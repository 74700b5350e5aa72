"""What is no photograph, or not a whole one, is rejected with its reason."""

import re

import pytest
import tensorflow as tf
from PIL import Image

from components.image_example_gen import images
from tests.components.image_example_gen.images.normalised import LIMITS, SIZE, reason
from tests.pictures import RED, encoded, hollow_png, noise


def test_an_empty_file_is_rejected() -> None:
    assert reason(b"") == "empty"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0" * 1000, id="zeros"),
        pytest.param(bytes(range(256)) * 4, id="garbage"),
        pytest.param(b"<!DOCTYPE html><html><body>404 Not Found</body></html>", id="html"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9"/></svg>', id="svg"),
        pytest.param(b"\xff\xd8\xff", id="jpeg, the first bytes"),
        pytest.param(hollow_png(40, 40), id="png without pixels"),
        pytest.param(encoded(Image.new("F", SIZE, 0.5), "TIFF"), id="floating-point tiff"),
    ],
)
def test_what_is_no_picture_is_rejected(data: bytes) -> None:
    assert reason(data) == "corrupt"


@pytest.mark.parametrize("form", ["EPS", "PDF", "PPM", "ICO"])
def test_kinds_that_are_not_photographs_are_rejected(form: str) -> None:
    data = encoded(Image.new("RGB", SIZE, RED), form)
    assert reason(data) == "corrupt"


def test_the_detail_is_the_same_every_time() -> None:
    details = []
    for _ in range(2):
        with pytest.raises(images.Rejected, match="not an image in JPEG, PNG, ") as caught:
            images.normalise(bytearray(b"garbage"), LIMITS)
        details.append(str(caught.value))
    assert details[0] == details[1]


@pytest.mark.parametrize("size", [(40, 40), (160, 120)], ids=["kept", "scaled"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_truncated_jpeg_is_rejected(
    size: tuple[int, int], share: float, progressive: bool
) -> None:
    data = encoded(noise(*size), "JPEG", progressive=progressive)
    images.normalise(data, LIMITS)
    assert reason(data[: int(len(data) * share)]) == "corrupt"


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_detail_of_what_tensorflow_refuses_is_its_own_words_only(share: float) -> None:
    data = encoded(noise(40, 40), "JPEG")
    with pytest.raises(images.Rejected) as caught:
        images.normalise(data[: int(len(data) * share)], LIMITS)
    assert isinstance(caught.value.__cause__, tf.errors.InvalidArgumentError)
    assert re.fullmatch(r"jpeg::Uncompress failed\. Invalid JPEG data [\w ]+\.", str(caught.value))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_of_another_kind_is_rejected(form: str, share: float) -> None:
    data = encoded(noise(40, 40), form)
    images.normalise(data, LIMITS)
    assert reason(data[: int(len(data) * share)]) == "corrupt"
