"""A picture's making, told line by line."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from serving.files.isolation import Cancelled
from serving.web import problems
from serving.web.api.work import Work
from serving.web.exchange import Exchange

_LEAST_PROGRESS = 0.005  # that is worth a line
_ALIVE = 10.0  # seconds after which a line is told again, so that proxies keep the connection


class Stream:
    """The lines: `{"progress": 0.5}` and so on, then the result or an error.

    The work goes on in a thread of its own, and ends when the client has gone.
    """

    def __init__(self, work: Work, exchange: Exchange, finish: Callable[[], None]) -> None:
        """Starts the work.

        Args:
            work: What `Studio.prepare` gave.
            exchange: Whose client may leave.
            finish: Called when the work has ended, however it did.
        """
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._exchange = exchange
        self._told = 0.0
        self._put({"progress": self._told})  # at once, as the head of the answer goes with it
        threading.Thread(target=self._run, args=(work, finish), name="stream", daemon=True).start()

    def lines(self) -> Iterator[bytes]:
        """Gives the lines as they come."""
        while True:
            try:
                line = self._lines.get(timeout=_ALIVE)
            except queue.Empty:
                line = json.dumps({"progress": round(self._told, 4)}).encode() + b"\n"
            if line is None:
                return
            yield line

    def abandon(self) -> None:
        """Says that nobody listens any more."""
        self._exchange.gone.set()

    def _run(self, work: Work, finish: Callable[[], None]) -> None:
        last = None
        try:
            last = work(self._progress).as_json()
        except Cancelled:
            pass
        except Exception as error:
            last = problems.body(problems.as_http(error))
        finally:
            finish()  # before the last line, so that who has read it finds it counted
            if last is not None:
                self._put(last)
            self._lines.put(None)

    def _progress(self, share: float) -> None:
        if self._exchange.gone.is_set():
            raise Cancelled
        if share >= min(self._told + _LEAST_PROGRESS, 1) and share > self._told:
            self._told = share
            self._put({"progress": round(share, 4)})

    def _put(self, content: dict[str, Any]) -> None:
        self._lines.put(json.dumps(content).encode() + b"\n")
