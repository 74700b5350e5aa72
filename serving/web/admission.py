"""How much is taken on at once: what is more is refused at once, and comes back later."""

import contextlib
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator

from serving.model.batching import Overloaded
from serving.web.settings import WebSettings

_SMOOTH = 0.2  # of a new picture's time, in the average
_WAIT = (1, 60)  # seconds: the least and the most that anybody is told to wait


class Full(Overloaded):
    """There is no room now. The message says which limit, and when to try again."""

    def __init__(self, what: str, option: str, seconds: int) -> None:
        """Says it.

        Args:
            what: A sentence without its full stop.
            option: Of the server, that sets the limit.
            seconds: After which to try again.
        """
        super().__init__(f"{what} (the server's --{option}); try again in {seconds} s")
        self.seconds = seconds


class Admission:
    """Bounds the uploads, the pictures and the megapixels that are held at once."""

    def __init__(self, settings: WebSettings) -> None:
        """Opens the gate.

        Args:
            settings: The bounds. One picture alone is let in whatever its size, as the limits of a
                picture are others.
        """
        self._settings = settings
        self._lock = threading.Lock()
        self._clients: Counter[str] = Counter()
        self._seconds = float(_WAIT[0])  # that a picture takes, on average
        self.pictures = 0
        self.megapixels = 0.0
        self.uploads = 0
        self.upload_bytes = 0
        self.draining = False

    @property
    def is_full(self) -> bool:
        """Whether the next picture would be refused."""
        return self.pictures >= self._settings.max_concurrent

    @property
    def wait(self) -> int:
        """Seconds until there may be room."""
        least, most = _WAIT
        return min(max(math.ceil(self._seconds), least), most)

    def drain(self) -> None:
        """Tells the readiness probe that the server is about to stop."""
        self.draining = True

    def check(self) -> None:
        """Looks ahead, so that nobody sends a picture for which there is no room.

        Raises:
            Full: If as many are being worked on as may be.
        """
        if self.is_full:
            raise self._full()

    def _full(self) -> Full:
        return Full(
            f"{self.pictures} pictures are being worked on, all there is room for",
            "max-concurrent",
            self.wait,
        )

    @contextlib.contextmanager
    def upload(self, size: int) -> Iterator[None]:
        """Counts an upload in before it is read, and out again.

        Args:
            size: Bytes it is said to have.

        Raises:
            Full: If as much is being received as may be.
        """
        limits = self._settings
        with self._lock:
            if self.uploads >= limits.max_uploads:
                raise Full(f"{self.uploads} uploads are being received", "max-uploads", self.wait)
            most = limits.max_upload_megabytes * 1e6
            if self.upload_bytes and self.upload_bytes + size > most:
                raise Full(
                    f"{self.upload_bytes / 1e6:.0f} of {most / 1e6:g} megabytes for uploads are "
                    f"taken, and this one has {size / 1e6:.1f}",
                    "max-upload-megabytes",
                    self.wait,
                )
            self.uploads += 1
            self.upload_bytes += size
        try:
            yield
        finally:
            with self._lock:
                self.uploads -= 1
                self.upload_bytes -= size

    def enter(self, client: str) -> "Ticket":
        """Counts a picture in.

        Args:
            client: Whose it is.

        Returns:
            The ticket, to be given back.

        Raises:
            Full: If as many are being worked on as may be.
        """
        limits = self._settings
        with self._lock:
            if self.is_full:
                raise self._full()
            if limits.max_per_client and self._clients[client] >= limits.max_per_client:
                raise Full(
                    f"{self._clients[client]} of your pictures are being worked on",
                    "max-per-client",
                    self.wait,
                )
            self.pictures += 1
            self._clients[client] += 1
        return Ticket(self, client)

    def _claim(self, ticket: "Ticket", megapixels: float) -> None:
        most = self._settings.max_megapixels_at_once
        with self._lock:
            others = self.megapixels - ticket.megapixels
            if others > 0 and self.megapixels + megapixels > most:
                raise Full(
                    f"pictures of {others:.1f} megapixels are held for others, and this one with "
                    f"its result, {ticket.megapixels + megapixels:.1f}, would pass the {most:g} "
                    "for all",
                    "max-megapixels-at-once",
                    self.wait,
                )
            self.megapixels += megapixels
            ticket.megapixels += megapixels

    def _leave(self, ticket: "Ticket", seconds: float) -> None:
        with self._lock:
            self.pictures -= 1
            self._clients[ticket.client] -= 1
            self._clients += Counter()  # without those that have come to nothing
            self._seconds += _SMOOTH * (seconds - self._seconds)

    def _forget(self, ticket: "Ticket") -> None:
        with self._lock:
            self.megapixels -= ticket.megapixels
            ticket.megapixels = 0
            if self.megapixels < 1e-6:
                self.megapixels = 0.0  # not what floating point makes of it


class Ticket:
    """What one picture holds of the bounds."""

    def __init__(self, admission: Admission, client: str) -> None:
        """Takes no megapixels yet.

        Args:
            admission: Whose bounds.
            client: Whose picture.
        """
        self._admission = admission
        self._began = time.monotonic()
        self._working = True
        self.client = client
        self.megapixels = 0.0

    def claim(self, megapixels: float) -> None:
        """Asks for room, before memory is taken.

        Args:
            megapixels: Of the input and the result.

        Raises:
            Full: If others hold too much.
        """
        self._admission._claim(self, megapixels)

    def leave(self) -> None:
        """Gives the place back, as the work is done; the result is still held."""
        if self._working:
            self._working = False
            self._admission._leave(self, time.monotonic() - self._began)

    def forget(self) -> None:
        """Gives everything back, as the result is sent."""
        self.leave()
        self._admission._forget(self)
