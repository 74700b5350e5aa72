"""SavedModels small enough to write and load in a blink, of the real ones' interface."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models import features
from serving.model.outpainter import Outpainter
from tests.serving.plain_model import write_plain_model

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "val"


@pytest.fixture(scope="session")
def photograph() -> np.ndarray:
    """uint8 [256, 256, 3]."""
    with Image.open(SAMPLE / "pier" / "cold_ripple_2.jpg") as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture
def write_version(tmp_path: Path) -> Callable[..., Path]:
    """Writes a version that paints everything hidden in one level, and gives its folder."""

    def write(number: int, level: float = 0.5) -> Path:
        folder = tmp_path / "serving" / str(number)
        write_plain_model(folder, level)
        return folder

    return write


@pytest.fixture
def outpainter(write_version: Callable[..., Path]) -> Outpainter:
    return Outpainter(write_version(1).parent)


MEAN_SEED = -1  # what the mean counts as


@dataclass
class Painter:
    """A model without TensorFlow that paints everything hidden in one level.

    Attributes:
        level: In 0-1; where it is a function, what that gives for seeds [n] at each call.
        any_size: Whether it takes canvases of any size, or squares of 128 pixels.
        shapes: Of the canvases of each call so far.
        seeds: Of all canvases so far.
    """

    level: float | Callable[[np.ndarray], np.ndarray]
    any_size: bool = False
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)

    def predict(
        self, canvases: np.ndarray, masks: np.ndarray, seeds: np.ndarray | None
    ) -> np.ndarray:
        sides = canvases.shape[1:3]
        assert not any(side % 32 for side in sides) if self.any_size else sides == (128, 128)
        assert masks.shape == (*canvases.shape[:3], 1)
        assert canvases.dtype == masks.dtype == np.float32
        if seeds is None:  # for the mean
            seeds = np.full(len(canvases), MEAN_SEED)
        assert seeds.shape == canvases.shape[:1]
        assert seeds.dtype == np.int64
        assert set(np.unique(masks)) <= {features.HIDDEN, features.KNOWN}
        self.shapes.append(canvases.shape)
        self.seeds.extend(seeds.tolist())
        level = self.level(seeds)[:, None, None, None] if callable(self.level) else self.level
        return np.where(masks == features.HIDDEN, np.float32(level), canvases)


def paints(level: float) -> Painter:
    """A model for squares that paints everything hidden in one level."""
    return Painter(level)
