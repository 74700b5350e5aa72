"""How a photograph looks at a glance: three figures of a thumbnail. NumPy and OpenCV."""

import cv2
import numpy as np

SIDE = 16  # of a thumbnail, pixels
BRIGHTNESS, CONTRAST, COLOUR = NAMES = ("brightness", "contrast", "colourfulness")
_LUMA = np.array([0.299, 0.587, 0.114])


def looks(thumbnails: np.ndarray) -> dict[str, np.ndarray]:
    """Measures photographs.

    Args:
        thumbnails: uint8 [n, 16, 16, 3], RGB.

    Returns:
        By name, [n] each, of 255: the mean and the standard deviation of luma, and the mean range
        of red, green and blue.
    """
    pixels = thumbnails.astype(np.float32)
    grey = pixels @ _LUMA
    chroma = pixels.max(-1) - pixels.min(-1)
    return {
        BRIGHTNESS: grey.mean((1, 2)),
        CONTRAST: grey.std((1, 2)),
        COLOUR: chroma.mean((1, 2)),
    }


def look(picture: np.ndarray) -> dict[str, float]:
    """Measures one photograph of any size.

    Args:
        picture: uint8 [height, width, 3], RGB.

    Returns:
        As `looks` gives them.
    """
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return {name: float(values[0]) for name, values in looks(small[None]).items()}
