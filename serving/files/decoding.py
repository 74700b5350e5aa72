"""Bytes from a stranger to a picture.

The type is told by content. Limits come before decoding, and `files.isolation` puts a budget
around all of it.
"""

import io
import re
import zipfile
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from models.images import headers
from models.images.rgb import FORMATS, upright_rgb
from serving.errors import BadPicture, TooLarge
from serving.files import metadata
from serving.output import Reading
from serving.settings import Settings

T = TypeVar("T")
_PEEK = 65_536  # bytes behind a picture's end that are looked at for what else a file might be
_DISGUISES = (b"%pdf-", b"<!doctype", b"<html", b"<script", b"<svg", b"<?php")
_ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b"\0;"}
_PAINTED = 128  # of 255: from here on a mask counts as painted
_HEIC = re.compile(rb"^....ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)
_TURNED = (5, 6, 7, 8)  # the orientations that swap width and height


class Picture(NamedTuple):
    """What a file holds."""

    pixels: np.ndarray  # uint8 [height, width, 3], upright RGB, transparency laid on white
    area: np.ndarray | None = None  # bool [height, width], true where it was transparent, if asked
    notes: tuple[str, ...] = ()  # what a result cannot keep of it, in words
    exif: bytes = b""  # what is kept of it, ready to be written; empty for none
    profile: bytes = b""  # of the colours, where they were not converted to sRGB
    dpi: tuple[float, float] | None = None  # dots an inch


def decode(data: bytes, settings: Settings, reading: Reading | None = None) -> Picture:
    """Decodes a picture.

    Args:
        data: A file in one of FORMATS; of several frames, the first is taken.
        settings: The limits.
        reading: How.

    Returns:
        The picture.

    Raises:
        BadPicture: If it is none, broken, or something else as well.
        TooLarge: If it is above the limits, or made to be slow or large to read.
    """
    how = reading or Reading()
    return _opened(data, settings, lambda image: _read(image, data, how))


def size(data: bytes, settings: Settings) -> tuple[int, int]:
    """Reads a picture's size, before any memory is spent on its pixels.

    Args:
        data: As for `decode`.
        settings: The limits.

    Returns:
        Width and height in pixels, upright as far as what stands before the pixels tells.

    Raises:
        BadPicture: As for `decode`.
        TooLarge: As for `decode`.
    """
    return _opened(data, settings, _upright_size)


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
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            settings.check_picture(*image.size)
            _refuse_disguises(data, image.format or "")
            headers.check(image, data)
            return convert(image)
    except (TooLarge, BadPicture, MemoryError):
        raise
    except headers.Costly as error:
        raise TooLarge(f"the picture would take too much to read: {error}") from error
    except UnidentifiedImageError as error:  # its own words name a place in memory
        raise BadPicture(_what_it_is(data)) from error
    except Exception as error:  # decoders raise nearly everything on bad bytes
        raise BadPicture(f"the image is broken: {' '.join(str(error).split())[:120]}") from error


def _what_it_is(data: bytes) -> str:
    if "HEIF" not in FORMATS and _HEIC.match(data):
        return (
            "a HEIC picture, as telephones write them, which cannot be read here; export it as "
            "JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible)"
        )
    if any(mark in data[:4096].lower() for mark in _DISGUISES) or _is_archive(data):
        return (
            f"not an image, but a page, a document or an archive; save it anew as one of "
            f"{', '.join(FORMATS)}"
        )
    return f"not an image in {', '.join(FORMATS)} format"


def _refuse_disguises(data: bytes, kind: str) -> None:
    """A file may be a picture to one program and a page, a document or an archive to another.

    Such things lie behind the picture's end; what stands within it, such as a caption, may say
    what it likes.
    """
    end = data.rfind(_ENDS[kind]) + len(_ENDS[kind]) if kind in _ENDS else len(data)
    if kind == "WEBP":
        end = 8 + int.from_bytes(data[4:8], "little")
    behind = (data[end : end + _PEEK] + b"\0" + data[max(end, len(data) - _PEEK) :]).lower()
    if any(mark in behind for mark in _DISGUISES) or _is_archive(data):
        raise BadPicture(
            f"not only an image, but a page, a document or an archive; save it anew as one of "
            f"{', '.join(FORMATS)}"
        )


def _is_archive(data: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(data))


def _upright_size(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    turned = image.getexif().get(metadata.ORIENTATION) in _TURNED
    return (height, width) if turned else (width, height)


def _read(image: Image.Image, data: bytes, reading: Reading) -> Picture:
    notes = []
    if metadata.is_deep(image, data):
        notes.append("16 bits a channel became 8")
    if image.mode == "CMYK":
        notes.append("CMYK became RGB")
    if image.format in ("GIF", "WEBP", "PNG") and getattr(image, "is_animated", False):
        notes.append("of several frames, the first was taken")
    image.load()  # some of the metadata may lie behind the pixels
    profile = metadata.kept_profile(image) if reading.profile == "keep" else b""
    exif, dpi, area = b"", None, None
    if reading.metadata != "none":
        exif = metadata.kept_exif(image, everything=reading.metadata == "all")
        dpi = metadata.resolution(image.info.get("dpi"))
    if image.has_transparency_data:
        alpha = np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))[..., 3]
        if reading.alpha == "area":
            area = alpha < _PAINTED
        elif alpha.min() < 255:
            notes.append("transparent parts were laid on white")
        del alpha
    pixels = np.asarray(upright_rgb(image))
    return Picture(pixels, area, tuple(notes), exif, profile, dpi)


def _painted(image: Image.Image) -> np.ndarray:
    turned = ImageOps.exif_transpose(image)
    if turned.has_transparency_data:
        alpha = np.asarray(turned.convert("RGBA"))[..., 3]
        if alpha.min() < _PAINTED:
            return alpha >= _PAINTED
    return np.asarray(upright_rgb(image).convert("L")) >= _PAINTED
