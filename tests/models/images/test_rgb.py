"""Holds the one rule of colour and uprightness to real files of every format, mode and profile."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from models.images import rgb
from tests.pictures import RED, encoded

SIZE = (40, 24)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


def _read(data: bytes, short_side: int | None = None) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=rgb.FORMATS) as image:
        upright = rgb.upright_rgb(image, short_side)
    assert upright.mode == "RGB"
    assert not upright.info  # nothing is left that would be applied a second time
    return np.asarray(upright)


# Profiles, tag by tag.


def _profile(space: bytes, tags: dict[bytes, bytes], name: str) -> bytes:
    text = name.encode() + b"\0"
    every = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        **tags,
    }
    at, table, body = 132 + 12 * len(every), b"", b""
    for key, content in every.items():
        padded = content + bytes(-len(content) % 4)
        table += key + struct.pack(">II", at + len(body), len(padded))
        body += padded
    head = struct.pack(">I4xI4s4s4s", at + len(body), 0x02100000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(every)) + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">iii", *(round(65536 * value) for value in values))


def _gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(256 * value))


def _linear(name: str) -> bytes:
    primaries = {
        b"rXYZ": _xyz(0.4360, 0.2225, 0.0139),
        b"gXYZ": _xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": _xyz(0.1431, 0.0606, 0.7139),
    }
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(1))
    return _profile(b"RGB ", primaries | curves, name)


def _encoded(linear: np.ndarray) -> np.ndarray:
    """sRGB's curve (IEC 61966-2-1), 0-255 to 0-255."""
    share = linear / 255
    return 255 * np.where(share <= 0.0031308, share * 12.92, 1.055 * share ** (1 / 2.4) - 0.055)


RAMP = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
PHOTO = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", ["Built-in Linear sRGB", "Linear Rec709"])
def test_a_linear_profile_is_followed_whatever_its_name(name: str) -> None:
    found = _read(encoded(Image.fromarray(PHOTO), icc_profile=_linear(name)))
    np.testing.assert_allclose(found, _encoded(PHOTO), atol=1)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("veil", [False, True])
def test_a_grey_profile_is_followed(form: str, veil: bool) -> None:
    image = Image.fromarray(RAMP)
    if veil and form != "JPEG":
        image = image.convert("LA")  # opaque all over
    quality = {"quality": 100} if form == "JPEG" else {}
    profile = _profile(b"GRAY", {b"kTRC": _gamma(1)}, "x")
    found = _read(encoded(image, form, icc_profile=profile, **quality))
    np.testing.assert_allclose(found[0, :, 1], _encoded(RAMP)[0], atol=1)
    assert (found == found[..., :1]).all()


def test_a_profile_that_means_srgb_changes_no_pixel() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for image in (Image.fromarray(PHOTO), Image.fromarray(RAMP)):
        data = encoded(image, icc_profile=profile)
        np.testing.assert_array_equal(_read(data), np.asarray(image.convert("RGB")))
        with Image.open(io.BytesIO(data)) as opened:
            assert rgb.is_srgb(opened)


def test_a_wide_profile_is_no_srgb() -> None:
    data = encoded(Image.fromarray(PHOTO), icc_profile=_linear("sRGB"))
    with Image.open(io.BytesIO(data)) as image:
        assert not rgb.is_srgb(image)


def test_a_profile_that_does_not_fit_is_passed_over() -> None:
    grey = _profile(b"GRAY", {b"kTRC": _gamma(1)}, "x")
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (b"nonsense", lab, grey, _linear("x")[:300]):
        found = _read(encoded(Image.fromarray(PHOTO), icc_profile=profile))
        np.testing.assert_array_equal(found, PHOTO)


def test_lab_pixels_are_converted() -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = ImageCms.applyTransform(Image.new("RGB", SIZE, (200, 60, 30)), to_lab)
    assert lab is not None
    np.testing.assert_allclose(_read(encoded(lab, "TIFF"))[3, 3], (200, 60, 30), atol=3)


# Uprightness.


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("said", ["exif", "xmp"])
def test_a_picture_lying_on_its_side_is_stood_up(form: str, said: str) -> None:
    stored = np.zeros((24, 40, 3), np.uint8)
    stored[:, :20] = RED  # the left half, which orientation 6 makes the top one
    options: dict[str, object] = {"quality": 95} if form in ("JPEG", "WEBP", "AVIF") else {}
    if said == "exif":
        exif = Image.Exif()
        exif[0x0112] = 6
        options["exif"] = exif
    elif form == "PNG":
        options["pnginfo"] = info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    elif form == "TIFF":
        options["tiffinfo"] = {700: XMP}
    else:
        options["xmp"] = XMP
    found = _read(encoded(Image.fromarray(stored), form, **options))
    assert found.shape == (40, 24, 3)
    np.testing.assert_allclose(found[4, 12], RED, atol=12)
    np.testing.assert_allclose(found[35, 12], (0, 0, 0), atol=12)


def test_exif_outweighs_xmp() -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    assert _read(encoded(Image.new("RGB", SIZE), "JPEG", exif=exif, xmp=XMP)).shape == (24, 40, 3)


# Averaging down.


def _noise(mode: str, width: int, height: int) -> Image.Image:
    rng = np.random.default_rng(width * 71 + height)
    if mode == "I;16":
        return Image.fromarray(rng.integers(0, 65536, (height, width), dtype=np.uint16))
    if mode == "P":
        image = _noise("RGB", width, height).quantize(9)
        image.info["transparency"] = 3
        return image
    bands = Image.new(mode, (1, 1)).getbands()
    noise = rng.integers(0, 256, (len(bands), height, width), dtype=np.uint8)
    return Image.merge(mode, [Image.fromarray(band) for band in noise])


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["RGB", "RGBA", "L", "LA", "I;16", "P", "CMYK"]),
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(1, 30),
)
def test_strips_give_what_the_whole_gives(mode: str, width: int, height: int, short: int) -> None:
    image = _noise(mode, width, height)
    whole = np.asarray(rgb.upright_rgb(image.copy(), short))
    strip, rgb._STRIP = rgb._STRIP, 1
    try:
        found = np.asarray(rgb.upright_rgb(image.copy(), short))
    finally:
        rgb._STRIP = strip
    np.testing.assert_array_equal(found, whole)
    assert min(found.shape[:2]) >= min(short, width, height)


def test_averaging_keeps_the_mean() -> None:
    found = _read(encoded(Image.fromarray(np.tile(PHOTO, (10, 10, 1)))), short_side=24)
    assert found.shape == (24, 40, 3)
    np.testing.assert_allclose(found.mean((0, 1)), PHOTO.mean((0, 1)), atol=1)


@pytest.mark.skipif("HEIF" not in rgb.FORMATS, reason="the extra `heic` is not installed")
def test_heic_is_read() -> None:
    data = encoded(Image.new("RGB", (64, 48), (200, 60, 30)), "HEIF", quality=95)
    np.testing.assert_allclose(_read(data)[5, 5], (200, 60, 30), atol=6)
