"""Pictures of pictures, for people to look at."""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw

_GAP = 4  # pixels
_HEADER = 16  # pixels
_SCALE = 2  # 128 pixels are small on today's screens


def sheet(columns: Mapping[str, np.ndarray]) -> Image.Image:
    """Lays pictures out in titled columns, a row a picture.

    Args:
        columns: By title, float32 [n, height, width, 3] in 0-1 each, all of one shape.

    Returns:
        The sheet, on white.
    """
    count, height, width, _ = next(iter(columns.values())).shape
    width, height = width * _SCALE, height * _SCALE
    size = (
        len(columns) * (width + _GAP) + _GAP,
        count * (height + _GAP) + _HEADER,
    )
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for x, (title, pictures) in enumerate(columns.items()):
        left = _GAP + x * (width + _GAP)
        draw.text((left, 2), title, fill="black")
        for y, picture in enumerate(np.round(np.clip(pictures, 0, 1) * 255).astype(np.uint8)):
            tile = Image.fromarray(picture).resize((width, height), Image.Resampling.NEAREST)
            image.paste(tile, (left, _HEADER + y * (height + _GAP)))
    return image
