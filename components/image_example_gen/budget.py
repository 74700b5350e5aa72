"""How much memory decoding an image takes, told from its header."""

from PIL import Image

# Bytes a pixel at the worst moment, as measured with `upright_rgb` on pictures of 50 megapixels.
_BY_FORMAT = {"WEBP": 16.1, "AVIF": 10, "HEIF": 10}  # their decoders hold further copies
_BY_MODE = {"1": 1.5, "L": 1.5, "P": 1.5, "I;16": 3, "I;16B": 3, "I;16L": 3, "I;16N": 3}
_OTHER = 5.5
_COEFFICIENT = 2  # bytes, of which a progressive JPEG keeps one a sample until its last scan
_TILE_WIDTH, _TILE_LENGTH = 322, 323  # TIFF tags


def decoding_bytes(image: Image.Image, pixels: int) -> int:
    """Estimates what decoding takes.

    Args:
        image: Opened and not decoded; of a JPEG, its draft size is set.
        pixels: Of the whole image, before that.

    Returns:
        Bytes.
    """
    decoded = image.width * image.height
    if image.format == "TIFF":  # a tile may be larger than the image
        tags = image.tag_v2  # type: ignore[attr-defined]
        decoded = max(decoded, tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_LENGTH, 0))
    each = _BY_FORMAT.get(image.format or "", _BY_MODE.get(image.mode, _OTHER))
    kept = pixels * _COEFFICIENT * len(image.getbands()) if image.info.get("progressive") else 0
    return round(decoded * each) + kept
