"""PatchMatch (Barnes et al. 2009) as PyPatchMatch has it: a baseline that learned nothing.

It runs in a process of its own, under any interpreter that has `pypatchmatch`: that wants
Python 3.11, which TensorFlow Extended does not have yet.
"""

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.images import masking

NAME = "patchmatch"
_RADIUS = 3  # PyPatchMatch's patch_size
_PROGRAM = """
import sys, time, numpy as np
from patchmatch import patch_match
pictures, hidden = np.load(sys.argv[1]), np.load(sys.argv[2]).astype(np.uint8) * 255
started = time.process_time()
for picture in pictures:
    patch_match.set_random_seed(0)
    picture[...] = patch_match.inpaint(picture, hidden, patch_size=int(sys.argv[3]))
seconds = time.process_time() - started
np.save(sys.argv[1], pictures)
print(seconds)
"""


class PatchMatchError(ValueError):
    """An interpreter that cannot run PyPatchMatch; the message names it and what to do."""


def interpreter(python: str | None = None) -> str | None:
    """Looks for an interpreter that has PyPatchMatch.

    Args:
        python: One that should; by default the one that runs this.

    Returns:
        It; None where nothing was said and ours has it not.

    Raises:
        PatchMatchError: If the one that was said has it not.
    """
    if python is None:
        return sys.executable if importlib.util.find_spec("patchmatch") else None
    _run(python, "from patchmatch import patch_match")
    return python


def inpaint(pictures: np.ndarray, hidden: np.ndarray, python: str) -> tuple[np.ndarray, float]:
    """Fills pictures.

    Args:
        pictures: uint8 [n, height, width, 3], RGB; hidden pixels are not looked at.
        hidden: bool [height, width], true where hidden.
        python: An interpreter, as `interpreter` gives it.

    Returns:
        uint8 of the same shape, known pixels as given, and the CPU seconds that it took.

    Raises:
        PatchMatchError: If it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("pictures.npy", "hidden.npy")]
        np.save(files[0], np.where(hidden[..., None], np.uint8(0), pictures))
        np.save(files[1], hidden)
        said = _run(python, _PROGRAM, [*map(str, files), str(_RADIUS)])
        filled = np.load(files[0])
    return np.where(hidden[..., None], filled, pictures), float(said)


def fill(canvases: np.ndarray, border: masking.Border, python: str) -> np.ndarray:
    """Fills the border of pictures.

    Args:
        canvases: float32 [n, size, size, 3] in 0-1; hidden pixels are not looked at.
        border: Pixels hidden on each side.
        python: An interpreter, as `interpreter` gives it.

    Returns:
        float32 of the same shape, in steps of 1/255 where hidden.

    Raises:
        PatchMatchError: If it fails.
    """
    mask = masking.border_mask(border, canvases.shape[-2])
    levels = np.round(canvases * 255).astype(np.uint8)
    filled, _ = inpaint(levels, mask[..., 0] > 0.5, python)
    return np.where(mask > 0.5, filled.astype(np.float32) / 255, canvases)


def _run(python: str, program: str, words: Sequence[str] = ()) -> str:
    try:
        done = subprocess.run([python, "-c", program, *words], capture_output=True, text=True)
    except OSError as error:
        raise PatchMatchError(f"{python}: {error.strerror or error}") from error
    if done.returncode:
        (*_, last) = done.stderr.strip().splitlines() or ["it ended without a word"]
        raise PatchMatchError(
            f"{python} cannot run PyPatchMatch: {last}; in an environment of Python 3.11 or later: "
            "pip install pypatchmatch"
        )
    return done.stdout
