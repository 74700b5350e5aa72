"""Files of every kind, and what is refused."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from serving.errors import BadPicture, TooLarge
from serving.files import decoding, encoding
from serving.settings import Settings

SETTINGS = Settings(max_bytes=200_000, max_pixels=10_000)
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


def file_of(image: Image.Image, file_format: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


PNG = file_of(Image.fromarray(PIXELS))


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("JPEG", {}),
    ],
)
def test_every_format_by_content(file_format: str, options: dict) -> None:
    image = Image.fromarray(PIXELS)
    if file_format in ("GIF", "JPEG"):
        image = Image.new("RGB", (9, 6), (200, 30, 60))
    result = decoding.decode(file_of(image, file_format, **options), SETTINGS)
    assert result.dtype == np.uint8
    np.testing.assert_allclose(result, np.asarray(image), atol=2 if file_format == "JPEG" else 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = {  # how a viewer must turn what is stored
        1: PIXELS,
        2: PIXELS[:, ::-1],
        3: PIXELS[::-1, ::-1],
        4: PIXELS[::-1],
        5: PIXELS.swapaxes(0, 1),
        6: np.rot90(PIXELS, -1),
        7: np.rot90(PIXELS, 2).swapaxes(0, 1),
        8: np.rot90(PIXELS, 1),
    }
    data = file_of(Image.fromarray(PIXELS), exif=exif)
    np.testing.assert_array_equal(decoding.decode(data, SETTINGS), turned[orientation])


def test_grey_becomes_rgb() -> None:
    grey = Image.fromarray(PIXELS[..., 0])
    expected = np.repeat(PIXELS[..., :1], 3, axis=2)
    np.testing.assert_array_equal(decoding.decode(file_of(grey), SETTINGS), expected)


def test_transparency_is_laid_on_white() -> None:
    rgba = np.dstack([PIXELS, np.full((6, 9), 255, np.uint8)])
    rgba[0, 0] = (10, 20, 30, 0)
    rgba[0, 1] = (0, 0, 0, 51)  # a fifth of black
    result = decoding.decode(file_of(Image.fromarray(rgba)), SETTINGS)
    assert result[0, 0].tolist() == [255, 255, 255]
    assert result[0, 1].tolist() == [204, 204, 204]
    np.testing.assert_array_equal(result[1:], PIXELS[1:])


def test_one_pixel_is_a_picture() -> None:
    data = file_of(Image.new("L", (1, 1), 7))
    assert decoding.decode(data, SETTINGS).tolist() == [[[7, 7, 7]]]


def test_of_an_animation_the_first_frame_is_taken() -> None:
    first, second = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    data = file_of(first, "GIF", save_all=True, append_images=[second])
    assert decoding.decode(data, SETTINGS)[0, 0].tolist() == [255, 0, 0]


def test_an_srgb_profile_changes_no_pixel() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(Image.fromarray(PIXELS), icc_profile=profile)
    np.testing.assert_array_equal(decoding.decode(data, SETTINGS), PIXELS)


def test_other_profiles_are_turned_into_srgb_and_broken_ones_passed_over() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # no profile for RGB
    for profile in (b"nonsense", lab):
        data = file_of(Image.fromarray(PIXELS), icc_profile=profile)
        np.testing.assert_array_equal(decoding.decode(data, SETTINGS), PIXELS)
    xyz = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    data = file_of(Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "TIFF", icc_profile=xyz)
    assert decoding.decode(data, SETTINGS)[0, 0].tolist() == [255, 0, 0]


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that promises much and holds nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.txt", "a")
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"hello", "not an image in JPEG, PNG, WEBP, BMP, GIF, TIFF, AVIF"),
        (b"\0" * 5000, "not an image"),
        (SVG, "save it anew"),
        (b"%PDF-1.7\n", "save it anew"),
        (b"GIF89a/*" + b"\0" * 99, "not an image"),
        (PNG + SVG, "a page, a document or an archive"),
        (PNG + archive(), "a page, a document or an archive"),
        (PNG[:20] + b"<!DOCTYPE html>" + PNG[20:], "a page, a document or an archive"),
        (PNG[: len(PNG) // 2], "the image is broken: "),
        (file_of(Image.fromarray(PIXELS), "JPEG")[:300], "the image is broken: "),
        (PNG[:50] + b"\0\0\0\0" + PNG[54:], "the image is broken: "),
        (file_of(Image.new("F", (2, 2)), "TIFF"), "floating-point pixels"),
        (file_of(Image.new("RGB", (2, 2)), "PPM"), "not an image"),
        (png_of_size(10, 10), "the image is broken: "),
    ],
)
def test_bad_files_are_refused_in_a_line(data: bytes, said: str) -> None:
    with pytest.raises(BadPicture) as error:
        decoding.decode(data, SETTINGS)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert " at 0x" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\0" * 200_001, "the file has more than the 0.2 MB allowed"),
        (png_of_size(101, 100), "101 x 100 pixels, more than the 0.01 megapixels allowed"),
        (png_of_size(11_000, 10_000), "more than the 0.01 megapixels"),  # where Pillow warns
        (png_of_size(60_000, 60_000), "more than the 0.01 megapixels"),  # where Pillow refuses
    ],
)
def test_what_is_too_large_is_refused_before_it_is_decoded(data: bytes, said: str) -> None:
    with pytest.raises(TooLarge, match=said):
        decoding.decode(data, SETTINGS)


def test_a_mask_is_what_is_light_or_what_is_opaque() -> None:
    painted = np.zeros((6, 9), bool)
    painted[2:4, 3:8] = True
    grey = np.where(painted, np.uint8(128), np.uint8(127))
    for image in (Image.fromarray(grey), Image.fromarray(painted)):
        np.testing.assert_array_equal(decoding.decode_mask(file_of(image), SETTINGS), painted)
    # A brush of any colour, black too, on a transparent canvas.
    rgba = np.zeros((6, 9, 4), np.uint8)
    rgba[painted, 3] = 200
    data = file_of(Image.fromarray(rgba))
    np.testing.assert_array_equal(decoding.decode_mask(data, SETTINGS), painted)
    rgba[..., :3] = grey[..., None]
    rgba[..., 3] = 255
    data = file_of(Image.fromarray(rgba))
    np.testing.assert_array_equal(decoding.decode_mask(data, SETTINGS), painted)


def test_png_gives_back_every_pixel_and_jpeg_nearly() -> None:
    png = encoding.encode(PIXELS, "PNG")
    np.testing.assert_array_equal(decoding.decode(png, SETTINGS), PIXELS)
    smooth = np.full((40, 50, 3), (200, 90, 10), np.uint8)
    jpeg = encoding.encode(smooth, "JPEG")
    assert jpeg.startswith(b"\xff\xd8\xff")
    np.testing.assert_allclose(decoding.decode(jpeg, SETTINGS), smooth, atol=2)


def test_nothing_of_the_input_but_its_pixels_is_given_out() -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home with the secret"
    data = file_of(Image.fromarray(PIXELS), "JPEG", exif=exif, comment=b"the secret")
    assert data.count(b"the secret") == 2
    for file_format in ("PNG", "JPEG"):
        result = encoding.encode(decoding.decode(data, SETTINGS), file_format)
        assert b"the secret" not in result
        with Image.open(io.BytesIO(result)) as image:
            assert not image.getexif()
            assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_jpeg_wider_than_jpeg_allows_is_told() -> None:
    with pytest.raises(TooLarge, match="take PNG"):
        encoding.encode(np.zeros((1, 65_501, 3), np.uint8), "JPEG")
