"""For those who watch over the server: is it alive, is it ready, what does it count."""

import flask
import prometheus_client
from werkzeug.exceptions import ServiceUnavailable

from serving.model.outpainter import Outpainter
from serving.web.admission import Admission
from serving.web.operations.metrics import Monitor


def blueprint(outpainter: Outpainter, admission: Admission, monitor: Monitor) -> flask.Blueprint:
    """Makes the routes for those who watch over the server.

    Args:
        outpainter: With the model in use.
        admission: The load.
        monitor: The figures.

    Returns:
        The blueprint.
    """
    routes = flask.Blueprint("probes", __name__)

    @routes.get("/healthz")
    def healthy() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    def ready() -> dict[str, str]:
        if admission.draining:
            raise ServiceUnavailable("The server is about to stop.", retry_after=admission.wait)
        if admission.is_full:
            raise ServiceUnavailable("Every place is taken.", retry_after=admission.wait)
        return {"status": "ready", "version": outpainter.version}

    @routes.get("/metrics")
    def metrics() -> flask.Response:
        text = monitor.text(outpainter.version)
        return flask.Response(text, content_type=prometheus_client.CONTENT_TYPE_LATEST)

    return routes
