"""Grey photographs stay grey: the rule, for any library of arrays.

Where everything that is known has no chroma, what is imagined gets none. It imports nothing, so
that graphs, training's backend and the server share it.
"""

from typing import Any

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601
HALF_A_LEVEL = 0.5 / 255  # what resizing may leave between the channels of a grey


def is_grey(pictures: Any, hidden: Any, arrays: Any, tolerance: float = HALF_A_LEVEL) -> Any:
    """Says of which pictures the known part has no chroma.

    Args:
        pictures: [..., height, width, 3], of any range; hidden pixels are not looked at.
        hidden: bool [..., height, width, 1].
        arrays: `numpy`, `keras.ops`, or what names its functions alike.
        tolerance: By how much channels may differ; for values in 0-1 unless said.

    Returns:
        bool [..., 1, 1, 1]; false where nothing is known.
    """
    spread = arrays.max(pictures, -1, keepdims=True) - arrays.min(pictures, -1, keepdims=True)
    of_known = arrays.where(hidden, arrays.zeros_like(spread), spread)
    places = (-3, -2, -1)
    plain = arrays.max(of_known, places, keepdims=True) <= tolerance
    return arrays.logical_and(plain, arrays.logical_not(arrays.all(hidden, places, keepdims=True)))


def luma(pixels: Any) -> Any:
    """Gives the brightness of pixels.

    Args:
        pixels: Floating-point numbers [..., 3], red, green and blue.

    Returns:
        [..., 1], of the same range.
    """
    red, green, blue = (pixels[..., channel : channel + 1] for channel in range(3))
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
