"""Bytes from a stranger to a picture. The type is told by content; limits come before decoding."""

import io
import zipfile
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from models.images.rgb import FORMATS, upright_rgb
from serving.errors import BadPicture, TooLarge
from serving.settings import Settings

T = TypeVar("T")
_PEEK = 4096  # bytes at either end that are looked at for what else a file might be
_DISGUISES = (b"%pdf-", b"<!doctype", b"<html", b"<script", b"<svg", b"<?php")
_PAINTED = 128  # of 255: from here on a mask counts as painted


def decode(data: bytes, settings: Settings) -> np.ndarray:
    """Decodes a picture.

    Args:
        data: A JPEG, PNG, WebP, BMP, GIF or TIFF file; of several frames, the first is taken.
        settings: The limits.

    Returns:
        uint8 [height, width, 3], RGB in sRGB, upright, transparency laid on white.

    Raises:
        BadPicture: If it is none, broken, or something else as well.
        TooLarge: If it is above the limits.
    """
    return _opened(data, settings, _pixels)


def size(data: bytes, settings: Settings) -> tuple[int, int]:
    """Reads a picture's size, before any memory is spent on its pixels.

    Args:
        data: As for `decode`.
        settings: The limits.

    Returns:
        Width and height in pixels, before the picture is turned upright.

    Raises:
        BadPicture: As for `decode`.
        TooLarge: As for `decode`.
    """
    return _opened(data, settings, lambda image: image.size)


def decode_mask(data: bytes, settings: Settings) -> np.ndarray:
    """Decodes a painted mask.

    Args:
        data: As for `decode`. Where it has transparent pixels, the opaque ones are painted;
            elsewhere the light ones are.
        settings: The limits.

    Returns:
        bool [height, width], upright, true where painted.

    Raises:
        BadPicture: As for `decode`.
        TooLarge: As for `decode`.
    """
    return _opened(data, settings, _painted)


def _opened(data: bytes, settings: Settings, convert: Callable[[Image.Image], T]) -> T:
    """Whatever `convert` makes of the image, once it is known to be harmless."""
    if not data:
        raise BadPicture("the file is empty")
    if len(data) > settings.max_bytes:
        raise TooLarge(f"the file has more than the {settings.max_bytes / 1e6:g} MB allowed")
    _refuse_disguises(data)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            settings.check_picture(*image.size)
            return convert(image)
    except TooLarge:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLarge(
            f"the picture has more than the {settings.max_pixels / 1e6:g} megapixels allowed"
        ) from error
    except UnidentifiedImageError as error:  # its own words name a place in memory
        raise BadPicture(f"not an image in {', '.join(FORMATS)} format") from error
    except Exception as error:  # decoders raise nearly everything on bad bytes
        raise BadPicture(f"the image is broken: {' '.join(str(error).split())[:120]}") from error


def _refuse_disguises(data: bytes) -> None:
    """A file may be a picture to one program and a page, a document or an archive to another."""
    ends = (data[:_PEEK] + b"\0" + data[-_PEEK:]).lower()
    if any(mark in ends for mark in _DISGUISES) or zipfile.is_zipfile(io.BytesIO(data)):
        raise BadPicture(
            f"not only an image, but a page, a document or an archive; save it anew as one of "
            f"{', '.join(FORMATS)}"
        )


def _pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(upright_rgb(image))


def _painted(image: Image.Image) -> np.ndarray:
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
        if alpha.min() < _PAINTED:
            return alpha >= _PAINTED
    return np.asarray(upright_rgb(image).convert("L")) >= _PAINTED
