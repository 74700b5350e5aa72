"""Results: exact or small, silent about their input or not, and honest about themselves."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from serving.errors import TooLarge
from serving.files import decoding, encoding
from serving.files.decoding import Picture
from serving.output import Output, Reading
from serving.settings import Settings
from tests.pictures import encoded
from tests.serving.files.test_decoding import PIXELS, with_metadata

FORMATS = ("png", "jpeg", "webp")
SOURCE = b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_png_and_webp_at_100_give_back_every_pixel_and_the_others_nearly() -> None:
    for output in (Output(), Output(format="webp", quality=100)):
        np.testing.assert_array_equal(np.asarray(opened(encoding.encode(PIXELS, output))), PIXELS)
    smooth = np.full((40, 50, 3), (200, 90, 10), np.uint8)
    for name in ("jpeg", "webp"):
        data = encoding.encode(smooth, Output(format=name))
        np.testing.assert_allclose(np.asarray(opened(data)), smooth, atol=3)


def test_quality_is_as_asked() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (80, 80, 3), np.uint8)
    for name in ("jpeg", "webp"):
        sizes = [len(encoding.encode(noise, Output(format=name, quality=q))) for q in (20, 60, 95)]
        assert sizes == sorted(sizes)
        assert sizes[0] * 2 < sizes[2]


@pytest.mark.parametrize("name", FORMATS)
def test_a_result_says_what_it_is_unless_told_not_to(name: str) -> None:
    labelled = encoding.encode(PIXELS, Output(format=name))
    assert SOURCE in labelled
    description = opened(labelled).getxmp()["xmpmeta"]["RDF"]["Description"]
    assert description["CreatorTool"] == "Outpainting"
    assert description["DigitalSourceType"].endswith("compositeWithTrainedAlgorithmicMedia")
    plain = encoding.encode(PIXELS, Output(format=name, label=False))
    assert SOURCE not in plain
    brought = set(opened(plain).info)
    assert not brought & {"exif", "xmp", "XML:com.adobe.xmp", "icc_profile", "comment", "dpi"}


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_of_the_input_but_its_pixels_is_given_out(name: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home with the secret"
    data = encoded(Image.fromarray(PIXELS), "JPEG", exif=exif, comment=b"the secret")
    assert data.count(b"the secret") == 2
    picture = decoding.decode(data, Settings())
    result = encoding.encode(picture.pixels, Output(format=name), picture)
    assert b"the secret" not in result
    assert not opened(result).getexif()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_to_be_kept_is_in_the_file(name: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    reading = Reading(metadata="keep")
    source = decoding.decode(with_metadata(), Settings(), reading)._replace(profile=profile)
    image = opened(encoding.encode(source.pixels, Output(format=name), source))
    assert image.getexif()[0x010F] == "Camera Works"
    assert image.info["icc_profile"] == profile
    if name != "webp":  # which has no place for it but EXIF
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_a_layer_is_transparent_where_nothing_is_new() -> None:
    rgba = np.dstack([PIXELS, np.zeros((6, 9), np.uint8)])
    rgba[2:4, :, 3] = 255
    for output in (Output(), Output(format="webp", quality=100)):
        result = np.asarray(opened(encoding.encode(rgba, output)))
        np.testing.assert_array_equal(result[..., 3], rgba[..., 3])
        np.testing.assert_array_equal(result[2:4], rgba[2:4])


@pytest.mark.parametrize(("name", "side"), [("jpeg", 65_501), ("webp", 16_384)])
def test_what_is_wider_than_a_format_allows_is_told(name: str, side: int) -> None:
    with pytest.raises(TooLarge, match="take png"):
        encoding.encode(np.zeros((1, side, 3), np.uint8), Output(format=name))


def test_a_source_without_anything_adds_nothing() -> None:
    for name in FORMATS:
        output = Output(format=name)
        assert encoding.encode(PIXELS, output, Picture(PIXELS)) == encoding.encode(PIXELS, output)
