"""Clients that mean harm, or behave as if they did. Each attacks until it is told to stop.

They connect to 127.0.0.1 alone, a bounded number of times at once.
"""

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HOST = "127.0.0.1"
Attack = Callable[["Target"], None]


@dataclass(frozen=True)
class Target:
    """The server, and when to stop."""

    port: int
    key: str
    stop: threading.Event
    bombs: dict[str, bytes]
    picture: bytes  # an honest one, of some hundred kilobytes
    page: str  # the path of something large that anybody may fetch

    def head(self, method: str, path: str, *lines: str, key: bool = True) -> bytes:
        """A request's head."""
        own = [f"X-API-Key: {self.key if key else 'wrong'}"] if self.key else []
        text = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {HOST}", *own, *lines])
        return f"{text}\r\n\r\n".encode()

    def form(self, image: bytes, **fields: str) -> bytes:
        """A whole request for a picture."""
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        first = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        body = b"".join([*parts, first, image, b"\r\n--b--\r\n"])
        kind = "Content-Type: multipart/form-data; boundary=b"
        return self.head("POST", "/v1/outpaint", kind, f"Content-Length: {len(body)}") + body

    def connect(self, window: int = 0) -> socket.socket:
        """A connection; with a small window, one that takes little at a time."""
        client = socket.socket()
        if window:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        client.settimeout(10)
        client.connect((HOST, self.port))
        return client


@contextlib.contextmanager
def _many(target: Target, number: int, first: bytes, window: int = 0) -> Iterator[list]:
    clients: list[socket.socket] = []
    try:
        for _ in range(number):
            with contextlib.suppress(OSError):
                client = target.connect(window)
                clients.append(client)
                client.sendall(first)
        yield clients
    finally:
        for client in clients:
            client.close()


def _drip(target: Target, clients: list[socket.socket], data: bytes, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not target.stop.wait(1):
        for client in clients:
            with contextlib.suppress(OSError):
                client.send(data)


def pipelined(target: Target) -> None:
    """Ask three hundred times, and read nothing."""
    one = target.head("GET", target.page)
    with _many(target, 10, one * 300, window=2048):
        target.stop.wait(20)


def idle(target: Target) -> None:
    """Two hundred connections that say nothing."""
    with _many(target, 200, b""):
        target.stop.wait(20)


def slow_heads(target: Target) -> None:
    """A header line now and then."""
    with _many(target, 60, b"GET / HTTP/1.1\r\n") as clients:
        _drip(target, clients, b"X-More: of it\r\n", 25)


def uploads(target: Target, key: bool = True) -> None:
    """Two hundred uploads of 40 MB; some hurry at first, then all trickle."""
    lines = ("Content-Type: multipart/form-data; boundary=b", "Content-Length: 40000000")
    head = target.head("POST", "/v1/outpaint", *lines, key=key)
    with _many(target, 200, head) as clients:
        for client in clients[:20]:
            with contextlib.suppress(OSError):
                client.settimeout(1)
                for _ in range(30):
                    client.sendall(bytes(1_000_000))
        _drip(target, clients, b"x", 15)


def uploads_without_key(target: Target) -> None:
    """The same, by those who may not."""
    uploads(target, key=False)


def slow_readers(target: Target) -> None:
    """Ask for pictures, and take a few bytes a second of them."""
    with _many(target, 8, target.form(target.picture, right="50%"), window=2048) as clients:
        until = time.monotonic() + 40
        while time.monotonic() < until and not target.stop.wait(1):
            for client in clients:
                with contextlib.suppress(OSError):
                    client.setblocking(False)
                    client.recv(100)


def bombs(target: Target) -> None:
    """Every bomb in turn, and an answer to each."""
    for bomb in random.sample(list(target.bombs.values()), len(target.bombs)):
        if target.stop.is_set():
            return
        with contextlib.suppress(OSError), target.connect() as client:
            client.settimeout(60)
            client.sendall(target.form(bomb, right="10%"))
            client.recv(1000)


def killed(target: Target) -> None:
    """Clients that are gone at any moment, by a reset."""
    data = target.form(target.picture, right="50%", mode="extend")
    for _ in range(20):
        if target.stop.is_set():
            return
        with contextlib.suppress(OSError), target.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(data[: random.choice([10, len(data) // 2, len(data)])])
            target.stop.wait(random.uniform(0, 0.8))


def garbage(target: Target) -> None:
    """No HTTP, or nearly."""
    for data in (
        random.randbytes(3000),
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000,
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        target.head("POST", "/v1/outpaint", "Transfer-Encoding: chunked") + b"fffffffff\r\nx",
        target.head("POST", "/v1/outpaint", "Content-Length: 99999999999"),
        target.head("POST", "/v1/outpaint", "Content-Length: 5", "Content-Length: 6"),
    ):
        with contextlib.suppress(OSError), target.connect() as client:
            client.sendall(data)
            client.recv(1000)
    target.stop.wait(1)


ATTACKS: tuple[Attack, ...] = (
    pipelined,
    idle,
    slow_heads,
    uploads,
    uploads_without_key,
    slow_readers,
    bombs,
    killed,
    garbage,
)
