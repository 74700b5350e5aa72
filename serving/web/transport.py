"""The HTTP server, waitress, made safe against slow and greedy clients. Nothing goes to disk."""

import json
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass

import flask
import waitress.channel
import waitress.parser
import waitress.server
import waitress.task
from waitress import wasyncore
from waitress.utilities import Error

from serving.web import problems
from serving.web.settings import WebSettings

_MAX_HEADER = 16 * 1024  # bytes
_SPARE_THREADS = 8  # that answer pages, probes and refusals while all pictures are worked on
_NEVER = 2**40  # bytes: waitress writes what is larger than this to a temporary file
_JSON = "application/json"


class _ErrorTask(waitress.task.ErrorTask):
    """Answers what waitress itself refuses as the application does: as JSON."""

    def execute(self) -> None:
        error: Error = self.request.error
        body = json.dumps(problems.content(error.code, error.reason, str(error.body))).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [("Content-Type", _JSON), ("Connection", "close")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(waitress.channel.HTTPChannel):
    """A connection whose requests must arrive in time.

    Waitress counts `channel_timeout` from the last byte, so a byte now and then would hold a
    connection for ever. Here it counts from the first byte of a request.
    """

    error_task_class = _ErrorTask
    last_activity: float
    _arriving_since: float | None = None

    def received(self, data: bytes) -> bool:
        """Takes bytes in; see HTTPChannel."""
        done: bool = super().received(data)
        if self.request is None:
            self._arriving_since = None
        else:
            self._arriving_since = self._arriving_since or self.last_activity
            self.last_activity = self._arriving_since
        return done


@dataclass(frozen=True)
class Server:
    """An open port."""

    url: str
    run: Callable[[], None]  # serves until Ctrl-C
    close: Callable[[], None]  # ends `run` from another thread, and frees the port


def listen(app: flask.Flask, settings: WebSettings) -> Server:
    """Opens the port.

    Args:
        app: What `serving.web.app.create_app` makes.
        settings: Of the web server.

    Returns:
        The server, not running yet.

    Raises:
        OSError: If the address cannot be listened on.
    """
    # How many wait is told by /metrics.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    proxy = {}
    if settings.trusted_proxy:
        proxy["trusted_proxy"] = settings.trusted_proxy
        proxy["trusted_proxy_headers"] = "x-forwarded-for x-forwarded-proto x-forwarded-host"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    opened = socket.create_server((settings.host, settings.port), family=family)
    server = waitress.server.create_server(
        app,
        sockets=[opened],
        threads=settings.max_concurrent + _SPARE_THREADS,
        connection_limit=settings.max_connections,
        channel_timeout=settings.request_seconds,
        cleanup_interval=max(1, settings.request_seconds // 6),
        max_request_header_size=_MAX_HEADER,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        inbuf_overflow=_NEVER,
        outbuf_overflow=_NEVER,
        ident=None,
        **proxy,
    )
    server.channel_class = _Channel

    def close() -> None:
        # In the server's own thread, for nothing else may touch its sockets.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
        server.task_dispatcher.shutdown()

    host, port = opened.getsockname()[:2]
    return Server(f"http://{f'[{host}]' if ':' in host else host}:{port}", server.run, close)
