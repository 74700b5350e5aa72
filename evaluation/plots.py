"""Plots for the page: error against distance, and what the generator looks at."""

import io
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import tensorflow as tf

mpl.use("Agg")
from matplotlib import pyplot as plt

from models import features, masking, metrics

_INCHES = (6.4, 3.6)


def error_by_distance(errors: Mapping[str, np.ndarray]) -> bytes:
    """Draws how much worse guesses get away from the known area.

    Args:
        errors: By way to guess, mean squared error at 1, 2, ... pixels from the known area.

    Returns:
        An SVG.
    """
    figure, axes = plt.subplots(figsize=_INCHES, layout="constrained")
    for name, values in errors.items():
        width = 2.5 if name == "model" else 1
        label = name.replace("_", " ")
        axes.plot(np.arange(1, len(values) + 1), metrics.psnr_of(values), label=label, lw=width)
    axes.set(xlabel="pixels from the known area", ylabel="PSNR, dB")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    return _svg(figure)


def influence(model: Any, canvases: np.ndarray, border: masking.Border) -> np.ndarray:
    """Measures which known pixels an imagined one depends on: the effective receptive field.

    As in Luo et al. 2016: the gradient of one output pixel with respect to all inputs, here the
    mean size over pictures.

    Args:
        model: A SavedModel of this pipeline, loaded.
        canvases: float32 [n, 128, 128, 3] in 0-1.
        border: Pixels hidden on each side.

    Returns:
        float [2, 128, 128]: of the pixel in the middle of the left border, and of one in the
        top left corner of the picture.
    """
    size = features.IMAGE_SIZE
    mask = masking.border_mask(border)
    masks = tf.broadcast_to(mask, [len(canvases), *mask.shape])
    outpaint = model.signatures[features.OUTPAINT_SIGNATURE]
    maps = []
    for row, column in ((size // 2, border.left // 2), (border.top // 2, border.left // 2)):
        inputs = tf.constant(canvases)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outpainted = outpaint(canvases=inputs, masks=masks)[features.OUTPAINTED]
            pixel = tf.reduce_sum(outpainted[:, row, column])
        maps.append(np.abs(tape.gradient(pixel, inputs)).sum(axis=-1).mean(axis=0))
    return np.stack(maps)


def draw_influence(maps: np.ndarray, border: masking.Border) -> bytes:
    """Draws what `influence` measured.

    Args:
        maps: float [2, 128, 128].
        border: Pixels hidden on each side.

    Returns:
        An SVG.
    """
    size = features.IMAGE_SIZE
    figure, panels = plt.subplots(1, len(maps), figsize=_INCHES, layout="constrained")
    pixels = ((border.left // 2, size // 2), (border.left // 2, border.top // 2))
    for axes, values, pixel in zip(panels, maps, pixels, strict=True):
        axes.imshow(np.log10(values / max(values.max(), 1e-12) + 1e-4), cmap="magma")
        axes.plot(*pixel, "c+")
        corner = (border.left - 0.5, border.top - 0.5)
        sides = (size - border.left - border.right, size - border.top - border.bottom)
        axes.add_patch(plt.Rectangle(corner, *sides, fill=False, edgecolor="white", lw=0.8))
        axes.set_axis_off()
    return _svg(figure)


def _svg(figure) -> bytes:
    content = io.BytesIO()
    # Without date and random names, so that the same figures give the same page.
    with mpl.rc_context({"svg.hashsalt": "outpainting"}):
        figure.savefig(content, format="svg", metadata={"Date": None})
    plt.close(figure)
    return content.getvalue()
