"""Batches the model calls of concurrent requests.

Callers hand their canvases to one thread, which runs the model on all that wait. While it runs,
the next ones gather: the busier the server, the larger its batches, and a caller who is alone
waits for nobody.
"""

import queue
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from models import features
from serving.engine.predict import Network


class Overloaded(Exception):
    """As much is waiting or being worked on as may be. The message is fit to be shown."""


@dataclass(frozen=True)
class Options:
    """How batches are made."""

    # Canvases of 128 x 128 a call of the model, and larger ones by what they hold; a larger call is
    # divided.
    max_batch: int = 16
    # For how long more are awaited where the last batch was of several callers.
    wait_ms: float = 3.0
    max_waiting: int = 512  # calls
    observe: Callable[[int], None] = lambda size: None  # told the canvases of each batch


@dataclass(frozen=True)
class _Call:
    canvases: np.ndarray
    masks: np.ndarray
    seeds: np.ndarray | None
    result: "Future[np.ndarray]" = field(default_factory=Future)

    @property
    def kind(self) -> tuple:
        """What calls of one batch have in common."""
        return *self.canvases.shape[1:], self.seeds is None

    @property
    def size(self) -> int:
        """How much of a batch it takes."""
        return len(self.canvases) * _weight(self.canvases)


def _weight(canvases: np.ndarray) -> int:
    """How many canvases of 128 x 128 one of these stands for."""
    height, width = canvases.shape[1:3]
    return -(-height * width // features.IMAGE_SIZE**2)


class Batcher:
    """Calls a model for many callers at once. Its thread ends when nobody holds it any more."""

    def __init__(self, network: Network, options: Options | None = None) -> None:
        """Starts the thread.

        Args:
            network: The model.
            options: How batches are made.
        """
        self.any_size = network.any_size
        self._options = options or Options()
        self._waiting: queue.Queue[_Call | None] = queue.Queue(self._options.max_waiting)
        # The thread knows not this object, or it would never be let go.
        worker = _Worker(network, self._options, self._waiting)
        threading.Thread(target=worker.run, name="batcher", daemon=True).start()
        weakref.finalize(self, self._waiting.put, None)

    def predict(
        self, canvases: np.ndarray, masks: np.ndarray, seeds: np.ndarray | None
    ) -> np.ndarray:
        """Runs the model, together with whoever else calls.

        Args:
            canvases: float32 [n, height, width, 3] in 0-1.
            masks: float32 [n, height, width, 1], 1 where hidden.
            seeds: int64 [n]; None for the mean of what the model may draw.

        Returns:
            float32 of the shape of `canvases`.

        Raises:
            Overloaded: If too many calls wait already.
            Exception: Whatever the model raised on this call's canvases.
        """
        size = max(1, self._options.max_batch // _weight(canvases))
        parts = [slice(start, start + size) for start in range(0, len(canvases), size)]
        calls = [
            _Call(canvases[part], masks[part], None if seeds is None else seeds[part])
            for part in parts
        ]
        for call in calls:
            try:
                self._waiting.put_nowait(call)
            except queue.Full:
                raise Overloaded("too many pictures are waiting for the model") from None
        results = [call.result.result() for call in calls]
        return results[0] if len(results) == 1 else np.concatenate([canvases[:0], *results])


class _Worker:
    """The thread: gathers what waits into batches and answers them."""

    def __init__(
        self, network: Network, options: Options, waiting: "queue.Queue[_Call | None]"
    ) -> None:
        self._network = network
        self._options = options
        self._waiting = waiting
        self._crowded = False

    def run(self) -> None:
        """Answers until the end mark."""
        first = self._waiting.get()
        while first is not None:
            batch, following = self._gather(first)
            self._crowded = len(batch) > 1
            self._answer(batch)
            # What this frame holds on to stays in memory for as long as nobody calls.
            del batch, first
            first = following or self._waiting.get()
            del following

    def _gather(self, first: _Call) -> tuple[list[_Call], _Call | None]:
        """Takes what fits one batch; the second of the two is a call that no longer did."""
        batch, size = [first], first.size
        until = time.monotonic() + (self._options.wait_ms / 1000 if self._crowded else 0)
        while size < self._options.max_batch:
            left = until - time.monotonic()
            try:
                call = self._waiting.get(left > 0, max(left, 0))
            except queue.Empty:
                break
            if call is None:
                self._waiting.put(None)  # for the next round
                break
            size += call.size
            if size > self._options.max_batch or call.kind != first.kind:
                return batch, call
            batch.append(call)
        return batch, None

    def _answer(self, batch: Sequence[_Call]) -> None:
        try:
            results = self._together(batch)
        except Exception as error:
            if len(batch) == 1:
                batch[0].result.set_exception(error)
                return
            for call in batch:  # one bad canvas is no reason to fail the others
                self._answer([call])
            return
        for call, result in zip(batch, results, strict=True):
            call.result.set_result(result)

    def _together(self, batch: Sequence[_Call]) -> list[np.ndarray]:
        sizes = [len(call.canvases) for call in batch]
        self._options.observe(sum(sizes))
        if len(batch) == 1:
            return [self._network.predict(batch[0].canvases, batch[0].masks, batch[0].seeds)]
        outpainted = self._network.predict(
            np.concatenate([call.canvases for call in batch]),
            np.concatenate([call.masks for call in batch]),
            None if batch[0].seeds is None else np.concatenate([call.seeds for call in batch]),
        )
        return np.split(outpainted, np.cumsum(sizes)[:-1])
