"""What pictures look like that are sent here: figures alone, where whoever sends one agrees.

`outpaint data drift` holds them against the photographs that a model has learnt from. A line a
picture, of three figures that say nothing of whom or what it shows; the newest are kept.
"""

import json
import logging
import threading
from pathlib import Path

import flask
import numpy as np

from models.quality import looks

HEADER = "Outpaint-Sample"  # of a request, `yes` where its sender agrees
NEWER, OLDER = FILES = ("requests.jsonl", "requests.1.jsonl")
_log = logging.getLogger(__name__)


class Sampler:
    """Keeps figures in a folder. Safe to use from several threads at once."""

    def __init__(self, folder: Path | None, most: int) -> None:
        """Opens it.

        Args:
            folder: Where lines are kept; nothing is where there is none.
            most: So many lines at most; at least half as many are, once there were.
        """
        self._folder = folder
        self._half = max(1, most // 2)
        self._lock = threading.Lock()
        self._lines = _count(folder / NEWER) if folder else 0

    def offer(self, picture: np.ndarray) -> None:
        """Measures a picture whose sender agrees; a folder that is full or gone loses it alone.

        Args:
            picture: uint8 [height, width, 3], RGB.
        """
        if self._folder is None or not agreed():
            return
        line = json.dumps({name: round(value, 2) for name, value in looks.look(picture).items()})
        try:
            with self._lock:
                self._append(self._folder, line)
        except OSError as error:
            _log.warning("no sample kept: %s", error)

    def _append(self, folder: Path, line: str) -> None:
        if self._lines >= self._half:
            (folder / NEWER).replace(folder / OLDER)
            self._lines = 0
        with open(folder / NEWER, "a") as file:
            file.write(f"{line}\n")
        self._lines += 1


def agreed() -> bool:
    """Whether whoever sent the request at hand agrees that figures of its picture are kept."""
    return flask.request.headers.get(HEADER, "").strip().lower() == "yes"


def _count(file: Path) -> int:
    if not file.exists():
        return 0
    with open(file) as lines:
        return sum(1 for _ in lines)
