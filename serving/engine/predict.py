"""What the engine asks of a model."""

from typing import Protocol

import numpy as np


class Network(Protocol):
    """A model, or what stands in front of one."""

    @property
    def any_size(self) -> bool:
        """Whether it takes canvases of any size in multiples of 32; else of 128 x 128 pixels."""

    def predict(
        self, canvases: np.ndarray, masks: np.ndarray, seeds: np.ndarray | None
    ) -> np.ndarray:
        """Imagines the hidden pixels of canvases.

        Args:
            canvases: float32 [n, height, width, 3] in 0-1; hidden pixels are not looked at.
            masks: float32 [n, height, width, 1], 1 where a pixel is hidden.
            seeds: int64 [n]: which of its pictures to draw, where it draws; None for their mean.

        Returns:
            float32 of the shape of `canvases`, known pixels as given.
        """
