"""One picture from bytes to bytes, by way of the outpainter; and the same as a stream."""

import base64
import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from serving import geometry
from serving.files import decoding, encoding
from serving.model.outpainter import Outpainter
from serving.web import problems
from serving.web.admission import Ticket
from serving.web.api.uploads import Upload

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}

_LEAST_PROGRESS = 0.005  # that is worth a line

Progress = Callable[[float], None]
Work = Callable[[Progress], "Result"]


class _Gone(Exception):
    """The client left, so what is worked on for it ends."""


@dataclass(frozen=True)
class Result:
    """A picture, done."""

    data: bytes  # a file
    type: str  # such as image/png
    plan: geometry.Plan
    version: str  # of the model

    def as_json(self) -> dict[str, Any]:
        """For a client who wants to know more than the picture."""
        return {
            "image": base64.b64encode(self.data).decode(),
            "type": self.type,
            "width": self.plan.width,
            "height": self.plan.height,
            "left": self.plan.left,
            "top": self.plan.top,
            "mode": self.plan.mode,
            "version": self.version,
        }


def prepare(outpainter: Outpainter, upload: Upload, ticket: Ticket) -> Work:
    """Looks into an upload, so that what is wrong with it is told before any work.

    Args:
        outpainter: Does the work.
        upload: What came.
        ticket: Asked for room before memory is taken.

    Returns:
        The work; it takes whom to tell of its progress.

    Raises:
        ServingError: If the picture or the request is bad, or too large.
        Overloaded: If there is no room now.
    """
    limits = outpainter.settings
    width, height = decoding.size(upload.image, limits)
    ticket.claim(width * height / 1e6)
    picture = decoding.decode(upload.image, limits)
    mask = None if upload.mask is None else decoding.decode_mask(upload.mask, limits)
    height, width = picture.shape[:2]
    plan = geometry.plan(width, height, upload.request, mask is not None, limits)
    ticket.claim(plan.width * plan.height / 1e6)

    def work(progress: Progress) -> Result:
        version = outpainter.version
        outpainted = outpainter.outpaint(picture, upload.request, mask, progress)
        data = encoding.encode(outpainted, upload.format)
        return Result(data, TYPES[upload.format], plan, version)

    return work


class Stream:
    """The lines of a picture's making: `{"progress": 0.5}` and so on, then the result or an error.

    The work goes on in a thread of its own, and stops when the client has gone.
    """

    def __init__(self, work: Work, finish: Callable[[], None]) -> None:
        """Starts the work.

        Args:
            work: What `prepare` gave.
            finish: Called when the work has ended, however it did.
        """
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._gone = threading.Event()
        self._told = 0.0
        self._put({"progress": self._told})  # at once, as the head of the answer goes with it
        threading.Thread(target=self._run, args=(work, finish), name="stream", daemon=True).start()

    def lines(self) -> Iterator[bytes]:
        """Gives the lines as they come."""
        while (line := self._lines.get()) is not None:
            yield line

    def abandon(self) -> None:
        """Says that nobody listens any more."""
        self._gone.set()

    def _run(self, work: Work, finish: Callable[[], None]) -> None:
        try:
            self._put(work(self._progress).as_json())
        except _Gone:
            pass
        except Exception as error:
            self._put(problems.body(problems.as_http(error)))
        finally:
            self._lines.put(None)
            finish()

    def _progress(self, share: float) -> None:
        if self._gone.is_set():
            raise _Gone
        if share >= min(self._told + _LEAST_PROGRESS, 1) and share > self._told:
            self._told = share
            self._put({"progress": round(share, 4)})

    def _put(self, content: dict[str, Any]) -> None:
        self._lines.put(json.dumps(content).encode() + b"\n")
