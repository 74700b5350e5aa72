"""Work split by rows among threads, the same way on every machine."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_ROWS = 32  # of a strip; what is found depends on it, so it must not depend on the machine


def threads() -> int:
    """As many as there are cores for this process."""
    return len(os.sched_getaffinity(0))


class Strips:
    """A pool of threads; a context manager."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(threads(), "synthesis")

    def __enter__(self) -> "Strips":
        return self

    def __exit__(self, *_unused: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[[int, int], None], height: int) -> None:
        """Calls work(first, last) for each strip of so many rows, and waits for all."""
        starts = range(0, height, _ROWS)
        for _ in self._pool.map(lambda first: work(first, min(first + _ROWS, height)), starts):
            pass
