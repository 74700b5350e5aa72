"""Any image that Pillow opens, to upright RGB in sRGB: the same in training and at use."""

import functools
import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageCms, ImageOps

try:
    import pillow_heif
except ImportError:  # the extra `heic` brings it
    _HEIF: tuple[str, ...] = ()
else:
    pillow_heif.register_heif_opener()
    _HEIF = ("HEIF",)

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", *_HEIF)  # MPO comes under JPEG
# Whoever opens an image holds its size against a setting of his own before he decodes it. Pillow's
# own limit would come before that, and overrule any that is higher.
Image.MAX_IMAGE_PIXELS = None

_Convert = Callable[[Image.Image], Image.Image]
_SRGB = ImageCms.createProfile("sRGB")
_SAME = 2  # levels of 255 by which a profile that means sRGB may differ from Pillow's
_STRIP = 4_000_000  # pixels converted at a time
_DEEP = ("I", "I;16", "I;16L", "I;16B", "I;16N")  # 16 bits, or 16-bit values in 32
_FLAT = ("L", "RGB", "CMYK", "LAB")  # 8 bits, opaque, and a profile may be of them
_KEPT = ("icc_profile", "exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif")


def upright_rgb(image: Image.Image, short_side: int | None = None) -> Image.Image:
    """Makes an image upright, opaque and sRGB.

    EXIF's orientation is followed in every format, or XMP's where EXIF has none. Transparency is
    laid on white, 16 bits become 8, and colours are converted by the profile that the image brings,
    whatever its name; one that does not fit its pixels is passed over, as browsers do.

    Args:
        image: Of any mode; of an animation, its first frame.
        short_side: Where given, a larger image is first averaged down by a whole number, to a short
            side of no less than this many pixels. That saves time, and memory for its copies.

    Returns:
        The image, mode RGB.

    Raises:
        ValueError: If its pixels are floating-point numbers, which have no known range.
    """
    image.load()  # some of the metadata may lie behind the pixels
    times = max(1, min(image.size) // short_side) if short_side else 1
    flat = _reduced(image, times)
    convert = _conversion(flat.info.get("icc_profile"), flat.mode)
    rgb = convert(flat) if convert else flat.convert("RGB")
    rgb.info = flat.info
    upright = ImageOps.exif_transpose(rgb)
    upright.info = {}
    return upright


def is_srgb(image: Image.Image) -> bool:
    """Tells whether pixels mean what they say without a look at the profile.

    Args:
        image: Mode L or RGB.

    Returns:
        True where there is no profile, or one that means sRGB, or one that does not fit.
    """
    return _conversion(image.info.get("icc_profile"), image.mode) is None


def _reduced(image: Image.Image, times: int) -> Image.Image:
    """Flattens an image and averages it down, a strip at a time: a copy of all of it is large."""
    rows = times * max(1, _STRIP // (image.width * times))
    if times == 1 or rows >= image.height:
        flat = _flattened(image)
        flat = flat.reduce(times) if times > 1 else flat
    else:
        size = (-(-image.width // times), -(-image.height // times))
        flat = Image.new(_flattened(image.crop((0, 0, 1, 1))).mode, size)
        for top in range(0, image.height, rows):
            box = (0, top, image.width, min(top + rows, image.height))
            flat.paste(_flattened(image.crop(box)).reduce(times), (0, top // times))
    flat.info = {key: image.info[key] for key in _KEPT if key in image.info}
    return flat


def _flattened(image: Image.Image) -> Image.Image:
    """8 bits and opaque; a grey image stays grey, for its profile is of one channel."""
    if image.mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if image.mode in _DEEP:  # Pillow would clip 16 bits at 255
        values = np.clip(np.asarray(image), 0, 65535).astype(np.uint32)
        return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
    grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        veiled = image.convert("LA" if grey else "RGBA")
        white = Image.new("L" if grey else "RGB", image.size, "white")
        white.paste(veiled.convert(white.mode), mask=veiled.getchannel("A"))
        return white
    return image if image.mode in _FLAT else image.convert("L" if grey else "RGB")


@functools.lru_cache(maxsize=32)
def _conversion(profile: bytes | None, mode: str) -> _Convert | None:
    """What makes sRGB of pixels, or None where they are so already or nothing better is known."""
    if not profile and mode != "LAB":
        return None
    try:
        source = (
            ImageCms.createProfile("LAB")
            if mode == "LAB"
            else ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        )
        # Of a grey profile its library makes a coarse table: 10 levels off in the shadows.
        flags = ImageCms.Flags.NOOPTIMIZE if mode == "L" else ImageCms.Flags.NONE
        convert = ImageCms.buildTransform(source, _SRGB, mode, "RGB", flags=flags)
    except (ImageCms.PyCMSError, OSError):  # broken, or of other channels
        return None
    # By what it does: some that are called sRGB are linear, many are sRGB by another name.
    chart = _chart(mode)
    made = convert.apply(chart)
    if mode in ("L", "RGB") and _difference(chart.convert("RGB"), made) <= _SAME:
        return None
    return functools.partial(_looked_up, made) if mode == "L" else convert.apply


def _looked_up(ramp: Image.Image, grey: Image.Image) -> Image.Image:
    """Colours of greys, by the colours of all 256."""
    return Image.merge("RGB", [grey.point(band.tobytes()) for band in ramp.split()])


def _chart(mode: str) -> Image.Image:
    """All greys, or a lattice of colours."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)
    return Image.fromarray(lattice) if mode == "RGB" else Image.new(mode, (1, 1))


def _difference(one: Image.Image, other: Image.Image) -> int:
    return int(abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max())
