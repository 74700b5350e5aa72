"""Plots for the page: error and colours against distance, and what the generator looks at."""

import io
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from evaluation import influence
from models import features
from models.images import masking

_INCHES = (6.4, 3.6)


def by_distance(curves: Mapping[str, Mapping[str, np.ndarray]], names: Mapping[str, str]) -> bytes:
    """Draws how guesses change away from the known area.

    Args:
        curves: By way to guess and by name, values at 1, 2, ... pixels from the known area.
        names: Of those to draw, each in a panel, with what to write beside it.

    Returns:
        An SVG.
    """
    size = (_INCHES[0] * len(names), _INCHES[1])
    figure, panels = plt.subplots(
        1, len(names), figsize=size, layout="constrained", squeeze=False, sharex=True
    )
    for axes, (key, title) in zip(panels[0], names.items(), strict=True):
        for way, of_way in curves.items():
            width = 2.5 if way == "model" else 1
            places = np.arange(1, len(of_way[key]) + 1)
            axes.plot(places, of_way[key], label=way.replace("_", " "), lw=width)
        axes.set(xlabel="pixels from the known area", ylabel=title)
        axes.grid(alpha=0.3)
    panels[0][0].legend(fontsize="small")
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
