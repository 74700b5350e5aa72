"""Behind a real server: what only shows on a socket."""

import concurrent.futures
import contextlib
import json
import logging
import os
import re
import socket
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

import flask
import numpy as np
import pytest
import requests

from serving.model.batching import Batcher
from serving.web.server import listening
from serving.web.settings import WebSettings
from tests.patience import PATIENCE
from tests.serving.web.conftest import MakeApp, model_held, pixels, png, serving

HEAD = b"POST /v1/outpaint HTTP/1.1\r\nHost: 127.0.0.1\r\n"
STREAM = {"Accept": "application/x-ndjson"}


def connect(url: str) -> socket.socket:
    place = urllib.parse.urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=PATIENCE)


def ask(url: str, image: bytes, **fields: str) -> requests.Response:
    return requests.post(
        f"{url}/v1/outpaint", files={"image": image}, data=fields, timeout=PATIENCE
    )


def test_large_uploads_and_answers_stay_in_memory(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))  # a file would fail
    image = png(900, 900)
    assert len(image) > 2_000_000
    response = ask(url, image, right="8px", blend="none", synthesis="none")
    assert response.status_code == 200
    assert len(response.content) > 2_000_000
    np.testing.assert_array_equal(pixels(response.content)[:, :900], pixels(image))


def test_huge_headers_and_bodies_are_refused(make_app: MakeApp) -> None:
    with serving(make_app(limits={"max_bytes": 100_000})) as url:
        response = requests.get(url, headers={"X-Long": "x" * 20_000}, timeout=PATIENCE)
        assert response.status_code == 431
        assert response.json()["error"]["code"] == "request_header_fields_too_large"
        with connect(url) as client:
            client.sendall(HEAD + b"Content-Length: 99999999999\r\n\r\n")
            answer = b""
            while b"too_large" not in answer and (part := client.recv(4000)):
                answer += part
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"too_large"' in answer
        assert requests.get(f"{url}/healthz", timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"\0\1\2\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # of no host
        b"GET / HTTP/1.1\r\nHost: somewhere.example\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /%ff%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(url: str, request_: bytes) -> None:
    with connect(url) as client:
        client.sendall(request_)
        answer = b""
        while part := client.recv(4096):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] in (b"400", b"404")
    assert json.loads(body)["error"]["message"]


def test_a_hundred_clients_at_once_get_their_picture_or_a_short_refusal(
    make_app: MakeApp,
) -> None:
    app = make_app(max_concurrent=4)
    images = [png(16 + i % 7, 16) for i in range(100)]
    with serving(app, max_concurrent=4) as url, concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda image: ask(url, image, right="8px"), images))
        assert requests.get(f"{url}/readyz", timeout=PATIENCE).status_code == 200
        metrics = requests.get(f"{url}/metrics", timeout=PATIENCE).text
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert sum(answer.status_code == 200 for answer in answers) >= 4
    for image, answer in zip(images, answers, strict=True):
        if answer.status_code == 200:  # nobody gets another's
            known = pixels(image)
            np.testing.assert_array_equal(pixels(answer.content)[:, : known.shape[1]], known)
        else:
            assert len(answer.content) < 300
            assert int(answer.headers["Retry-After"]) >= 1
    assert "outpaint_pictures_at_once 0.0" in metrics


def test_what_is_too_much_is_refused_and_ready_says_so(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(max_concurrent=2, max_megapixels_at_once=1)
    with (
        serving(app, max_concurrent=2) as url,
        model_held(app, monkeypatch) as go,
        concurrent.futures.ThreadPoolExecutor(2) as pool,
    ):
        first = pool.submit(ask, url, png(700, 700), right="1px")
        while "at_once 1.0" not in requests.get(f"{url}/metrics", timeout=PATIENCE).text:
            time.sleep(0.02)
        large = ask(url, png(700, 700), right="1px")
        assert (large.status_code, "megapixels" in large.text) == (503, True)
        second = pool.submit(ask, url, png(20, 20), right="1px")
        while requests.get(f"{url}/readyz", timeout=PATIENCE).status_code == 200:
            time.sleep(0.02)
        third = ask(url, png(20, 20), right="1px")
        assert third.status_code == 503
        assert third.json()["error"]["code"] == "unavailable"
        go.set()
        assert [first.result().status_code, second.result().status_code] == [200, 200]
        assert requests.get(f"{url}/readyz", timeout=PATIENCE).status_code == 200


def test_work_for_who_has_gone_ends(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    predict = Batcher.predict

    def slow(self, canvases, masks):
        calls.append(1)
        time.sleep(0.3)
        return predict(self, canvases, masks)

    monkeypatch.setattr(Batcher, "predict", slow)
    app = make_app(max_concurrent=1)
    with serving(app, max_concurrent=1) as url:
        response = requests.post(
            f"{url}/v1/outpaint",
            files={"image": png(30, 30)},
            data={"mode": "zoom-out", "steps": "10"},
            headers=STREAM,
            stream=True,
            timeout=PATIENCE,
        )
        assert next(response.iter_lines()) == b'{"progress": 0.0}'
        response.close()
        while requests.get(f"{url}/readyz", timeout=PATIENCE).status_code == 503:
            time.sleep(0.02)
        gone = len(calls)
        assert gone < 10  # a step takes one at least
        time.sleep(0.4)
        assert len(calls) == gone


def test_streams_arrive_as_they_are_made(
    app: flask.Flask, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[bytes] = []
    with model_held(app, monkeypatch) as go:
        response = requests.post(
            f"{url}/v1/outpaint",
            files={"image": png(30, 30)},
            data={"right": "10"},
            headers=STREAM,
            stream=True,
            timeout=PATIENCE,
        )
        assert response.status_code == 200  # the head is here before the picture is
        go.set()
        lines += response.iter_lines()
    assert "image" in json.loads(lines[-1])


def test_an_end_lets_what_was_begun_come_to_its_own(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    admission = app.extensions["admission"]
    server = listening.listen(app, WebSettings(port=0, stop_seconds=20))
    running = threading.Thread(target=server.run)
    running.start()
    drain = listening.Drain(server, admission.drain, seconds=1)
    try:
        with (
            model_held(app, monkeypatch) as go,
            concurrent.futures.ThreadPoolExecutor(1) as pool,
        ):
            begun = pool.submit(ask, server.url, png(20, 20), right="4")
            while "at_once 1.0" not in requests.get(f"{server.url}/metrics", timeout=PATIENCE).text:
                time.sleep(0.02)
            drain()
            ready = requests.get(f"{server.url}/readyz", timeout=PATIENCE)
            assert (ready.status_code, "about to stop" in ready.text) == (503, True)
            assert requests.get(f"{server.url}/healthz", timeout=PATIENCE).status_code == 200
            with contextlib.suppress(requests.ConnectionError):
                while True:  # for a second, and then no more
                    requests.get(f"{server.url}/healthz", timeout=PATIENCE)
                    time.sleep(0.05)
            assert running.is_alive()
            go.set()
            assert pixels(begun.result().content).shape == (20, 24, 3)
        running.join(PATIENCE)
        assert not running.is_alive()
    finally:
        drain.at_once()
        drain.at_once()
        running.join(PATIENCE)
        admission.draining = False


def test_a_log_tells_what_became_of_each_request(
    app: flask.Flask, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "outpaint.access")
    ask(url, png(9, 9), right="1")
    ask(url, b"no picture", right="1")
    requests.get(f"{url}/two%0Alines?secret=1", timeout=PATIENCE)
    requests.get(f"{url}/healthz", timeout=PATIENCE)  # of probes, only what is wrong
    response = requests.post(
        f"{url}/v1/outpaint", files={"image": png(9, 9)}, data={"right": "1"}, headers=STREAM,
        timeout=PATIENCE,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while len(caplog.messages) < 4 and time.monotonic() < until:
        time.sleep(0.02)
    whole = r"127\.0\.0\.1 {} {} bytes \d+\.\d{{3}} s{}"
    expected = [
        whole.format("POST /v1/outpaint", r"200 \d+", " done"),
        whole.format("POST /v1/outpaint", r"415 \d+", " refused"),
        whole.format(r"GET /two\\nlines", r"404 \d+", ""),
        whole.format("POST /v1/outpaint", f"200 {len(response.content)}", " done"),
    ]
    for pattern, message in zip(expected, caplog.messages, strict=True):
        assert re.fullmatch(pattern, message)


def test_closed_servers_leave_no_descriptor_open(app: flask.Flask) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    with serving(app) as url:
        ask(url, png(9, 9), right="1")
    before = count()
    for _ in range(3):
        with serving(app) as url:
            ask(url, png(9, 9), right="1")
    assert count() <= before


@pytest.mark.parametrize(("proxy", "second"), [("127.0.0.1", 200), ("", 429)])
def test_a_clients_address_is_believed_from_the_trusted_proxy_only(
    make_app: MakeApp, proxy: str, second: int
) -> None:
    app = make_app(rate_limit="1/minute", trusted_proxy=proxy)
    with serving(app, trusted_proxy=proxy) as url:
        answers = [
            requests.post(
                f"{url}/v1/outpaint",
                files={"image": png(9, 9)},
                data={"right": "1"},
                headers={"X-Forwarded-For": f"198.51.100.{client}"},
                timeout=PATIENCE,
            ).status_code
            for client in range(2)
        ]
    assert answers == [200, second]
