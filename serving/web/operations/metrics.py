"""Figures for Prometheus, a registry an app: `/metrics`."""

import time
from collections.abc import Callable

import flask
import prometheus_client as prometheus

from serving.web import exchange
from serving.web.admission import Admission

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Monitor:
    """What one app counts."""

    def __init__(self, admission: Admission) -> None:
        """Starts counting.

        Args:
            admission: Whose load is shown.
        """
        self.registry = prometheus.CollectorRegistry()
        self._requests = prometheus.Counter(
            "outpaint_http_requests", "Requests.", ["route", "status"], registry=self.registry
        )
        self._seconds = prometheus.Histogram(
            "outpaint_http_request_seconds",
            "Seconds from a request to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._batches = prometheus.Histogram(
            "outpaint_batch_canvases",
            "Canvases a call of the model.",
            buckets=_SIZES,
            registry=self.registry,
        )
        self._pictures = prometheus.Counter(
            "outpaint_pictures",
            "Pictures, by what came of them.",
            ["outcome"],
            registry=self.registry,
        )
        self._picture_seconds = prometheus.Histogram(
            "outpaint_picture_seconds",
            "Seconds from a picture's arrival to the end of its work.",
            ["outcome"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._model = prometheus.Gauge(
            "outpaint_model", "The model that serves.", ["version"], registry=self.registry
        )
        loads: dict[str, tuple[str, Callable[[], float]]] = {
            "pictures_at_once": ("Pictures being worked on.", lambda: admission.pictures),
            "megapixels_at_once": ("Megapixels held.", lambda: admission.megapixels),
            "uploads_at_once": ("Uploads being received.", lambda: admission.uploads),
            "upload_bytes": ("Bytes of uploads held.", lambda: admission.upload_bytes),
        }
        for name, (title, load) in loads.items():
            prometheus.Gauge(f"outpaint_{name}", title, registry=self.registry).set_function(load)

    def observe_batch(self, size: int) -> None:
        """Counts a call of the model.

        Args:
            size: Canvases.
        """
        self._batches.observe(size)

    def observe_picture(self, outcome: str, seconds: float) -> None:
        """Counts a picture whose work has ended.

        Args:
            outcome: done, refused, failed or left (by its client).
            seconds: That it took.
        """
        self._pictures.labels(outcome).inc()
        self._picture_seconds.labels(outcome).observe(seconds)

    def register(self, app: flask.Flask) -> None:
        """Counts an app's requests.

        Args:
            app: The app.
        """

        @app.after_request
        def count(response: flask.Response) -> flask.Response:
            # The rule and not the path, of which there are as many as a stranger makes up.
            route = flask.request.url_rule.rule if flask.request.url_rule else "unknown"
            status, began = response.status_code, flask.g.began

            def ended() -> None:
                self._requests.labels(route, status).inc()
                self._seconds.labels(route).observe(time.monotonic() - began)

            exchange.current().at_end(ended)
            return response

        @app.before_request
        def begin() -> None:
            flask.g.began = time.monotonic()

    def text(self, version: str | None) -> bytes:
        """The figures, in Prometheus' text format.

        Args:
            version: Of the model that serves, where one does.
        """
        self._model.clear()
        if version is not None:
            self._model.labels(version).set(1)
        return prometheus.generate_latest(self.registry)
