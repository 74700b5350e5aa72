"""Looks for a newer model now and then."""

import logging
import threading
from types import TracebackType

from serving.model.outpainter import Outpainter

_LOG = logging.getLogger("outpaint")


class Watcher:
    """A thread that switches an outpainter to newer versions, for as long as it is entered."""

    def __init__(self, outpainter: Outpainter, seconds: float) -> None:
        """Prepares.

        Args:
            outpainter: Whose serving folder is looked at.
            seconds: Between two looks.
        """
        self._outpainter = outpainter
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._outpainter.reload_if_newer()
            except Exception:  # a full disk, say: the version in use goes on
                _LOG.exception("looking for a newer model failed")
