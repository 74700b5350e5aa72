"""One request and its answer: is the client still there, and when is it all over?"""

import logging
import threading
from collections.abc import Callable

import flask

SCOPE = "outpaint.exchange"  # its key in an ASGI scope
_LOG = logging.getLogger("outpaint")


class TooSlow(Exception):
    """The client sends its request too slowly. The message is fit to be shown."""


class ClientGone(Exception):
    """The client left."""


class Exchange:
    """A request and its answer.

    Attributes:
        gone: Set once nobody waits for the answer any more.
        outcome: What came of the work, for the log and the figures; empty where nothing was asked.
    """

    def __init__(self) -> None:
        """Begins."""
        self.gone = threading.Event()
        self.outcome = ""
        self._callbacks: list[Callable[[], None]] = []

    def at_end(self, callback: Callable[[], None]) -> None:
        """Has something done when the last byte of the answer is out, or the client gone.

        Args:
            callback: Quick, as the server waits for it.
        """
        self._callbacks.append(callback)

    def check(self) -> None:
        """Ends work that nobody waits for.

        Raises:
            ClientGone: If so.
        """
        if self.gone.is_set():
            raise ClientGone

    def end(self) -> None:
        """Does what was to be done; once."""
        self.gone.set()
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception:
                _LOG.exception("failed at the end of a request")


def current() -> Exchange:
    """The exchange of Flask's request at hand."""
    exchange: Exchange = flask.g.exchange
    return exchange


def register(app: flask.Flask) -> None:
    """Gives each of an app's requests its exchange, also where no server of ours is in front.

    Args:
        app: The app.
    """

    @app.before_request
    def begin() -> None:
        scope = flask.request.environ.get("asgi.scope", {})
        flask.g.exchange = scope.get(SCOPE) or Exchange()
        flask.g.by_itself = SCOPE not in scope

    @app.after_request
    def end(response: flask.Response) -> flask.Response:
        if flask.g.by_itself:
            response.call_on_close(flask.g.exchange.end)
        return response
