"""Any picture outpainted by the newest model of a serving folder."""

import copy
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from serving.engine import painting
from serving.engine.predict import Network
from serving.engine.progress import Progress, ignored
from serving.model.saved_model import PRETRAINED
from serving.model.versions import Versions
from serving.request import Request
from serving.settings import Settings

_log = logging.getLogger(__name__)


class _Served(NamedTuple):
    """A model in use. Requests hold on to the one they began with."""

    path: Path
    version: str
    network: Network


def _directly(network: Network) -> Network:
    return network


class Outpainter:
    """The product's core. Safe to use from several threads at once."""

    def __init__(
        self,
        folder: Path = PRETRAINED,
        settings: Settings | None = None,
        through: Callable[[Network], Network] = _directly,
    ):
        """Loads the newest version that works.

        Args:
            folder: A serving folder, `FOLDER/NUMBER/saved_model.pb`, or a SavedModel.
            settings: The limits.
            through: Called with each model once it is loaded; what it returns is called in its
                stead, such as a batcher around it.

        Raises:
            NoModel: If no version works.
        """
        self.settings = settings or Settings()
        self._through = through
        self._versions = Versions(folder)
        self._reloading = threading.Lock()
        self._served = self._serve(self._versions.load())

    def _serve(self, model) -> _Served:
        return _Served(model.path, model.version, self._through(model))

    def pinned(self) -> "Outpainter":
        """The same, with the version in use now for as long as it is held."""
        return copy.copy(self)

    @property
    def version(self) -> str:
        """The version in use, such as `1795411334`."""
        return self._served.version

    @property
    def path(self) -> Path:
        """The folder of the SavedModel in use."""
        return self._served.path

    def outpaint(
        self,
        picture: np.ndarray,
        request: Request,
        mask: np.ndarray | None = None,
        progress: Progress = ignored,
    ) -> np.ndarray:
        """Outpaints a picture. The same input gives the same output.

        Args:
            picture: uint8 [height, width, 3], RGB.
            request: What is asked for.
            mask: bool [height, width], true where the picture is to be imagined anew.
            progress: Called with the share done, from 0 to 1, in the caller's thread; what it
                raises ends the work.

        Returns:
            uint8, of the size that `geometry.plan` gives; known pixels exactly as they were.

        Raises:
            BadRequest: If the request is impossible for this picture.
            TooLarge: If the picture or the result is above the limits.
        """
        return painting.paint(
            picture, request, self._served.network, self.settings, mask=mask, progress=progress
        )

    def reload_if_newer(self) -> bool:
        """Switches to a newer version, if one that works was pushed since.

        Requests in flight end with the version they began with. While one thread loads, others
        return at once.

        Returns:
            Whether this call switched.
        """
        if not self._reloading.acquire(blocking=False):
            return False
        try:
            newer = self._versions.newest(after=self._served.path)
            if newer is None:
                return False
            _log.info("version %s replaces %s", newer.version, self._served.version)
            self._served = self._serve(newer)
            return True
        finally:
            self._reloading.release()
