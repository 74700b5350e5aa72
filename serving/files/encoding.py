"""A picture to bytes, with what it says of itself and what is kept of its input."""

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
from PIL import Image

from serving.errors import TooLarge
from serving.files.decoding import Picture
from serving.geometry import Plan
from serving.output import Output

_SIDES = {"JPEG": 65_500, "WEBP": 16_383}  # the most pixels a side that a format can have
_INCH = 0.0254  # metres
# https://cv.iptc.org/newscodes/digitalsourcetype/ names what part a model has in a picture.
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_XMP = f"""<?xpacket begin="\N{BOM}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
   xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
   xmp:CreatorTool="Outpainting" Iptc4xmpExt:DigitalSourceType="{_SOURCE}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def encode(pixels: np.ndarray, output: Output, source: Picture | None = None) -> bytes:
    """Encodes a picture.

    Args:
        pixels: uint8 [height, width, 3], RGB, or [height, width, 4], RGBA.
        output: How.
        source: What it was made of: its EXIF, profile and resolution go into the file.

    Returns:
        The file's bytes. But for what `source` brings and the label, they hold nothing but pixels.

    Raises:
        TooLarge: If a side is more than the format can have.
    """
    kind, side = output.kind, max(pixels.shape[:2])
    if side > _SIDES.get(kind, side):
        raise TooLarge(f"a {kind} has at most {_SIDES[kind]} pixels a side, not {side}; take png")
    if kind == "PNG":
        return _png(pixels, output, source)
    options: dict[str, Any] = {"quality": output.quality}
    options |= {"subsampling": 0} if kind == "JPEG" else {"lossless": output.quality == 100}
    if output.label:
        options["xmp"] = _XMP
    if source:
        kept = {"exif": source.exif, "icc_profile": source.profile, "dpi": source.dpi}
        options |= {name: value for name, value in kept.items() if value}
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def layer(pixels: np.ndarray, plan: Plan, area: np.ndarray | None) -> np.ndarray:
    """Makes a layer of the imagined pixels alone.

    Args:
        pixels: uint8 [height, width, 3], the result.
        plan: Where its input lies in it.
        area: bool, of the input's height and width, true where it was imagined anew; None for
            nowhere.

    Returns:
        uint8 [height, width, 4], transparent and black where nothing is new.
    """
    new = np.ones((plan.height, plan.width), bool)
    left, top, right, bottom = plan.known.edges
    kept = np.s_[plan.top + top : plan.top + bottom, plan.left + left : plan.left + right]
    new[kept] = False if area is None else area[top:bottom, left:right]
    result = np.zeros((*new.shape, 4), np.uint8)
    result[new, :3] = pixels[new]
    result[..., 3] = 255 * new
    return result


def _png(pixels: np.ndarray, output: Output, source: Picture | None) -> bytes:
    """By OpenCV, as large and in half of Pillow's time; what it cannot write is put in."""
    order = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    data = cv2.imencode(".png", cv2.cvtColor(pixels, order))[1].tobytes()
    chunks = []
    if source and source.profile:
        chunks.append((b"iCCP", b"input\0\0" + zlib.compress(source.profile)))
    if source and source.dpi:
        across, down = (round(value / _INCH) for value in source.dpi)
        chunks.append((b"pHYs", struct.pack(">IIB", across, down, 1)))
    if source and source.exif:
        chunks.append((b"eXIf", source.exif.removeprefix(b"Exif\0\0")))
    if output.label:
        chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _XMP))
    head = 8 + 25  # the signature and IHDR
    return b"".join([data[:head], *(_chunk(*chunk) for chunk in chunks), data[head:]])


def _chunk(kind: bytes, data: bytes) -> bytes:
    whole = kind + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))
