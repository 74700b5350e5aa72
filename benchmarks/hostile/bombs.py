"""Small files that ask for much, and files that are none."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image


def every(sample: Path) -> dict[str, bytes]:
    """Makes them.

    Args:
        sample: A folder with photographs, of which some are broken.

    Returns:
        Files by a name for them.
    """
    photograph = next(sample.rglob("*.jpg")).read_bytes()
    noise = np.random.default_rng(0).integers(0, 256, photograph.__len__(), np.uint8).tobytes()
    return {
        "scans": many_scans(4992, 1000),
        "few_scans": many_scans(7992, 60),  # as many as are taken: a matter for the budget
        "tile": one_tile(19_968),
        "deflated": flat_png(60_000, 60_000),
        "just_allowed": flat_png(8_000, 7_990),
        "text": compressed_text(200_000_000),
        "cut": photograph[: len(photograph) // 2],
        "noise": noise,
        "polyglot": photograph + b"<!doctype html><script>alert(1)</script>",
    }


def many_scans(side: int, number: int) -> bytes:
    """A grey progressive JPEG whose scans, but for the first, say nothing.

    Args:
        side: Pixels, a multiple of 8.
        number: Of scans, at least 2.

    Returns:
        The file.
    """

    def segment(marker: int, body: bytes) -> bytes:
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body

    def stuffed(bits: str) -> bytes:
        bits += "1" * (-len(bits) % 8)
        packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
        return packed.replace(b"\xff", b"\xff\0")

    blocks = (side // 8) ** 2
    runs, rest = divmod(blocks, 16384)
    nothing = stuffed(("00" + "0" * 14) * runs + "01" * rest)
    refine = segment(0xDA, b"\x01\x01\0\x01\x3f\x10") + nothing
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xDB, b"\0" + b"\x01" * 64),
            segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\x01\x11\0"),
            segment(0xC4, b"\0" + bytes([1] + [0] * 15) + b"\0"),
            segment(0xC4, b"\x10" + bytes([0, 2] + [0] * 14) + b"\xe0\0"),
            segment(0xDA, b"\x01\x01\0\0\0\0") + b"\0" * (blocks // 8 + 1),
            segment(0xDA, b"\x01\x01\0\x01\x3f\x0d") + nothing,
            refine * (number - 2),
            b"\xff\xd9",
        ]
    )


def one_tile(side: int) -> bytes:
    """A TIFF of 16 x 16 pixels whose only tile has `side` x `side`."""
    body = zlib.compress(bytes(side * side), 9)
    values = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side, 324: 8}
    values[325] = len(body)
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    directory = struct.pack("<H", len(values)) + table + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory


def flat_png(width: int, height: int) -> bytes:
    """A black PNG, 1 bit a pixel, whose data end early where they would be many."""
    rows = min((1 + (width + 7) // 8) * height, 30_000_000)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return _png((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)))


def compressed_text(size: int) -> bytes:
    """A PNG of one pixel with so many bytes of text."""
    out = io.BytesIO()
    Image.new("L", (1, 1)).save(out, "PNG")
    data = out.getvalue()
    text = b"Comment\0\0" + zlib.compress(b"x" * size, 9)
    return data[:33] + _chunk(b"zTXt", text) + data[33:]


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in (*chunks, (b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    whole = kind + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))
