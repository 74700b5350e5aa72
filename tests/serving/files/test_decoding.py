"""Files of every kind, and what is refused."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageCms

from serving.errors import BadPicture, TooLarge
from serving.files import decoding
from serving.output import Reading
from serving.settings import Settings
from tests.pictures import encoded, hollow_png

SETTINGS = Settings(max_bytes=200_000, max_pixels=10_000)
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


PNG = encoded(Image.fromarray(PIXELS))


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
    result = decoding.decode(encoded(image, file_format, **options), SETTINGS).pixels
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
    data = encoded(Image.fromarray(PIXELS), exif=exif)
    np.testing.assert_array_equal(decoding.decode(data, SETTINGS).pixels, turned[orientation])


def test_grey_becomes_rgb() -> None:
    grey = Image.fromarray(PIXELS[..., 0])
    expected = np.repeat(PIXELS[..., :1], 3, axis=2)
    np.testing.assert_array_equal(decoding.decode(encoded(grey), SETTINGS).pixels, expected)


def test_transparency_is_laid_on_white() -> None:
    rgba = np.dstack([PIXELS, np.full((6, 9), 255, np.uint8)])
    rgba[0, 0] = (10, 20, 30, 0)
    rgba[0, 1] = (0, 0, 0, 51)  # a fifth of black
    result = decoding.decode(encoded(Image.fromarray(rgba)), SETTINGS).pixels
    assert result[0, 0].tolist() == [255, 255, 255]
    assert result[0, 1].tolist() == [204, 204, 204]
    np.testing.assert_array_equal(result[1:], PIXELS[1:])


def test_one_pixel_is_a_picture() -> None:
    data = encoded(Image.new("L", (1, 1), 7))
    assert decoding.decode(data, SETTINGS).pixels.tolist() == [[[7, 7, 7]]]


def test_of_an_animation_the_first_frame_is_taken() -> None:
    first, second = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    data = encoded(first, "GIF", save_all=True, append_images=[second])
    assert decoding.decode(data, SETTINGS).pixels[0, 0].tolist() == [255, 0, 0]


def test_an_srgb_profile_changes_no_pixel() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(Image.fromarray(PIXELS), icc_profile=profile)
    np.testing.assert_array_equal(decoding.decode(data, SETTINGS).pixels, PIXELS)


def test_other_profiles_are_turned_into_srgb_and_broken_ones_passed_over() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # no profile for RGB
    for profile in (b"nonsense", lab):
        data = encoded(Image.fromarray(PIXELS), icc_profile=profile)
        np.testing.assert_array_equal(decoding.decode(data, SETTINGS).pixels, PIXELS)
    xyz = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    data = encoded(Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "TIFF", icc_profile=xyz)
    assert decoding.decode(data, SETTINGS).pixels[0, 0].tolist() == [255, 0, 0]


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
        (encoded(Image.fromarray(PIXELS), "JPEG")[:300], "the image is broken: "),
        (PNG[:50] + b"\0\0\0\0" + PNG[54:], "the image is broken: "),
        (encoded(Image.new("F", (2, 2)), "TIFF"), "floating-point pixels"),
        (encoded(Image.new("RGB", (2, 2)), "PPM"), "not an image"),
        (hollow_png(10, 10), "the image is broken: "),
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
        (hollow_png(101, 100), "101 x 100 pixels, more than the 0.01 megapixels allowed"),
        (hollow_png(11_000, 10_000), "more than the 0.01 megapixels"),  # where Pillow warns
        (hollow_png(60_000, 60_000), "more than the 0.01 megapixels"),  # where Pillow refuses
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
        np.testing.assert_array_equal(decoding.decode_mask(encoded(image), SETTINGS), painted)
    # A brush of any colour, black too, on a transparent canvas.
    rgba = np.zeros((6, 9, 4), np.uint8)
    rgba[painted, 3] = 200
    data = encoded(Image.fromarray(rgba))
    np.testing.assert_array_equal(decoding.decode_mask(data, SETTINGS), painted)
    rgba[..., :3] = grey[..., None]
    rgba[..., 3] = 255
    data = encoded(Image.fromarray(rgba))
    np.testing.assert_array_equal(decoding.decode_mask(data, SETTINGS), painted)


def test_a_caption_may_speak_of_pages() -> None:
    exif = Image.Exif()
    exif[0x010E] = "See <html> export of my album; <?php and %PDF- too"
    for file_format in ("JPEG", "PNG", "WEBP", "TIFF"):
        data = encoded(Image.fromarray(PIXELS), file_format, exif=exif)
        assert b"<html>" in data
        assert decoding.decode(data, SETTINGS).pixels.shape == (6, 9, 3)


def test_heic_is_named_with_its_remedy() -> None:
    if "HEIF" in decoding.FORMATS:
        pytest.skip("it can be read here")
    with pytest.raises(BadPicture, match=r"HEIC.*Most Compatible"):
        decoding.decode(b"\0\0\0\x18ftypheic" + bytes(64), SETTINGS)


def test_what_is_not_kept_is_told() -> None:
    deep = encoded(Image.fromarray(np.arange(54, dtype=np.uint16).reshape(6, 9) * 1000))
    assert decoding.decode(deep, SETTINGS).notes == ("16 bits a channel became 8",)
    assert decoding.decode(PNG, SETTINGS).notes == ()
    cmyk = encoded(Image.new("CMYK", (3, 3)), "TIFF")
    assert decoding.decode(cmyk, SETTINGS).notes == ("CMYK became RGB",)
    clear = Image.new("RGBA", (3, 3), (1, 2, 3, 0))
    picture = decoding.decode(encoded(clear), SETTINGS)
    assert picture.notes == ("transparent parts were laid on white",)
    picture = decoding.decode(encoded(clear), SETTINGS, Reading(alpha="area"))
    assert (picture.notes, picture.area.all()) == ((), True)
    first = Image.new("RGB", (4, 4), "red")
    frames = encoded(first, "GIF", save_all=True, append_images=[Image.new("RGB", (4, 4), "blue")])
    assert decoding.decode(frames, SETTINGS).notes == ("of several frames, the first was taken",)


def with_metadata() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Camera Works"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8769)[0x927C] = b"maker's own"
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    return encoded(Image.fromarray(PIXELS), "JPEG", exif=exif, dpi=(300, 300))


@pytest.mark.parametrize("everything", [False, True])
def test_metadata_that_is_kept(everything: bool) -> None:
    reading = Reading(metadata="all" if everything else "keep")
    picture = decoding.decode(with_metadata(), SETTINGS, reading)
    assert picture.dpi == (300, 300)
    exif = Image.Exif()
    exif.load(picture.exif)
    assert exif[0x010F] == "Camera Works"
    assert exif.get_ifd(0x8769)[0x9003] == "2024:05:06 07:08:09"
    assert 0x0112 not in exif  # it was turned
    assert bool(exif.get_ifd(0x8825)) is everything
    assert (0x927C in exif.get_ifd(0x8769)) is everything
    bare = decoding.decode(with_metadata(), SETTINGS)
    assert (bare.exif, bare.dpi) == (b"", None)


def test_a_profile_can_be_kept_with_the_pixels_it_is_of() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[at[0] : at[0] + 4], profile[at[1] : at[1] + 4] = b"gXYZ", b"rXYZ"
    data = encoded(Image.fromarray(PIXELS), icc_profile=bytes(profile))
    kept = decoding.decode(data, SETTINGS, Reading(profile="keep"))
    np.testing.assert_array_equal(kept.pixels, PIXELS)
    assert kept.profile == bytes(profile)
    assert decoding.decode(data, SETTINGS).profile == b""


def test_the_size_is_that_of_the_upright_picture() -> None:
    assert decoding.size(with_metadata(), SETTINGS) == (6, 9)
    assert decoding.size(PNG, SETTINGS) == (9, 6)
