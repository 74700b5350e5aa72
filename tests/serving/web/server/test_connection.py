"""Slow, greedy and many clients, each on a real socket."""

import contextlib
import json
import os
import socket
import time
import urllib.parse
from collections.abc import Iterator

import flask
import pytest
import requests

from tests.patience import PATIENCE
from tests.serving.web.conftest import MakeApp, png, serving

GET = b"GET /static/css/studio.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HEAD = b"POST /v1/outpaint HTTP/1.1\r\nHost: 127.0.0.1\r\n"
FORM = HEAD + b"Content-Type: multipart/form-data; boundary=b\r\n"


def connect(url: str, window: int = 0) -> socket.socket:
    place = urllib.parse.urlsplit(url)
    client = socket.socket()
    if window:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    client.settimeout(PATIENCE)
    client.connect((place.hostname, place.port))
    return client


@contextlib.contextmanager
def many(url: str, number: int, data: bytes = b"", window: int = 0) -> Iterator[list]:
    clients = []
    try:
        for _ in range(number):
            clients.append(connect(url, window))
            clients[-1].sendall(data)
        yield clients
    finally:
        for client in clients:
            client.close()


def answer(client: socket.socket) -> tuple[int, dict]:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while b"\r\n\r\n" not in data or not data.endswith(b"}\n" if b"}\n" in data else b"}"):
            part = client.recv(4096)
            if not part:
                break
            data += part
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), json.loads(body)


def seconds_until_closed(client: socket.socket, drip: bytes = b"") -> float:
    """How long the server keeps a connection on which nothing, or a little, is sent."""
    started = time.monotonic()
    client.setblocking(False)
    while time.monotonic() - started < PATIENCE:
        try:
            if drip:
                client.send(drip)
            if client.recv(65536) == b"":
                break
        except BlockingIOError:
            pass
        except OSError:
            break
        time.sleep(0.05)
    return time.monotonic() - started


def alive(url: str) -> bool:
    return requests.get(f"{url}/healthz", timeout=PATIENCE).status_code == 200


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_who_asks_much_and_reads_nothing_waits_and_hinders_nobody(app: flask.Flask) -> None:
    with serving(app, stall_seconds=2) as url:
        before = descriptors()
        with many(url, 20, GET * 300, window=2048) as clients:
            assert alive(url)
            # A connection each, and nothing more; both ends are in this process.
            until = time.monotonic() + PATIENCE
            while (held := descriptors() - before - 2 * len(clients)) > 8:
                assert time.monotonic() < until, held
                time.sleep(0.1)
            assert seconds_until_closed(clients[0]) < PATIENCE
        assert alive(url)


def test_requests_in_a_row_are_answered_in_a_row(url: str) -> None:
    with connect(url) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        data = b""
        while data.count(b'"status":"ok"') < 50:
            part = client.recv(65536)
            assert part
            data += part
    assert data.count(b"HTTP/1.1 200") == 50


def test_who_sends_without_end_ahead_of_the_answers_is_cut_off(app: flask.Flask) -> None:
    with serving(app, stall_seconds=5) as url, connect(url, window=2048) as client:
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 400:
                client.sendall(GET * 1000)
                sent += 1
        assert sent < 400
        assert alive(url)


@pytest.mark.parametrize("drip", [b"", b"A: b\r\n"])
def test_heads_must_arrive_in_time(app: flask.Flask, drip: bytes) -> None:
    with serving(app, header_seconds=1) as url, connect(url) as client:
        client.sendall(b"GET / HTTP/1.1\r\n" if drip else b"")
        assert 0.5 < seconds_until_closed(client, drip) < PATIENCE
        assert alive(url)


def test_a_late_head_is_told(app: flask.Flask) -> None:
    with serving(app, header_seconds=1) as url, connect(url) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        status, content = answer(client)
    assert (status, content["error"]["code"]) == (408, "too_slow")


def test_uploads_have_a_least_rate_and_no_least_time(app: flask.Flask) -> None:
    with serving(app, min_rate=4000, stall_seconds=1) as url:
        body = b"--b\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n"
        length = f"Content-Length: {20_000}\r\n\r\n".encode()
        with connect(url) as client:  # slow, but at the rate: longer than a pause may be
            client.sendall(FORM + length + body)
            for _ in range(10):
                client.sendall(b"x" * 1500)
                time.sleep(0.25)
            client.sendall(b"x" * (20_000 - len(body) - 15_000))
            status, _ = answer(client)
            assert status == 400  # a form without an end
        with connect(url) as client:
            client.sendall(FORM + length + body)
            started = time.monotonic()
            status, content = answer(client)
            assert time.monotonic() - started > 0.5
        assert (status, content["error"]["code"]) == (408, "too_slow")
        assert "4000 bytes a second" in content["error"]["message"]


def test_key_length_and_room_come_before_the_body(make_app: MakeApp) -> None:
    app = make_app(api_key="k", max_upload_megabytes=10, limits={"max_bytes": 20_000_000})
    admission = app.extensions["admission"]
    with serving(app, max_uploads=8) as url:
        length = b"Content-Length: 9000000\r\n\r\n"
        for head, status in (
            (FORM + length, 401),
            (FORM + b"X-API-Key: wrong\r\n" + length, 401),
            (FORM + b"X-API-Key: k\r\nContent-Length: 99999999\r\n\r\n", 413),
            (FORM + b"X-API-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        ):
            with connect(url) as client:
                client.sendall(head)
                assert answer(client)[0] == status
        with connect(url) as first, connect(url) as second:
            first.sendall(FORM + b"X-API-Key: k\r\n" + length + b"x" * 1000)
            while not admission.uploads:
                time.sleep(0.02)
            second.sendall(FORM + b"X-API-Key: k\r\n" + length)
            status, content = answer(second)
            assert status == 503
            assert "--max-upload-megabytes" in content["error"]["message"]
        until = time.monotonic() + PATIENCE
        while admission.uploads and time.monotonic() < until:
            time.sleep(0.02)
        assert (admission.uploads, admission.upload_bytes) == (0, 0)


def test_slow_readers_are_cut_off_and_give_back_their_room(make_app: MakeApp) -> None:
    app = make_app()
    admission = app.extensions["admission"]
    image = png(900, 900)  # more than what sockets hold
    body = b"--b\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n" + image
    body += b"\r\n--b\r\nContent-Disposition: form-data; name=right\r\n\r\n8\r\n--b--\r\n"
    with serving(app, stall_seconds=1) as url, connect(url, window=2048) as client:
        client.sendall(FORM + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        until = time.monotonic() + PATIENCE
        while not admission.megapixels and time.monotonic() < until:
            time.sleep(0.01)
        assert admission.megapixels > 0
        while admission.megapixels and time.monotonic() < until:
            time.sleep(0.05)
        assert (admission.megapixels, admission.pictures) == (0, 0)


def test_two_hundred_idle_connections_leave_room(app: flask.Flask) -> None:
    with serving(app, max_connections=50, header_seconds=60) as url, many(url, 200) as clients:
        assert alive(url)  # the longest idle made room
        assert seconds_until_closed(clients[0]) < 30  # it would be sixty


def test_where_all_are_busy_the_next_is_told(app: flask.Flask) -> None:
    length = b"Content-Length: 5000\r\n\r\n"
    with serving(app, max_connections=10, stall_seconds=30) as url:
        with many(url, 10, FORM + length):
            time.sleep(0.5)
            with connect(url) as client:
                status, content = answer(client)
        assert status == 503
        assert "All 10 connections" in content["error"]["message"]
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                if alive(url):
                    break
            time.sleep(0.1)
        assert alive(url)
