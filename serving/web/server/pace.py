"""How slow a client may be: a least rate, and a longest pause."""

import time
from collections.abc import Callable


class Pace:
    """Counts bytes against the time they took.

    A client has `pause` seconds in hand. They pass, and each byte gives back what it may take at
    the least rate; more than `pause` is never in hand, so that whoever was fast may not stop for
    long.
    """

    def __init__(
        self, rate: float, pause: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Starts the time.

        Args:
            rate: Bytes a second, at least, in the long run.
            pause: Seconds, at most, without any.
            clock: Gives the time in seconds.
        """
        self._rate, self._pause, self._clock = rate, pause, clock
        self._until = clock() + pause

    @property
    def left(self) -> float:
        """Seconds in hand; 0 where they have run out."""
        return max(0.0, self._until - self._clock())

    def count(self, size: int) -> None:
        """Takes bytes into account.

        Args:
            size: How many went by.
        """
        self._until = min(self._until + size / self._rate, self._clock() + self._pause)
