"""One SavedModel, ready to be called. The only place that imports TensorFlow."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from models import features, runtime
from serving.errors import NoModel

# The serving folder that comes with the package.
PRETRAINED = features.PRETRAINED


def tensorflow() -> Any:
    """Imports TensorFlow, without its chatter. Takes seconds the first time."""
    runtime.prepare_tensorflow()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
        import tensorflow as tf

    return tf


class Model:
    """A version of the model. Safe to call from several threads at once.

    Attributes:
        path: The SavedModel's folder.
        version: That folder's name.
        any_size: Whether it takes canvases of any size in multiples of 32.
    """

    def __init__(self, path: Path):
        """Loads a SavedModel and calls it once, so that a broken one is found here.

        Args:
            path: Its folder.

        Raises:
            NoModel: If it cannot be loaded, or is not of this pipeline.
        """
        self.path = path
        self.version = path.name
        try:
            # Kept alive here: a signature holds its variables weakly.
            self._loaded = tensorflow().saved_model.load(str(path))
            self._outpaint = self._loaded.signatures[features.OUTPAINT_SIGNATURE]
            specs = self._outpaint.structured_input_signature[1]
            self._draws = features.SEEDS in specs
            self._mean = self._loaded.signatures.get(features.MEAN_SIGNATURE, self._outpaint)
            self.any_size = specs[features.CANVASES].shape[1] is None
            self._warm_up()
        except Exception as error:  # TensorFlow raises nearly everything on bad files
            detail = str(error).splitlines()
            raise NoModel(
                f"{path}: no SavedModel of this pipeline ({detail[0] if detail else error!r})"
            ) from error

    def _warm_up(self) -> None:
        size = features.IMAGE_SIZE
        canvas = np.full((1, size, size, features.CHANNELS), 0.5, np.float32)
        mask = np.full((1, size, size, 1), features.KNOWN, np.float32)
        mask[:, :, size // 2 :] = features.HIDDEN
        for seeds in (None, np.zeros(1, np.int64)):
            result = self.predict(canvas, mask, seeds)
            if result.shape != canvas.shape or not np.isfinite(result).all():
                raise ValueError("it gives no picture")

    def predict(
        self, canvases: np.ndarray, masks: np.ndarray, seeds: np.ndarray | None = None
    ) -> np.ndarray:
        """Imagines the hidden pixels of canvases.

        Args:
            canvases: float32 [n, height, width, 3] in 0-1; hidden pixels are not looked at.
            masks: float32 [n, height, width, 1], 1 where a pixel is hidden.
            seeds: int64 [n], which picture to draw of each; None for the mean of them. Only looked
                at where the model draws.

        Returns:
            float32 of the shape of `canvases`, known pixels as given.
        """
        inputs = {features.CANVASES: canvases, features.MASKS: masks}
        signature = self._mean if seeds is None else self._outpaint
        if self._draws and seeds is not None:
            inputs[features.SEEDS] = seeds
        constant = tensorflow().constant
        inputs = {name: constant(value) for name, value in inputs.items()}
        result: np.ndarray = signature(**inputs)[features.OUTPAINTED].numpy()
        return result
