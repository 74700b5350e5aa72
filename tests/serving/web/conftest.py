"""The application with a small model, by test client and behind a real server."""

import base64
import contextlib
import io
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from serving.settings import Settings
from serving.web.app import DECODERS, create_app
from serving.web.server import listening
from serving.web.settings import WebSettings
from tests.patience import PATIENCE
from tests.pictures import encoded
from tests.serving.plain_model import write_plain_model

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
LEVEL = 0.5  # what the small model paints

MakeApp = Callable[..., flask.Flask]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_plain_model(folder / "7", LEVEL)
    return folder


@pytest.fixture(scope="session")
def readers() -> Iterator[deque]:
    """Idle processes that read files: the apps share them, as each takes a second to start."""
    idle: deque = deque()
    yield idle
    while idle:
        idle.pop().end()


@pytest.fixture(scope="session")
def make_app(model_folder: Path, readers: deque) -> MakeApp:
    """Makes an app; settings as keywords, those of a picture as `limits`."""

    def make(folder: Path = model_folder, limits: Any = None, **web: Any) -> flask.Flask:
        settings = WebSettings(**{"rate_limit": "", **web})
        app = create_app(folder, settings, Settings(**(limits or {})))
        app.extensions[DECODERS]._idle = readers
        return app

    return make


@pytest.fixture(scope="session")
def app(make_app: MakeApp) -> flask.Flask:
    return make_app()


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


@contextlib.contextmanager
def serving(app: flask.Flask, **web: Any) -> Iterator[str]:
    """A real server around an app, by its URL."""
    server = listening.listen(app, WebSettings(port=0, **web))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        server.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@contextlib.contextmanager
def model_held(app: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Keeps every picture at work until it is let go."""
    outpainter = app.extensions["outpainter"]
    go, real = threading.Event(), outpainter.outpaint

    def wait(*args, **kwargs):
        assert go.wait(PATIENCE)
        return real(*args, **kwargs)

    monkeypatch.setattr(outpainter, "outpaint", wait)
    try:
        yield go
    finally:
        go.set()


@pytest.fixture(scope="session")
def url(app: flask.Flask) -> Iterator[str]:
    with serving(app) as url:
        yield url


@pytest.fixture(scope="session")
def photograph() -> bytes:
    """A JPEG of 256 x 256 pixels."""
    return (SAMPLE / "val" / "pier" / "cold_ripple_0.jpg").read_bytes()


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    """A picture of noise."""
    shape = (height, width, len(mode)) if len(mode) > 1 else (height, width)
    pixels = np.random.default_rng(width * height).integers(0, 256, shape, np.uint8)
    return encoded(Image.fromarray(pixels))


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def form(image: bytes | None = None, name: str = "picture.png", **fields: Any) -> dict[str, Any]:
    """What a test client posts."""
    files = {} if image is None else {"image": (io.BytesIO(image), name)}
    mask = fields.pop("mask", None)
    if mask is not None:
        files["mask"] = (io.BytesIO(mask), "mask.png")
    return {**files, **fields}


def in_json(image: bytes, **fields: Any) -> dict[str, Any]:
    return {"image": base64.b64encode(image).decode(), **fields}
