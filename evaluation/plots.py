"""Plots for the page: error against distance, and what the generator looks at."""

import io
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from evaluation import influence
from models import features
from models.images import masking
from models.quality import metrics

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


def draw_influence(
    maps: np.ndarray, pixels: list[influence.Pixel], border: masking.Border, field: int
) -> bytes:
    """Draws what imagined pixels depend on.

    Args:
        maps: float [n, 128, 128], as `influence.maps` gives them.
        pixels: Whose they are.
        border: Pixels hidden on each side.
        field: Pixels a side of the generator's receptive field.

    Returns:
        An SVG.
    """
    size = features.IMAGE_SIZE
    known = (size - border.left - border.right, size - border.top - border.bottom)
    figure, panels = plt.subplots(1, len(maps), figsize=_INCHES, layout="constrained")
    for axes, values, (row, column) in zip(panels, maps, pixels, strict=True):
        axes.imshow(np.log10(values / max(values.max(), 1e-12) + 1e-4), cmap="magma")
        axes.plot(column, row, "c+")
        corner = (border.left - 0.5, border.top - 0.5)
        axes.add_patch(plt.Rectangle(corner, *known, fill=False, edgecolor="white", lw=0.8))
        corner = (column - field / 2, row - field / 2)
        axes.add_patch(plt.Rectangle(corner, field, field, fill=False, edgecolor="c", ls="--"))
        axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
        axes.set_axis_off()
    return _svg(figure)


def _svg(figure) -> bytes:
    content = io.BytesIO()
    # Without date and random names, so that the same figures give the same page.
    with mpl.rc_context({"svg.hashsalt": "outpainting"}):
        figure.savefig(content, format="svg", metadata={"Date": None})
    plt.close(figure)
    return content.getvalue()
