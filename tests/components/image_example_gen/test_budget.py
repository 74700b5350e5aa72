"""Holds the estimates of memory to what decoding really takes, in processes of their own."""

import io
import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.image_example_gen import budget
from tests.pictures import encoded

ROOT = Path(__file__).parents[3]
SIZE = (4000, 2500)  # 10 megapixels
MEASURE = """
import io, json, resource, sys
from PIL import Image
from components.image_example_gen.budget import decoding_bytes
from models.images.rgb import FORMATS, upright_rgb

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

for form in FORMATS:  # loads the decoder
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, form)
    upright_rgb(Image.open(out, formats=FORMATS), 32)
data = sys.stdin.buffer.read()
with Image.open(io.BytesIO(data), formats=FORMATS) as image:
    pixels = image.width * image.height
    image.draft(None, (256, 256))
    estimate, before = decoding_bytes(image, pixels), peak()
    upright_rgb(image, 512)
print(json.dumps([estimate, peak() - before]))
"""


def _file(mode: str, form: str, **options: object) -> bytes:
    pixels = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    pixels[::7], pixels[:, ::11] = 90, 200
    if mode == "I;16":
        image = Image.fromarray(np.full(SIZE[::-1], 3000, np.uint16))
    else:
        image = Image.fromarray(pixels).convert(mode)
    return encoded(image, form, **options)


@pytest.mark.parametrize(
    ("mode", "form", "options"),
    [
        ("RGB", "PNG", {"compress_level": 1}),
        ("RGBA", "PNG", {"compress_level": 1}),
        ("LA", "PNG", {"compress_level": 1}),
        ("L", "PNG", {"compress_level": 1}),
        ("I;16", "PNG", {"compress_level": 1}),
        ("RGB", "JPEG", {"progressive": True, "subsampling": 0}),
        ("RGB", "JPEG", {}),
        ("RGB", "WEBP", {"method": 0}),
        ("RGB", "AVIF", {"speed": 10}),
        ("RGB", "TIFF", {"compression": "tiff_lzw"}),
        ("P", "GIF", {}),
    ],
)
def test_decoding_takes_no_more_than_estimated(mode: str, form: str, options: dict) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=_file(mode, form, **options),
        capture_output=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr.decode()
    estimate, taken = json.loads(done.stdout)
    # A strip of four million pixels comes on top, whatever the size, and up to three copies of it.
    assert taken <= estimate + 60_000_000


def test_a_tile_larger_than_its_picture_counts() -> None:
    tags = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 322: 20_000, 323: 20_000}
    tags |= {324: 8, 325: 0}  # where the tile is, and its length
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items()]
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    with Image.open(io.BytesIO(b"II*\0" + struct.pack("<I", 8) + directory)) as image:
        assert image.size == (16, 16)
        assert budget.decoding_bytes(image, 256) >= 400_000_000
