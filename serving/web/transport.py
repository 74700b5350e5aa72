"""The HTTP server, waitress, made safe against slow and greedy clients. Nothing goes to disk."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import flask
import waitress.channel
import waitress.parser
import waitress.server
import waitress.task
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
        app: What `serving.app.create_app` makes.
        settings: Of the web server.

    Returns:
        The server, not running yet.

    Raises:
        OSError: If the address cannot be listened on.
    """
    proxy = {}
    if settings.trusted_proxy:
        proxy["trusted_proxy"] = settings.trusted_proxy
        proxy["trusted_proxy_headers"] = "x-forwarded-for x-forwarded-proto x-forwarded-host"
    server = waitress.server.create_server(
        app,
        host=settings.host,
        port=settings.port,
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
    many = isinstance(server, waitress.server.MultiSocketServer)  # as of `localhost`
    sockets = (
        [part for part in server.map.values() if hasattr(part, "sockinfo")] if many else [server]
    )
    for part in sockets:
        part.channel_class = _Channel
    address = sockets[0].effective_host
    host = f"[{address}]" if ":" in address else address
    return Server(f"http://{host}:{sockets[0].effective_port}", server.run, server.close)
