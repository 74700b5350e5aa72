"""The ways to guess that are held against one another: models, and fills by hand."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from models.export import calling
from models.images import fills, masking, patchmatch

Guess = Callable[[np.ndarray], np.ndarray]  # canvases to whole pictures, known pixels as given
FILLS = (*fills.FILLS, *fills.INPAINTINGS)
BY_HAND = (*FILLS, patchmatch.NAME)
_SEEDS = 2**31
_STRIDE = 0x9E3779B1  # odd, so that a picture's seeds differ


class ByModel:
    """A SavedModel of this pipeline as a way to guess."""

    def __init__(self, model: Any, border: masking.Border):
        """Takes a loaded model, and the pixels hidden on each side."""
        self._model, self._mask = model, masking.border_mask(border)
        self.draws = calling.takes_seeds(model)

    def __call__(self, canvases: np.ndarray, number: int = 0) -> np.ndarray:
        """Guesses.

        Args:
            canvases: float32 [n, 128, 128, 3] in 0-1, whole pictures.
            number: Of a model that draws, which of its results.

        Returns:
            float32 of the same shape.
        """
        masks = np.broadcast_to(self._mask, (len(canvases), *self._mask.shape))
        return calling.outpaint(self._model, canvases, masks, _seeds(canvases, number)).numpy()


def by_hand(border: masking.Border, python: str | None = None) -> dict[str, Guess]:
    """Gives the fills by hand.

    Args:
        border: Pixels hidden on each side.
        python: An interpreter that has PyPatchMatch, if there is one.

    Returns:
        By name, those of FILLS, and PatchMatch.
    """
    ways: dict[str, Guess] = {}
    for name, fill in fills.FILLS.items():
        ways[name] = lambda canvases, fill=fill: np.asarray(fill(tf.constant(canvases), border))  # type: ignore[misc]
    for method in fills.INPAINTINGS:
        ways[method] = lambda canvases, method=method: fills.inpaint(canvases, border, method)  # type: ignore[misc]
    if python:
        ways[patchmatch.NAME] = lambda canvases: patchmatch.fill(canvases, border, python)
    return ways


def that_draw(ways: Mapping[str, Guess]) -> dict[str, ByModel]:
    """Picks the models that draw one of many results."""
    return {name: way for name, way in ways.items() if isinstance(way, ByModel) and way.draws}


def _seeds(canvases: np.ndarray, number: int) -> np.ndarray:
    """Of each picture its own, by its content: the same in whatever batch it comes."""
    sums = [zlib.crc32(np.ascontiguousarray(canvas).tobytes()) for canvas in canvases]
    return (np.array(sums, np.int64) + number * _STRIDE) % _SEEDS
