"""A real HTTP server that can be made to misbehave."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What the server has, how it behaves, and what it was asked."""

    url: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)  # by file name
    ranges: bool = True
    faults: list[str] = field(default_factory=list)  # one is used up by each request
    asked: list[str | None] = field(default_factory=list)  # each request's Range
    release: threading.Event = field(default_factory=threading.Event)


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            site.asked.append(wanted)
            fault = site.faults.pop(0) if site.faults else ""
            body = site.bodies.get(self.path.removeprefix("/files/"))
            if body is None or fault == "busy":
                return self.send_error(404 if body is None else 503)
            start = int(wanted.removeprefix("bytes=")[:-1]) if wanted and site.ranges else 0
            if start and start >= len(body):
                return self.send_error(416)
            start += {"later": 7, "earlier": -7}.get(fault, 0)
            self.send_response(206 if start else 200)
            if start and fault != "unsaid":
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            length = 10**18 if fault == "huge" else len(body) - start
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self._send(body[start:], fault)

        def _send(self, body: bytes, fault: str) -> None:
            if fault == "nothing":
                return
            if fault not in ("cut", "reset", "stall"):
                self.wfile.write(body)
                return
            self.wfile.write(body[: len(body) // 2])
            if fault == "reset":  # lingering for no time makes close() send a reset
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
            if fault == "stall":
                site.release.wait()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        pass  # a client that hung up is what some of these tests are about


@contextlib.contextmanager
def serve() -> Iterator[Site]:
    """Runs a server that has no files yet."""
    site = Site()
    with _Server(("127.0.0.1", 0), _handler(site)) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/files"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield site
        site.release.set()
        server.shutdown()
        thread.join()
