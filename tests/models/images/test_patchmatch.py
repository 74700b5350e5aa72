"""PyPatchMatch's process: what goes in, what comes out, and interpreters without it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from models.images import masking, patchmatch

# The interface of PyPatchMatch, which wants another Python than ours: it paints in the mean.
STAND_IN = """
import numpy as np

def set_random_seed(seed): pass

def inpaint(picture, mask, patch_size):
    assert picture.dtype == mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 255} and patch_size == 3
    assert (picture[mask > 0] == 0).all()
    return np.full_like(picture, picture[mask == 0].mean())
"""


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An interpreter with a package that answers as PyPatchMatch would."""
    package = tmp_path / "patchmatch"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "patch_match.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return sys.executable


def test_hidden_pixels_are_its_and_known_ones_stay(python: str, photographs: np.ndarray) -> None:
    assert patchmatch.interpreter(python) == python
    border = masking.TWO_SIDES
    filled = patchmatch.fill(photographs, border, python)
    known = masking.border_mask(border)[..., 0] < 0.5
    np.testing.assert_array_equal(filled[:, known], photographs[:, known])
    assert filled.dtype == np.float32
    for picture, result in zip(photographs, filled, strict=True):
        (level,) = np.unique(result[~known])
        assert level == pytest.approx(picture[known].mean(), abs=2 / 255)


def test_an_interpreter_without_it_is_named_with_the_remedy(tmp_path: Path) -> None:
    assert patchmatch.interpreter() is None  # ours has it not
    with pytest.raises(patchmatch.PatchMatchError, match="pip install pypatchmatch") as error:
        patchmatch.interpreter(sys.executable)
    assert sys.executable in str(error.value)
    assert "No module named 'patchmatch'" in str(error.value)
    with pytest.raises(patchmatch.PatchMatchError, match="No such file"):
        patchmatch.interpreter(str(tmp_path / "python"))
