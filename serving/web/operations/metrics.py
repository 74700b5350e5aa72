"""Figures for Prometheus, a registry an app: `/metrics`."""

import time

import flask
import prometheus_client as prometheus

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
            "Seconds a request took, until its answer began.",
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
        self.pictures = prometheus.Counter(
            "outpaint_pictures", "Pictures taken on.", registry=self.registry
        )
        self._model = prometheus.Gauge(
            "outpaint_model", "The model that serves.", ["version"], registry=self.registry
        )
        now = prometheus.Gauge(
            "outpaint_pictures_at_once", "Pictures being worked on.", registry=self.registry
        )
        now.set_function(lambda: admission.pictures)

    def observe_batch(self, size: int) -> None:
        """Counts a call of the model.

        Args:
            size: Canvases.
        """
        self._batches.observe(size)

    def register(self, app: flask.Flask) -> None:
        """Counts an app's requests.

        Args:
            app: The app.
        """

        @app.before_request
        def start() -> None:
            flask.g.started = time.monotonic()

        @app.after_request
        def count(response: flask.Response) -> flask.Response:
            # The rule and not the path, of which there are as many as a stranger makes up.
            route = flask.request.url_rule.rule if flask.request.url_rule else "unknown"
            self._requests.labels(route, response.status_code).inc()
            self._seconds.labels(route).observe(time.monotonic() - flask.g.started)
            return response

    def text(self, version: str | None) -> bytes:
        """The figures, in Prometheus' text format.

        Args:
            version: Of the model that serves, where one does.
        """
        self._model.clear()
        if version is not None:
            self._model.labels(version).set(1)
        return prometheus.generate_latest(self.registry)
