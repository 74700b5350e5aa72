"""Holds `normalise` to real files of every kind, whole and spoilt."""

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from components.image_example_gen import images

LIMITS = images.Limits(
    working_size=48,
    min_side=16,
    max_side=65_500,
    max_pixels=1_000_000,
    max_bytes=50_000,
    max_memory=100_000_000,
)
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
GREY = (128, 128, 128)
SIZE = (64, 40)
ORIENTATION = 0x0112

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


def _encode(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _corners(width: int, height: int) -> np.ndarray:
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


def _oriented(form: str, orientation: int, width: int, height: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    pixels = _stored(_corners(width, height), orientation)
    return _encode(Image.fromarray(pixels), form, exif=exif)


def _noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(
        np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    )


def _decoded(photograph: images.Photograph, limits: images.Limits = LIMITS) -> np.ndarray:
    """The pixels as training will see them, once they are seen to be as promised."""
    pixels = tf.io.decode_jpeg(photograph.jpeg, channels=3).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata
        with Image.open(io.BytesIO(photograph.jpeg), formats=["JPEG"]) as image:
            assert image.size == (pixels.shape[1], pixels.shape[0])
            assert image.mode in ("RGB", "L")
            assert image.getexif().get(ORIENTATION) in (None, 0, 1)
    original = photograph.width, photograph.height
    scale = min(1, limits.working_size / min(original))
    assert pixels.shape[:2] == (round(original[1] * scale), round(original[0] * scale))
    return pixels


def _assert_four_corners(pixels: np.ndarray) -> None:
    height, width = pixels.shape[:2]
    for (x, y), colour in {(0, 0): RED, (1, 0): GREEN, (0, 1): BLUE, (1, 1): WHITE}.items():
        at = pixels[height // 4 + y * height // 2, width // 4 + x * width // 2]
        np.testing.assert_allclose(at, colour, atol=8)


def _reason(data: bytes, limits: images.Limits = LIMITS) -> str:
    with pytest.raises(images.Rejected) as caught:
        images.normalise(data, limits)
    assert str(caught.value)
    return caught.value.reason


def _png(width: int, height: int) -> bytes:
    """A few bytes that declare a picture of any size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


# Whole pictures.


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(48, 48), (200, 48), (16, 48)])
def test_an_upright_jpeg_within_the_working_size_is_left_as_it_is(
    mode: str, size: tuple[int, int]
) -> None:
    data = _encode(_noise(*size).convert(mode), "JPEG")
    photograph = images.normalise(data, LIMITS)
    assert photograph == (data, *size)
    _decoded(photograph)


@pytest.mark.parametrize("orientation", [0, 1])
def test_a_jpeg_that_says_it_is_upright_is_left_as_it_is(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = _encode(_noise(*SIZE), "JPEG", exif=exif)
    assert images.normalise(data, LIMITS) == (data, *SIZE)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0garbage", b"Exif\0\0II*\0\x08\0\0\0\xff"])
def test_odd_metadata_is_no_reason_to_reject(exif: bytes) -> None:
    data = _encode(_noise(*SIZE), "JPEG", exif=exif)
    assert images.normalise(data, LIMITS) == (data, *SIZE)


def test_a_jpeg_of_several_pictures_counts_as_its_first() -> None:
    pictures = [Image.new("RGB", SIZE, colour) for colour in (RED, BLUE)]
    data = _encode(pictures[0], "MPO", save_all=True, append_images=pictures[1:])
    photograph = images.normalise(data, LIMITS)
    assert photograph.jpeg == data
    np.testing.assert_allclose(_decoded(photograph)[20, 30], RED, atol=8)


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
        _encode(Image.fromarray(_corners(*size)), form), LIMITS._replace(max_bytes=10**6)
    )
    assert (photograph.width, photograph.height) == size
    pixels = _decoded(photograph)
    assert pixels.shape == (scaled[1], scaled[0], 3)
    _assert_four_corners(pixels)


def test_a_large_grey_jpeg_becomes_rgb() -> None:
    photograph = images.normalise(_encode(Image.new("L", (96, 96), 128), "JPEG"), LIMITS)
    with Image.open(io.BytesIO(photograph.jpeg)) as image:
        assert image.mode == "RGB"
    np.testing.assert_allclose(_decoded(photograph)[10, 10], GREY, atol=2)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", FIRST_ROW_AND_COLUMN)
def test_a_picture_comes_out_upright(form: str, orientation: int) -> None:
    photograph = images.normalise(_oriented(form, orientation, *SIZE), LIMITS)
    assert (photograph.width, photograph.height) == SIZE
    _assert_four_corners(_decoded(photograph))


@pytest.mark.parametrize("orientation", FIRST_ROW_AND_COLUMN)
def test_a_large_picture_comes_out_upright_and_scaled(orientation: int) -> None:
    photograph = images.normalise(_oriented("JPEG", orientation, 240, 160), LIMITS)
    assert (photograph.width, photograph.height) == (240, 160)
    pixels = _decoded(photograph)
    assert pixels.shape == (48, 72, 3)
    _assert_four_corners(pixels)


def _flat_pictures() -> Iterator[tuple[str, bytes, tuple[int, int, int]]]:
    def flat(mode: str, colour: object) -> Image.Image:
        return Image.new(mode, SIZE, colour)

    def deep(value: int, kind: str) -> Image.Image:
        return Image.fromarray(np.full(SIZE[::-1], value, kind))

    half_red = (255, 127, 127)
    palette = flat("RGB", BLUE).quantize(4)
    yield "rgb png", _encode(flat("RGB", BLUE), "PNG"), BLUE
    yield "grey png", _encode(flat("L", 128), "PNG"), GREY
    yield "half transparent rgba png", _encode(flat("RGBA", (*RED, 128)), "PNG"), half_red
    yield "transparent rgba png", _encode(flat("RGBA", (0, 0, 0, 0)), "PNG"), WHITE
    yield "half transparent grey png", _encode(flat("LA", (0, 128)), "PNG"), (127, 127, 127)
    yield "transparent grey png", _encode(flat("LA", (0, 0)), "PNG"), WHITE
    yield "palette png", _encode(palette, "PNG"), BLUE
    yield "transparent palette png", _encode(palette, "PNG", transparency=0), WHITE
    yield (
        "rgb png, one colour transparent",
        _encode(flat("RGB", RED), "PNG", transparency=RED),
        WHITE,
    )
    yield "1-bit png, white", _encode(flat("1", 1), "PNG"), WHITE
    yield "1-bit png, black", _encode(flat("1", 0), "PNG"), (0, 0, 0)
    yield "16-bit png, mid grey", _encode(deep(32768, "<u2"), "PNG"), GREY
    yield "16-bit png, white", _encode(deep(65535, "<u2"), "PNG"), WHITE
    yield "16-bit png, dark", _encode(deep(16 * 257, "<u2"), "PNG"), (16, 16, 16)
    yield "16-bit tiff, mid grey", _encode(deep(32768, "<u2"), "TIFF"), GREY
    yield "16-bit tiff, big-endian", _encode(deep(32768, ">u2"), "TIFF"), GREY
    yield "32-bit tiff of 16-bit values", _encode(deep(32768, "<i4"), "TIFF"), GREY
    yield "tiff", _encode(flat("RGB", GREEN), "TIFF"), GREEN
    yield "compressed tiff", _encode(flat("RGB", GREEN), "TIFF", compression="tiff_lzw"), GREEN
    yield "cmyk tiff", _encode(flat("CMYK", (0, 255, 255, 0)), "TIFF"), RED
    yield "cmyk jpeg", _encode(flat("CMYK", (0, 255, 255, 0)), "JPEG"), RED
    yield "avif", _encode(flat("RGB", GREEN), "AVIF", quality=95), GREEN
    yield "webp", _encode(flat("RGB", GREEN), "WEBP", lossless=True), GREEN
    yield "transparent webp", _encode(flat("RGBA", (*RED, 0)), "WEBP", lossless=True), WHITE
    yield "bmp", _encode(flat("RGB", RED), "BMP"), RED
    yield "gif", _encode(flat("RGB", RED), "GIF"), RED
    for form in ("GIF", "WEBP", "TIFF", "PNG"):
        moving = _encode(
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
    pixels = _decoded(photograph)
    np.testing.assert_allclose(pixels, np.broadcast_to(colour, pixels.shape), atol=4)


# What cannot be used.


def test_an_empty_file_is_rejected() -> None:
    assert _reason(b"") == "empty"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\0" * 1000, id="zeros"),
        pytest.param(bytes(range(256)) * 4, id="garbage"),
        pytest.param(b"<!DOCTYPE html><html><body>404 Not Found</body></html>", id="html"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9"/></svg>', id="svg"),
        pytest.param(b"\xff\xd8\xff", id="jpeg, the first bytes"),
        pytest.param(_png(40, 40), id="png without pixels"),
        pytest.param(_encode(Image.new("F", SIZE, 0.5), "TIFF"), id="floating-point tiff"),
    ],
)
def test_what_is_no_picture_is_rejected(data: bytes) -> None:
    assert _reason(data) == "corrupt"


@pytest.mark.parametrize("form", ["EPS", "PDF", "PPM", "ICO"])
def test_kinds_that_are_not_photographs_are_rejected(form: str) -> None:
    data = _encode(Image.new("RGB", SIZE, RED), form)
    assert _reason(data) == "corrupt"


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
    data = _encode(_noise(*size), "JPEG", progressive=progressive)
    images.normalise(data, LIMITS)
    assert _reason(data[: int(len(data) * share)]) == "corrupt"


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_the_detail_of_what_tensorflow_refuses_is_its_own_words_only(share: float) -> None:
    data = _encode(_noise(40, 40), "JPEG")
    with pytest.raises(images.Rejected) as caught:
        images.normalise(data[: int(len(data) * share)], LIMITS)
    assert isinstance(caught.value.__cause__, tf.errors.InvalidArgumentError)
    assert re.fullmatch(r"jpeg::Uncompress failed\. Invalid JPEG data [\w ]+\.", str(caught.value))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_of_another_kind_is_rejected(form: str, share: float) -> None:
    data = _encode(_noise(40, 40), form)
    images.normalise(data, LIMITS)
    assert _reason(data[: int(len(data) * share)]) == "corrupt"


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(15, 400), (400, 15), (1, 1)])
def test_a_picture_with_a_short_side_is_rejected(form: str, size: tuple[int, int]) -> None:
    assert _reason(_encode(Image.new("RGB", size), form)) == "too_small"


@pytest.mark.parametrize("size", [(1001, 1000), (2**16, 2**16), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_declares_too_many_pixels_is_rejected_unread(size: tuple[int, int]) -> None:
    assert _reason(_png(*size)) == "too_large"


def test_a_picture_of_just_the_greatest_size_is_taken() -> None:
    data = _encode(Image.new("RGB", (100, 50)), "JPEG")
    limits = LIMITS._replace(min_side=50, max_pixels=5000, max_bytes=len(data))
    assert images.normalise(data, limits).width == 100
    assert _reason(data, limits._replace(max_pixels=4999)) == "too_large"
    assert _reason(data, limits._replace(max_bytes=len(data) - 1)) == "too_large"
    assert _reason(data, limits._replace(min_side=51)) == "too_small"


def test_a_picture_longer_than_a_jpeg_can_be_is_rejected() -> None:
    limits = LIMITS._replace(max_pixels=10**8, max_bytes=10**7)
    assert _reason(_encode(Image.new("1", (65_501, 100)), "PNG"), limits) == "too_large"
    assert _reason(_encode(Image.new("1", (100, 65_501)), "PNG"), limits) == "too_large"
    longest = images.normalise(_encode(Image.new("1", (65_500, 50)), "PNG"), limits)
    assert (longest.width, longest.height) == (65_500, 50)


def test_the_limit_of_pixels_is_the_one_that_was_set_not_pillows() -> None:
    data = _encode(Image.new("1", (18_000, 10_400), 1), "PNG")  # 187 megapixels in 300 KB
    limits = LIMITS._replace(max_bytes=10**6, max_pixels=200_000_000, max_memory=10**9)
    assert images.normalise(data, limits).width == 18_000
    assert _reason(data, limits._replace(max_pixels=180_000_000)) == "too_large"


def test_what_decoding_would_take_too_much_memory_for_is_rejected_undecoded() -> None:
    limits = LIMITS._replace(max_pixels=10**9, max_memory=100_000_000)
    with pytest.raises(images.Rejected, match="decoding takes about 2,200 MB of memory") as caught:
        images.normalise(_png(20_000, 20_000), limits)
    assert caught.value.reason == "too_large"


# Colour.


def _swapped() -> bytes:
    """sRGB's profile with red and green changed about."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", profile[128:132])
    places = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("size", [(48, 40), (400, 300)], ids=["small", "large"])
def test_colours_are_those_of_the_profile_at_every_size(form: str, size: tuple[int, int]) -> None:
    data = _encode(Image.new("RGB", size, GREEN), form, icc_profile=_swapped())
    photograph = images.normalise(data, LIMITS._replace(max_bytes=10**6))
    np.testing.assert_allclose(_decoded(photograph)[9, 9], RED, atol=4)
    with Image.open(io.BytesIO(photograph.jpeg)) as image:
        assert "icc_profile" not in image.info


def test_a_jpeg_with_the_profile_of_srgb_passes_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = _encode(_noise(*SIZE), "JPEG", icc_profile=profile)
    assert images.normalise(data, LIMITS) == (data, *SIZE)


# Whatever the bytes.


def _assert_usable_or_rejected(data: bytes) -> None:
    try:
        photograph = images.normalise(data, LIMITS)
    except images.Rejected as rejected:
        reason = rejected.reason
    else:
        reason = None
        _decoded(photograph)
    assert reason in {None, "empty", "too_large", "too_small", "corrupt"}


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0"])
)
@example(b"", b"")
def test_any_bytes_are_usable_or_rejected(data: bytes, start: bytes) -> None:
    _assert_usable_or_rejected(start + data)


_VALID = {
    "kept jpeg": _encode(_noise(20, 20), "JPEG"),
    "turned jpeg": _oriented("JPEG", 6, 24, 20),
    "scaled jpeg": _encode(_noise(60, 56), "JPEG", quality=30),
    "progressive jpeg": _encode(_noise(20, 20), "JPEG", progressive=True),
    "png": _encode(_noise(20, 20), "PNG"),
    "tiff": _oriented("TIFF", 5, 24, 20),
    "webp": _encode(_noise(20, 20), "WEBP"),
    "gif": _encode(_noise(20, 20), "GIF"),
}


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(sorted(_VALID)), st.data(), st.integers(1, 255))
def test_a_picture_with_one_spoilt_byte_is_usable_or_rejected(
    name: str, data: st.DataObject, flip: int
) -> None:
    spoilt = bytearray(_VALID[name])
    # Half of them at the head, where a byte says more.
    last = data.draw(st.sampled_from([min(200, len(spoilt)), len(spoilt)])) - 1
    spoilt[data.draw(st.integers(0, last))] ^= flip
    _assert_usable_or_rejected(bytes(spoilt))
