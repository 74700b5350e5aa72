"""Brightness and chroma against OpenCV's 8-bit Lab, and of greys."""

import cv2
import numpy as np

from models.quality.colour import brightness_and_chroma


def test_both_are_those_of_lab(photographs: np.ndarray) -> None:
    brightness, chroma = brightness_and_chroma(photographs)
    assert brightness.shape == chroma.shape == photographs.shape[:3]
    levels = np.round(photographs * 255).astype(np.uint8)
    for number, picture in enumerate(levels):
        lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(float)
        np.testing.assert_allclose(brightness[number], lab[..., 0] / 2.55, atol=0.7)
        expected = np.hypot(lab[..., 1] - 128, lab[..., 2] - 128)
        np.testing.assert_allclose(chroma[number], expected, atol=2.5)
    for found, same in zip(brightness_and_chroma(levels), (brightness, chroma), strict=True):
        np.testing.assert_allclose(found, same, atol=0.5)


def test_greys_have_no_chroma_and_white_is_brightest() -> None:
    greys = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, axis=2)
    brightness, chroma = brightness_and_chroma(greys)
    assert brightness.shape == (1, 256)
    assert chroma.max() < 0.2
    assert np.all(np.diff(brightness[0]) > 0)
    assert abs(brightness[0, 0]) < 1e-3
    assert abs(brightness[0, -1] - 100) < 1e-3
