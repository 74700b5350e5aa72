"""Any image that Pillow opens, to upright RGB: the same in training and at use."""

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")  # MPO comes under JPEG


def upright_rgb(image: Image.Image) -> Image.Image:
    """Turns an image by its EXIF tag and makes it RGB, with transparency laid on white.

    Args:
        image: Of any mode; of an animation, its first frame.

    Returns:
        The image, mode RGB.

    Raises:
        ValueError: If its pixels are floating-point numbers, which have no known range.
    """
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "I;16", "I;16L", "I;16B", "I;16N"):
        # Pillow would clip 16 bits at 255.
        values = np.clip(np.asarray(image).astype(np.int64), 0, 65535) / 257
        image = Image.fromarray(np.round(values).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("floating-point pixels have no known range")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        image = Image.alpha_composite(white, rgba)
    return image.convert("RGB")
