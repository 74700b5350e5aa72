"""What reading a picture would cost, by its headers: a small file may ask for hours."""

import re

from PIL import Image, TiffTags
from PIL.TiffImagePlugin import TiffImageFile

MAX_SCANS = 64  # of a progressive JPEG; encoders write ten, the most thorough under thirty
_SPARE = 16_000_000  # bytes that a tile may have beyond what its picture needs
_TIMES = 4  # of a picture's own bytes, that one of its tiles may have

# In a JPEG's compressed data, 0xFF is followed by 0 (a byte of data), by 0xFF (filling) or by one
# of the restart markers; anything else is the next segment.
_SEGMENT = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_START_OF_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset({0x01, 0xD8, _END})  # markers without a length behind them


class Costly(ValueError):
    """A picture whose reading would cost more than a picture of its size can need."""


def check(image: Image.Image, data: bytes) -> None:
    """Refuses a picture that is made to be slow or large to read; looks at headers alone.

    Args:
        image: As Pillow opened it, its pixels not read yet.
        data: The file.

    Raises:
        Costly: If it is; says what of it.
    """
    if image.format in ("JPEG", "MPO"):
        number = scans(data, MAX_SCANS + 1)
        if number > MAX_SCANS:
            raise Costly(f"its JPEG data come in more than {MAX_SCANS} scans")
    if isinstance(image, TiffImageFile):
        own, largest = tile_bytes(image)
        if largest > _TIMES * own + _SPARE:
            raise Costly(
                f"a tile of its TIFF data has {largest / 1e6:.0f} MB, the picture {own / 1e6:.1f}"
            )


def scans(data: bytes, most: int) -> int:
    """Counts the scans of a JPEG's first picture, each of which passes over all of its pixels.

    Args:
        data: The file.
        most: Where to stop counting.

    Returns:
        How many there are, or `most`. Thumbnails in the metadata are not counted.
    """
    at = number = 0
    while number < most:
        found = _SEGMENT.search(data, at)
        if not found or found[1][0] == _END:
            break
        kind, at = found[1][0], found.end()
        if kind in _ALONE:
            continue
        number += kind == _START_OF_SCAN
        at += int.from_bytes(data[at : at + 2], "big")
    return number


def tile_bytes(image: TiffImageFile) -> tuple[int, int]:
    """Says what a TIFF picture takes when unpacked, and what the largest of its tiles does.

    Args:
        image: Its pixels not read yet.

    Returns:
        Bytes of the whole picture, and of one tile; strips are never larger than the picture.
    """
    tags = {TiffTags.lookup(key).name: value for key, value in image.tag_v2.items()}
    bits = tags.get("BitsPerSample", (1,))
    sample = sum(bits) if isinstance(bits, tuple) else int(bits)
    across, down = (_number(tags.get(name)) for name in ("TileWidth", "TileLength"))
    return image.width * image.height * sample // 8, across * down * sample // 8


def _number(value: object) -> int:
    """A tag's value, which a broken file may give as anything."""
    return value if isinstance(value, int) else 0
