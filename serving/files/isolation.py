"""Strangers' files are read in processes of their own, under a budget, and these can be ended."""

import contextlib
import threading
import weakref
from collections import deque
from typing import Any

import numpy as np

from serving import errors
from serving.errors import BadPicture, TooLarge
from serving.files.decoding import Picture
from serving.files.process import LOOK, Cancelled, Died, Process
from serving.output import Reading
from serving.settings import Settings

_CPU_SECONDS, _CPU_PER_MEGAPIXEL = 5.0, 0.5  # a picture of 48 megapixels takes three
_MEMORY, _MEMORY_PER_PIXEL = 160_000_000, 32  # bytes; 100 MB of them for the libraries
_PATIENCE = 10  # times its budget of CPU, that a job may take by the clock on a busy machine


class Decoders:
    """Processes that read pictures. Safe to use from several threads at once."""

    def __init__(self, settings: Settings, processes: int = 1) -> None:
        """Starts none yet.

        Args:
            settings: The limits of a picture.
            processes: At most so many read at once; the next one waits.
        """
        self._settings = settings
        self._places = threading.Semaphore(processes)
        self._idle: deque[Process] = deque()
        self._closed = False
        weakref.finalize(self, _end, self._idle)  # also at this process's end

    def __enter__(self) -> "Decoders":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> None:
        """Starts a process, so that the first picture need not wait for it."""
        self._idle.append(Process())

    def close(self) -> None:
        """Ends the processes; those at work when they have done."""
        self._closed = True
        _end(self._idle)

    def size(self, data: bytes, gone: threading.Event | None = None) -> tuple[int, int]:
        """Reads a picture's size, by its header.

        Args:
            data: The file, as for `decoding.size`.
            gone: Once set, the work is ended.

        Returns:
            Width and height in pixels.

        Raises:
            BadPicture: As for `picture`.
            TooLarge: As for `picture`.
            Cancelled: As for `picture`.
        """
        head, _ = self._run({"kind": "size"}, data, self._settings.max_pixels, gone)
        width, height = head["size"]
        return int(width), int(height)

    def picture(
        self,
        data: bytes,
        pixels: int,
        reading: Reading | None = None,
        gone: threading.Event | None = None,
    ) -> Picture:
        """Reads a picture.

        Args:
            data: The file, as for `decoding.decode`.
            pixels: Width x height, as `size` gives them: what the budget goes by.
            reading: How.
            gone: Once set, the work is ended.

        Returns:
            The picture.

        Raises:
            BadPicture: If it is none, broken, or something else as well.
            TooLarge: If it is above the limits, or reading it takes too much.
            Cancelled: If `gone` was set.
        """
        job = {"kind": "picture", "reading": (reading or Reading())._asdict()}
        head, buffers = self._run(job, data, pixels, gone)
        colours, exif, profile, *area = buffers
        height, width, channels = head["shape"]
        return Picture(
            colours.reshape(height, width, channels),
            area[0].view(bool).reshape(height, width) if area else None,
            tuple(map(str, head["notes"])),
            exif.tobytes(),
            profile.tobytes(),
            tuple(head["dpi"]) if head["dpi"] else None,
        )

    def mask(self, data: bytes, pixels: int, gone: threading.Event | None = None) -> np.ndarray:
        """Reads a painted mask.

        Args:
            data: The file, as for `decoding.decode_mask`.
            pixels: As for `picture`.
            gone: Once set, the work is ended.

        Returns:
            bool [height, width], true where painted.

        Raises:
            BadPicture: As for `picture`.
            TooLarge: As for `picture`.
            Cancelled: As for `picture`.
        """
        head, buffers = self._run({"kind": "mask"}, data, pixels, gone)
        return buffers[0].view(bool).reshape(head["shape"])

    def _run(
        self, job: dict[str, Any], data: bytes, pixels: int, gone: threading.Event | None
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        budget = _CPU_SECONDS + _CPU_PER_MEGAPIXEL * pixels / 1e6
        job |= {
            "bytes": len(data),
            "settings": self._settings.model_dump(),
            "cpu_seconds": budget,
            "memory": _MEMORY + _MEMORY_PER_PIXEL * pixels + 2 * len(data),
        }
        with self._place(gone):
            process = self._take()
            try:
                head, buffers = process.ask(job, data, budget * _PATIENCE, gone)
            except Died:
                process.end()
                raise TooLarge(
                    f"reading the picture broke off, or took more than the {budget:.0f} s of "
                    f"processor time that one of {pixels / 1e6:.1f} megapixels may take"
                ) from None
            except BaseException:
                process.end()
                raise
            self._give_back(process, head)
        if "error" in head:
            raise _as_error(head, pixels)
        return head, buffers

    @contextlib.contextmanager
    def _place(self, gone: threading.Event | None) -> Any:
        while not self._places.acquire(timeout=LOOK):
            if gone and gone.is_set():
                raise Cancelled
        try:
            yield
        finally:
            self._places.release()

    def _take(self) -> "Process":
        with contextlib.suppress(IndexError):
            while True:
                process = self._idle.pop()
                if process.is_alive:
                    return process
                process.end()
        return Process()

    def _give_back(self, process: "Process", head: dict[str, Any]) -> None:
        # What ran out of memory may have lost more than its picture.
        if self._closed or head.get("error") == "memory":
            process.end()
        else:
            self._idle.append(process)


def _end(processes: "deque[Process]") -> None:
    while processes:
        processes.pop().end()


def _as_error(head: dict[str, Any], pixels: int) -> Exception:
    if head["error"] == "memory":
        return TooLarge(
            f"reading the picture takes more memory than one of {pixels / 1e6:.1f} megapixels may"
        )
    kind = {"BadPicture": BadPicture, "TooLarge": TooLarge}.get(head["error"], errors.BadPicture)
    return kind(str(head.get("message", "")))
