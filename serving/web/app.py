"""The Flask application: a page and a REST interface around the outpainter."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import flask

from serving.engine.predict import Network
from serving.files.isolation import Decoders
from serving.model.batching import Batcher, Options
from serving.model.outpainter import Outpainter
from serving.model.saved_model import PRETRAINED
from serving.settings import Settings
from serving.web import exchange, guards, problems
from serving.web.admission import Admission
from serving.web.api import endpoints, openapi, uploads
from serving.web.api.work import Studio
from serving.web.operations import health
from serving.web.operations.metrics import Monitor
from serving.web.operations.sampling import Sampler
from serving.web.page import views
from serving.web.settings import WebSettings

_BASE64 = 4 / 3  # of its bytes, a file takes in JSON
_BESIDES = 64 * 1024  # bytes of a request that are neither picture nor mask
OUTPAINTER, ADMISSION, DECODERS = "outpainter", "admission", "decoders"  # keys of extensions


def create_app(
    folder: Path = PRETRAINED,
    web: WebSettings | None = None,
    limits: Settings | None = None,
) -> flask.Flask:
    """Makes the application, and loads the model.

    Args:
        folder: A serving folder, or a SavedModel.
        web: Settings of the web server.
        limits: Of a picture.

    Returns:
        The app; among its extensions are its outpainter, its admission and its decoders.

    Raises:
        NoModel: If the folder holds no model that works.
    """
    web = web or WebSettings()
    admission = Admission(web)
    monitor = Monitor(admission)
    options = Options(web.batch_size, web.batch_ms, observe=monitor.observe_batch)

    def batched(network: Network) -> Network:
        return Batcher(network, options)

    outpainter = Outpainter(folder, limits, through=batched)
    decoders = Decoders(outpainter.settings, web.decoders)
    sampler = Sampler(web.samples, web.max_samples)
    studio = Studio(outpainter, decoders, admission, monitor, sampler)
    app = flask.Flask(
        "serving.web",
        root_path=str(Path(__file__).parent),
        static_folder="static",
        template_folder="templates",
    )
    app.request_class = uploads.MemoryRequest
    app.config["MAX_CONTENT_LENGTH"] = int(outpainter.settings.max_bytes * _BASE64) + _BESIDES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0  # revalidated, so that an update is seen
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions |= {OUTPAINTER: outpainter, ADMISSION: admission, DECODERS: decoders}
    exchange.register(app)
    monitor.register(app)
    limiter = guards.register(app, web)
    problems.register(app)
    app.register_blueprint(endpoints.blueprint(studio, web.rate_limit, limiter))
    app.register_blueprint(openapi.blueprint(web, outpainter.settings))
    app.register_blueprint(views.blueprint(outpainter, web))
    app.register_blueprint(health.blueprint(outpainter, admission, monitor))
    if web.prefix:
        app.wsgi_app = _below(web.prefix, app.wsgi_app)  # type: ignore[method-assign]
    return app


def _below(prefix: str, application: Callable[..., Iterable[bytes]]) -> Callable[..., Any]:
    """Shows an application below a path, whether or not the proxy in front takes it away."""

    def shown(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :]
        environ["SCRIPT_NAME"] = prefix
        return application(environ, start)

    return shown
