"""Between the connections and the application: every byte at a least rate, and who has left."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import a2wsgi
import flask

from serving.web.exchange import SCOPE, ClientGone, Exchange, TooSlow
from serving.web.server import access
from serving.web.server.connection import ABORT
from serving.web.server.pace import Pace
from serving.web.settings import WebSettings

_PIECE = 64 * 1024  # bytes of an answer that are handed on at once
_SPARE_THREADS = 16  # that answer pages, probes and refusals while all else is at work

Message = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Front:
    """An ASGI application around ours, which is WSGI.

    The application runs in a thread and reads the body as it arrives: key, rate and length are
    looked at first, and a client that is refused sends into the void.
    """

    def __init__(self, app: flask.Flask, settings: WebSettings) -> None:
        """Makes the threads.

        Args:
            app: What `serving.app.create_app` makes.
            settings: The bounds.
        """
        self._settings = settings
        threads = settings.max_uploads + settings.max_concurrent + _SPARE_THREADS
        self._application = a2wsgi.WSGIMiddleware(cast(Any, app), workers=threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request; see ASGI."""
        exchange = Exchange()
        scope[SCOPE] = exchange
        talk = _Talk(scope, receive, send, exchange, self._settings)
        try:
            await self._application(scope, talk.receive, talk.send)  # type: ignore[arg-type]
        finally:
            await talk.end()
            exchange.end()


class _Talk:
    """The bytes of one request and its answer."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, exchange: Exchange, settings: WebSettings
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._exchange, self._settings = exchange, settings
        self._began = time.monotonic()
        self._arriving: Pace | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._status, self._size = 0, 0
        self._cut = False
        self._whole = False
        if not _has_body(scope):
            self._watch()

    def _pace(self) -> Pace:
        return Pace(self._settings.min_rate, self._settings.stall_seconds)

    async def receive(self) -> Message:
        """The next part of the body."""
        if self._watcher:  # there is none, or it is all here
            return {"type": "http.request", "body": b"", "more_body": False}
        self._arriving = self._arriving or self._pace()
        try:
            message = await asyncio.wait_for(self._receive(), self._arriving.left)
        except asyncio.TimeoutError:
            raise TooSlow(
                f"The request must arrive at {self._settings.min_rate:g} bytes a second or more, "
                f"without pauses of {self._settings.stall_seconds} s."
            ) from None
        if message["type"] != "http.request":
            self._exchange.gone.set()
            raise ClientGone
        self._arriving.count(len(message.get("body", b"")))
        if not message.get("more_body"):
            self._watch()
        return message

    def _watch(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._wait_for_leave())

    async def _wait_for_leave(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._whole:
            self._exchange.gone.set()

    async def send(self, message: Message) -> None:
        """The next part of the answer, piece by piece; nothing any more once it was cut."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            await self._pass_on(message, self._pace())
            return
        body, more = memoryview(message.get("body", b"")), message.get("more_body", False)
        pace = self._pace()  # anew for each, as the application may take its time between them
        for start in range(0, len(body) or 1, _PIECE):
            piece = bytes(body[start : start + _PIECE])
            last = start + _PIECE >= len(body) and not more
            self._whole = self._whole or last
            await self._pass_on({**message, "body": piece, "more_body": not last}, pace)
            pace.count(len(piece))
            self._size += len(piece)

    async def _pass_on(self, message: Message, pace: Pace) -> None:
        if self._cut:
            return
        sending = asyncio.ensure_future(self._send(message))
        done, _ = await asyncio.wait([sending], timeout=pace.left)
        if not done:
            self._cut = True
            self._exchange.gone.set()
            self._scope[ABORT]()
        await sending  # after an abort, uvicorn's returns

    async def end(self) -> None:
        """Stops listening, and tells the log."""
        if self._watcher:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        left = self._cut or (self._exchange.gone.is_set() and not self._whole)
        access.tell(
            self._scope,
            self._status,
            self._size,
            time.monotonic() - self._began,
            self._exchange.outcome or ("left" if left else ""),
        )


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
