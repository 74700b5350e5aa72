"""Brightness and chroma of pixels, in CIE Lab. NumPy and OpenCV."""

import cv2
import numpy as np


def brightness_and_chroma(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parts what the eye sees of pixels' colours.

    Args:
        pictures: float32 [..., height, width, 3], sRGB in 0-1, or uint8.

    Returns:
        float32 [..., height, width] each: lightness L in 0-100, and chroma hypot(a, b), 0 for grey.
    """
    if pictures.dtype == np.uint8:
        pictures = pictures / np.float32(255)
    *before, width, channels = pictures.shape
    lab = cv2.cvtColor(pictures.reshape(-1, width, channels), cv2.COLOR_RGB2LAB)
    return (
        lab[..., 0].reshape(*before, width),
        np.hypot(lab[..., 1], lab[..., 2]).reshape(*before, width),
    )
