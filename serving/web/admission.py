"""How much work is taken on at once: what is more is refused at once, and comes back later."""

import contextlib
import threading
from collections.abc import Iterator

from serving.model.batching import Overloaded


class Admission:
    """Bounds the pictures, and the megapixels, that are worked on at once."""

    def __init__(self, pictures: int, megapixels: float) -> None:
        """Opens the gate.

        Args:
            pictures: At most so many at once.
            megapixels: Of results, at most so many at once; but one picture alone is let in
                whatever its size, as the limit of a picture is another.
        """
        self._limits = (pictures, megapixels)
        self._lock = threading.Lock()
        self.pictures = 0
        self.megapixels = 0.0

    @property
    def is_full(self) -> bool:
        """Whether the next picture would be refused."""
        return self.pictures >= self._limits[0]

    @contextlib.contextmanager
    def enter(self) -> Iterator["Ticket"]:
        """Counts a picture in, and out again.

        Yields:
            The ticket to claim megapixels with.

        Raises:
            Overloaded: If as many are being worked on as may be.
        """
        with self._lock:
            if self.pictures >= self._limits[0]:
                raise Overloaded(f"{self.pictures} pictures are being worked on; try again soon")
            self.pictures += 1
        ticket = Ticket(self)
        try:
            yield ticket
        finally:
            self._release(ticket)

    def _claim(self, ticket: "Ticket", megapixels: float) -> None:
        with self._lock:
            if self.megapixels and self.megapixels + megapixels > self._limits[1]:
                raise Overloaded(f"{self.megapixels:.0f} megapixels are being worked on")
            self.megapixels += megapixels
            ticket.megapixels += megapixels

    def _release(self, ticket: "Ticket") -> None:
        with self._lock:
            self.pictures -= 1
            self.megapixels -= ticket.megapixels
            if not self.pictures:
                self.megapixels = 0.0  # not what floating point makes of it


class Ticket:
    """What one picture holds of the bounds."""

    def __init__(self, admission: Admission) -> None:
        """Takes no megapixels yet.

        Args:
            admission: Whose bounds.
        """
        self._admission = admission
        self.megapixels = 0.0

    def claim(self, megapixels: float) -> None:
        """Asks for room, before memory is taken.

        Args:
            megapixels: Of the result.

        Raises:
            Overloaded: If too much is being worked on.
        """
        self._admission._claim(self, megapixels)
