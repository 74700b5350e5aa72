"""A connection on uvicorn's HTTP/1.1, with what uvicorn leaves to a proxy: time and bounds."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.web import problems
from serving.web.settings import WebSettings

ABORT = "outpaint.abort"  # the key, in an ASGI scope, of what ends the connection at once
MAX_HEADER = 16 * 1024  # bytes
_LINGER = 5  # seconds in which a request that was answered early may be sent to its end
_AHEAD = 64 * 1024  # bytes of requests that a client may send before its answers are out


class Connection(H11Protocol):
    """A client. Its requests must begin in time, and it waits for its answers."""

    def __init__(self, *args: Any, settings: WebSettings, **kwargs: Any) -> None:
        """Takes a client on.

        Args:
            *args: Passed on to uvicorn's protocol.
            settings: The bounds.
            **kwargs: Passed on to uvicorn's protocol.
        """
        super().__init__(*args, **kwargs)
        self._settings = settings
        self._application = self.app
        self.app = self._with_abort
        self._deadline: asyncio.TimerHandle | None = None
        self._partial = False  # whether a request has begun to arrive, but not its head's end
        self.since = time.monotonic()  # when it last had nothing to do

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins, where there is room; see asyncio.Protocol."""
        super().connection_made(transport)
        if len(self.connections) > self._settings.max_connections and not self._make_room():
            self.refuse(
                503,
                f"All {self._settings.max_connections} connections of this server are in use; "
                f"try again in {problems.RETRY_SECONDS} s.",
            )
            return
        self._wait(self._settings.header_seconds)

    def _make_room(self) -> bool:
        """Closes the connection that has had nothing to do for longest."""
        idle = [other for other in self.connections if other is not self and not other.is_busy]  # type: ignore[union-attr]
        if not idle:
            return False
        min(idle, key=lambda other: other.since).abort()  # type: ignore[union-attr]
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends; see asyncio.Protocol."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes bytes in; see asyncio.Protocol."""
        self._partial = not self.is_busy
        super().data_received(data)
        if self.is_busy:
            self._partial = False
            self._stop_waiting()
        if self.conn.their_state is h11.DONE and len(self.conn.trailing_data[0]) > _AHEAD:
            self.abort()  # uvicorn would keep it all, and more with each answer

    def on_response_complete(self) -> None:
        """Waits for the next request, and for the end of one that was answered before it."""
        super().on_response_complete()
        if not self.is_busy and not self.transport.is_closing():
            self.since = time.monotonic()
            unfinished = self.conn.their_state is h11.SEND_BODY
            self._wait(_LINGER if unfinished else self._settings.header_seconds)
        elif self.transport.is_closing():
            self._wait(_LINGER)  # for what is still to be sent

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP, in uvicorn's place.

        Args:
            msg: Uvicorn's words; not used.
        """
        status = getattr(sys.exc_info()[1], "error_status_hint", 400)
        told = "The headers are too long." if status == 431 else "This is no valid HTTP request."
        self.refuse(status, told)

    def refuse(self, status: int, message: str) -> None:
        """Answers with an error, and closes.

        Args:
            status: Of HTTP.
            message: For a person.
        """
        if self.cycle is not None:  # its application answers into the void
            self.cycle.disconnected = self.cycle.response_started = True
            self.cycle.message_event.set()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.abort()
            return
        body = json.dumps(problems.content(status, problems.name(status), message)).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        headers += [("Connection", "close")]
        if status == 503:
            headers.append(("Retry-After", str(problems.RETRY_SECONDS)))
        for event in (
            h11.Response(status_code=status, headers=headers, reason=problems.name(status)),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
        self._wait(_LINGER)

    def abort(self) -> None:
        """Ends the connection at once; what was still to be sent is thrown away."""
        self.transport.abort()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self._late)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        if self._partial and not self.transport.is_closing():
            self._partial = False
            self.refuse(
                408, f"The head of a request has {self._settings.header_seconds} s to arrive."
            )
        else:
            self.abort()

    async def _with_abort(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        scope[ABORT] = self.abort
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER:
            self.refuse(431, "The headers are too long.")  # h11 looks at incomplete ones alone
            return
        await self._application(scope, receive, send)
