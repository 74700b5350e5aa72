"""`/v1`: the pictures and the models."""

import contextlib

import flask
from flask_limiter import Limiter
from werkzeug.exceptions import NotAcceptable

from serving.model import card
from serving.model.outpainter import Outpainter
from serving.web.admission import Admission
from serving.web.api import uploads, work
from serving.web.operations.metrics import Monitor

STREAM = "application/x-ndjson"
OFFERED = ("image/png", "image/jpeg", "application/json", STREAM)


def blueprint(
    outpainter: Outpainter, rate: str, admission: Admission, monitor: Monitor, limiter: Limiter
) -> flask.Blueprint:
    """Makes the routes.

    Args:
        outpainter: Does the work.
        rate: Pictures a client may ask for, such as `60/minute`; empty for any.
        admission: Bounds the work at once.
        monitor: Counts it.
        limiter: Bounds a client's requests.

    Returns:
        The blueprint.
    """
    routes = flask.Blueprint("api", __name__, url_prefix="/v1")

    def outpaint() -> flask.Response:
        wanted = _wanted()
        with contextlib.ExitStack() as stack:
            ticket = stack.enter_context(admission.enter())
            upload = uploads.read(flask.request, wanted)
            prepared = work.prepare(outpainter, upload, ticket)
            monitor.pictures.inc()
            if wanted == STREAM:
                return _streamed(prepared, stack.pop_all())
            result = prepared(lambda share: None)
        if wanted == "application/json":
            return flask.jsonify(result.as_json())
        response = flask.Response(result.data, content_type=result.type)
        response.headers["Outpaint-Model-Version"] = result.version
        return response

    routes.post("/outpaint")(limiter.limit(rate)(outpaint) if rate else outpaint)

    @routes.get("/models")
    def models() -> flask.Response:
        return flask.jsonify(card.models(outpainter))

    return routes


def _wanted() -> str:
    """The type to answer with, of OFFERED."""
    accepted = flask.request.accept_mimetypes
    if not accepted.provided:
        return OFFERED[0]
    best = accepted.best_match(OFFERED)
    if best is None:
        raise NotAcceptable(f"The answer can be {', '.join(OFFERED)}.")
    return best


def _streamed(prepared: work.Work, held: contextlib.ExitStack) -> flask.Response:
    stream = work.Stream(prepared, held.close)
    response = flask.Response(stream.lines(), content_type=STREAM)
    response.call_on_close(stream.abandon)
    return response
