"""Any image file to an upright JPEG of the working size, or the reason why not."""

import io
import re
import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image, UnidentifiedImageError

from components.image_example_gen.budget import decoding_bytes
from components.image_example_gen.duplicates import thumbnail
from models.images.rgb import FORMATS, is_srgb, upright_rgb

_JPEG_QUALITY = 95
_ORIENTATION = 0x0112  # EXIF tag
_ON_ITS_SIDE = (5, 6, 7, 8)
_OPERATION = re.compile(r"\{\{function_node .*?\}\}|\[Op:\w+\]")  # around TensorFlow's own words
_MAX_DETAIL = 200  # characters


class Limits(NamedTuple):
    """What an image may be and what it is made into."""

    working_size: int  # greatest short side of the result, pixels
    min_side: int  # smallest short side of the original, pixels
    max_side: int  # greatest long side of the original, pixels
    max_pixels: int  # greatest width x height of the original
    max_bytes: int  # greatest length of the file
    max_memory: int  # greatest number of bytes that decoding may take


class Photograph(NamedTuple):
    """A usable image."""

    jpeg: bytes  # upright, RGB or grey
    width: int  # of the original, upright, pixels
    height: int


class Rejected(Exception):
    """An image that cannot be used.

    Attributes:
        reason: One word for counting, such as `corrupt`.
    """

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason


def normalise(data: bytes, limits: Limits) -> Photograph:
    """Checks an image file and makes it an upright JPEG of at most the working size.

    An upright RGB or grey JPEG in sRGB within that size is passed through byte for byte. Anything
    else becomes what `upright_rgb` makes of it.

    Args:
        data: The file's bytes.
        limits: Sizes to keep.

    Returns:
        The photograph.

    Raises:
        Rejected: If it is `empty`, `too_large`, `too_small` or `corrupt`.
    """
    return examine(data, limits)[0]


def examine(data: bytes, limits: Limits) -> tuple[Photograph, np.ndarray]:
    """Does what `normalise` does, and makes a thumbnail while the picture is decoded.

    Args:
        data: The file's bytes.
        limits: Sizes to keep.

    Returns:
        The photograph, and a thumbnail as `duplicates.thumbnail` makes it.

    Raises:
        Rejected: As for `normalise`.
    """
    if not data:
        raise Rejected("empty", "the file is empty")
    if len(data) > limits.max_bytes:
        raise Rejected("too_large", f"more than {limits.max_bytes} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, and of sizes, checked below
            return _normalise(data, limits)
    except Rejected:
        raise
    except UnidentifiedImageError as error:  # its own words name a place in memory
        raise Rejected("corrupt", f"not an image in {', '.join(FORMATS)} format") from error
    except MemoryError as error:
        raise Rejected("too_large", "there is not enough memory to decode it") from error
    except Exception as error:  # decoders raise nearly everything on bad bytes
        raise Rejected("corrupt", _detail(error)) from error


def _detail(error: Exception) -> str:
    """What a decoder has to say, in a line."""
    return " ".join(_OPERATION.sub("", str(error)).split())[:_MAX_DETAIL]


def _normalise(data: bytes, limits: Limits) -> tuple[Photograph, np.ndarray]:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        _check_size(width, height, limits)
        if image.format in ("JPEG", "MPO"):
            if _may_pass(image, limits.working_size):
                # By the decoder that training will use, which refuses what Pillow lets pass. At an
                # eighth of the size it reads all the same, and leaves out most of the arithmetic.
                pixels = tf.io.decode_jpeg(tf.constant(data), ratio=8).numpy()
                return Photograph(data, width, height), thumbnail(pixels)
            # Lets the decoder itself scale down, by a power of two, to no less than asked.
            image.draft(None, (limits.working_size, limits.working_size))
        needed = decoding_bytes(image, width * height)
        if needed > limits.max_memory:
            raise Rejected("too_large", f"decoding takes about {needed / 1e6:,.0f} MB of memory")
        jpeg, pixels = _reencode(image, limits.working_size)
        # Of a TIFF, Pillow has given the upright size.
        turned = image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE and image.format != "TIFF"
        size = (height, width) if turned else (width, height)
        return Photograph(jpeg, *size), thumbnail(pixels)


def _check_size(width: int, height: int, limits: Limits) -> None:
    size = f"{width} x {height} pixels"
    if width * height > limits.max_pixels or max(width, height) > limits.max_side:
        raise Rejected("too_large", size)
    if min(width, height) < limits.min_side:
        raise Rejected("too_small", size)


def _may_pass(image: Image.Image, working_size: int) -> bool:
    return (
        min(image.size) <= working_size
        and image.mode in ("RGB", "L")
        and image.getexif().get(_ORIENTATION, 1) in (0, 1)
        and is_srgb(image)
    )


def _reencode(image: Image.Image, working_size: int) -> tuple[bytes, np.ndarray]:
    upright = upright_rgb(image, 2 * working_size)
    scale = working_size / min(upright.size)
    if scale < 1:
        size = (round(upright.width * scale), round(upright.height * scale))
        upright = upright.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue(), np.asarray(upright)
