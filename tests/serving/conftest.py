"""SavedModels small enough to write and load in a blink, of the real ones' interface."""

from collections.abc import Callable
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


def paints(level: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A model without TensorFlow that paints everything hidden in one level."""

    def predict(canvases: np.ndarray, masks: np.ndarray) -> np.ndarray:
        assert canvases.shape[1:] == (128, 128, 3)
        assert masks.shape == (*canvases.shape[:3], 1)
        assert canvases.dtype == masks.dtype == np.float32
        assert set(np.unique(masks)) <= {features.HIDDEN, features.KNOWN}
        return np.where(masks == features.HIDDEN, np.float32(level), canvases)

    return predict
