"""Opens the port, serves, and comes to an orderly end."""

import contextlib
import ctypes
import functools
import logging
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import flask
import uvicorn

from serving.web.server.connection import MAX_HEADER, Connection
from serving.web.server.front import Front
from serving.web.settings import WebSettings

_FILES_BESIDES = 128  # open files that are no connections
# Of glibc's mallopt: what is larger than so many bytes goes back to the system when it is freed,
# and threads share so many heaps. Left to itself it keeps the buffers of uploads and results, in
# pieces, in a heap for each few threads, and the process grows by the hour.
_MALLOPT = {"M_MMAP_THRESHOLD": (-3, 4_000_000), "M_ARENA_MAX": (-8, 4)}


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to who runs the server."""
        yield


@dataclass(frozen=True)
class Server:
    """An open port."""

    url: str
    run: Callable[[], None]  # serves until `close`
    close: Callable[[], None]  # from any thread: takes no more, ends what was begun, frees the port
    hurry: Callable[[], None]  # likewise, and waits for nothing


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
    _allow_files(settings.max_connections)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    opened = socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    # Where a client's window stays shut, the kernel ends the connection; it is inherited.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, settings.stall_seconds * 1000)
    protocol: Any = functools.partial(Connection, settings=settings)
    config = uvicorn.Config(
        Front(app, settings),
        http=protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=MAX_HEADER,
        timeout_keep_alive=settings.header_seconds,
        timeout_graceful_shutdown=settings.stop_seconds,
        proxy_headers=bool(settings.trusted_proxy),
        forwarded_allow_ips=settings.trusted_proxy,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what strangers do wrong
    server = _Uvicorn(config)
    host, port = opened.getsockname()[:2]
    place = f"[{host}]" if ":" in host else host

    def close() -> None:
        server.should_exit = True

    def hurry() -> None:
        server.force_exit = True
        server.should_exit = True

    def run() -> None:
        server.run(sockets=[opened])

    return Server(f"http://{place}:{port}{settings.prefix}", run, close, hurry)


def steady_memory() -> None:
    """Has this process give back what it no longer needs; for those that do nothing but serve."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # of glibc alone
        for parameter, value in _MALLOPT.values():
            mallopt(parameter, value)


def _allow_files(connections: int) -> None:
    """Raises this process's limit of open files as far as it may and need be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _FILES_BESIDES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Drain:
    """An end in three steps: not ready, then no new connections, then the end."""

    def __init__(self, server: Server, stop_taking: Callable[[], None], seconds: float) -> None:
        """Prepares.

        Args:
            server: What is to end.
            stop_taking: Called first, so that the readiness probe says no.
            seconds: For which connections are still taken, so that whoever asks the probe sees it.
        """
        self._server, self._stop_taking, self._seconds = server, stop_taking, seconds
        self._begun = False

    def __call__(self, *_: object) -> None:
        """Begins, as the handler of a signal; called again, it waits for nothing."""
        if self._begun or not self._seconds:
            self.at_once()
            return
        self._begun = True
        self._stop_taking()
        timer = threading.Timer(self._seconds, self._server.close)
        timer.daemon = True
        timer.start()

    def at_once(self) -> None:
        """Takes no new connections from now on; called again, it waits for nothing."""
        self._stop_taking()
        if self._begun:
            self._server.hurry()
        else:
            self._begun = True
            self._server.close()
