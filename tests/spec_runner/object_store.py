"""A bucket as Kubeflow's launcher uses one: a step works on copies, which are copied back."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = "minio://mlpipeline/outpainting"  # of artifacts
MOUNT = "/minio"  # where a step finds them
_SCHEME = "minio://"


class ObjectStore:
    """What is in the bucket."""

    def __init__(self, folder: Path):
        """Opens it.

        Args:
            folder: Where objects lie, here.
        """
        self._folder = folder

    def place(self, uri: str) -> Path:
        """Where an object lies here.

        Args:
            uri: In the bucket; anything else is a path.
        """
        return self._folder / uri.removeprefix(_SCHEME) if uri.startswith(_SCHEME) else Path(uri)

    def fetch(self, told: dict[str, Any], disk: Path) -> None:
        """Copies a step's inputs to its disk, and makes the folders for its outputs.

        Args:
            told: What the step is told.
            disk: What it finds at `MOUNT`.
        """
        for uri in _uris(told, "inputs"):
            if self.place(uri).exists():  # a step may have made nothing under that name
                _copy(self.place(uri), disk / uri.removeprefix(_SCHEME))
        for uri in _uris(told, "outputs"):
            (disk / uri.removeprefix(_SCHEME)).parent.mkdir(parents=True, exist_ok=True)

    def keep(self, told: dict[str, Any], disk: Path) -> None:
        """Copies a step's outputs from its disk; it need not have made all.

        Args:
            told: What the step was told.
            disk: What it found at `MOUNT`.
        """
        for uri in _uris(told, "outputs"):
            made = disk / uri.removeprefix(_SCHEME)
            if made.exists():
                _copy(made, self.place(uri))


def _uris(told: dict[str, Any], side: str) -> Iterator[str]:
    for given in told.get(side, {}).get("artifacts", {}).values():
        for artifact in given["artifacts"]:
            if artifact["uri"].startswith(_SCHEME):
                yield artifact["uri"]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)
