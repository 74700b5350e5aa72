"""Pictures that are made to be slow or large to read, told by their headers alone."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from models.images import headers
from tests.pictures import encoded


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def _stuffed(bits: str) -> bytes:
    """Bits as a JPEG holds them: filled with ones, and a zero behind each 0xFF."""
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return data.replace(b"\xff", b"\xff\0")


def many_scans(side: int, number: int) -> bytes:
    """A grey progressive JPEG whose scans, but for the first, say nothing."""
    blocks = (side // 8) ** 2
    runs, rest = divmod(blocks, 16384)
    nothing = _stuffed(("00" + "0" * 14) * runs + "01" * rest)
    table = bytes([1] + [0] * 15) + b"\0", bytes([0, 2] + [0] * 14) + b"\xe0\0"
    refine = _segment(0xDA, b"\x01\x01\0\x01\x3f\x10") + nothing
    parts = [
        b"\xff\xd8",
        _segment(0xDB, b"\0" + b"\x01" * 64),
        _segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\x01\x11\0"),
        _segment(0xC4, b"\0" + table[0]),
        _segment(0xC4, b"\x10" + table[1]),
        _segment(0xDA, b"\x01\x01\0\0\0\0") + _stuffed("0" * blocks),
        _segment(0xDA, b"\x01\x01\0\x01\x3f\x0d") + nothing,
        refine * (number - 2),
        b"\xff\xd9",
    ]
    return b"".join(parts)


def one_tile(side: int) -> bytes:
    """A TIFF of 16 x 16 pixels whose only tile has `side` x `side`."""
    body = zlib.compress(bytes(side * side), 9)
    short, long = 3, 4
    tags = [(256, short, 16), (257, short, 16), (258, short, 8), (259, short, 8), (262, short, 1)]
    tags += [(277, short, 1), (322, long, side), (323, long, side), (324, long, 8)]
    tags += [(325, long, len(body))]
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + table + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory


def checked(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        headers.check(image, data)


NOISE = Image.fromarray(np.random.default_rng(5).integers(0, 256, (90, 130, 3), np.uint8))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"progressive": True, "quality": 100, "subsampling": 0}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("PNG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
    ],
)
def test_honest_pictures_pass(kind: str, options: dict) -> None:
    checked(encoded(NOISE, kind, **options))


def test_scans_are_counted_and_those_of_thumbnails_are_not() -> None:
    assert headers.scans(encoded(NOISE, "JPEG"), 99) == 1
    progressive = encoded(NOISE, "JPEG", progressive=True)
    assert headers.scans(progressive, 99) == 10
    thumbnail = _segment(0xE1, b"Exif\0\0" + many_scans(16, 90))
    assert headers.scans(progressive[:2] + thumbnail + progressive[2:], 99) == 10
    assert headers.scans(progressive + progressive, 99) == 10  # the first picture's
    assert headers.scans(many_scans(64, 40), 99) == 40
    assert headers.scans(many_scans(64, 40), 7) == 7


def test_a_jpeg_of_many_scans_is_one_that_can_be_read() -> None:
    with Image.open(io.BytesIO(many_scans(64, 40))) as image:
        image.load()
        assert image.size == (64, 64)


def test_bombs_are_told() -> None:
    checked(many_scans(64, headers.MAX_SCANS))
    with pytest.raises(headers.Costly, match="more than 64 scans"):
        checked(many_scans(64, headers.MAX_SCANS + 1))
    checked(one_tile(256))
    with pytest.raises(headers.Costly, match="a tile of its TIFF data has 25 MB"):
        checked(one_tile(5000))
