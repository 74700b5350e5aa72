"""A progress line for ingestion: images, rate, rejected, time left.

Of the process that it runs in: of all images where Beam runs within it, of its own where it is one
of several workers.
"""

import sys
import threading
import time
from typing import TextIO

_REDRAW_SECONDS = 0.5
_QUIET_SECONDS = 60  # where lines cannot be redrawn


class Progress:
    """Counts images and shows the count now and then."""

    def __init__(self, stream: TextIO | None = None):
        """Sets up the line.

        Args:
            stream: Where it goes; standard error by default.
        """
        self._stream = stream
        self._lock = threading.Lock()
        self.start(0)

    def start(self, total: int) -> None:
        """Begins to count anew.

        Args:
            total: How many images are to come; 0 where that is not known.
        """
        with self._lock:
            self._total = total
            self._done = self._rejected = 0
            self._started = self._shown = time.monotonic()

    def add(self, images: int, rejected: int) -> None:
        """Counts further ones.

        Args:
            images: How many, good and bad.
            rejected: How many of these were bad.
        """
        with self._lock:
            self._done += images
            self._rejected += rejected
            now = time.monotonic()
            stream = self._stream or sys.stderr
            terminal = stream.isatty()
            if now - self._shown < (_REDRAW_SECONDS if terminal else _QUIET_SECONDS):
                return
            self._shown = now
            line = self._line(now - self._started)
            stream.write(f"\r\033[K{line}" if terminal else f"{line}\n")
            stream.flush()

    def finish(self) -> None:
        """Takes the line away, where it can be."""
        stream = self._stream or sys.stderr
        if stream.isatty() and self._shown > self._started:
            stream.write("\r\033[K")
            stream.flush()

    def _line(self, seconds: float) -> str:
        rate = self._done / seconds
        of_all = f" of {self._total:,}" if self._total else ""
        left = f", {_clock((self._total - self._done) / rate)} left" if self._total else ""
        return (
            f"    {self._done:,}{of_all} images, {rate:,.0f} a second, "
            f"{self._rejected:,} rejected{left}"
        )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


PROGRESS = Progress()
