"""`/v1`: the pictures and the models."""

import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import replace

import flask
from flask_limiter import Limiter
from werkzeug.exceptions import NotAcceptable

from serving.model import card
from serving.output import MIME
from serving.web import guards
from serving.web.admission import Ticket
from serving.web.api import uploads
from serving.web.api.streaming import Stream
from serving.web.api.uploads import Upload
from serving.web.api.work import Result, Studio, Work
from serving.web.exchange import Exchange, current

JSON, STREAM = "application/json", "application/x-ndjson"
OFFERED = (*MIME.values(), JSON, STREAM)


def blueprint(studio: Studio, rate: str, limiter: Limiter) -> flask.Blueprint:
    """Makes the routes.

    Args:
        studio: Does the work.
        rate: Pictures a client may ask for, such as `60/minute`; empty for any.
        limiter: Bounds a client's requests.

    Returns:
        The blueprint.
    """
    routes = flask.Blueprint("api", __name__, url_prefix="/v1")

    def limited(view: Callable[[], flask.Response]) -> Callable[[], flask.Response]:
        return limiter.limit(rate)(view) if rate else view

    @routes.post("/outpaint")
    @limited
    def outpaint() -> flask.Response:
        _wanted(OFFERED)  # before anything is read
        with contextlib.ExitStack() as stack:
            exchange, upload, ticket = _received(studio, stack)
            upload, wanted = _negotiated(upload)
            work = _counting(studio, exchange, studio.prepare(upload, ticket, exchange))
            if wanted == STREAM:
                return _streamed(work, exchange, stack.pop_all())
            result = work(lambda share: exchange.check())
        if wanted == JSON:
            return flask.jsonify(result.as_json())
        response = _pictures(result)
        response.headers["Outpaint-Model-Version"] = result.version
        if result.notes:
            response.headers["Outpaint-Notes"] = "; ".join(result.notes)
        return response

    @routes.post("/preview")
    @limited
    def preview() -> flask.Response:
        with contextlib.ExitStack() as stack:
            exchange, upload, ticket = _received(studio, stack)
            return flask.jsonify(studio.preview(upload.image, ticket, exchange))

    @routes.get("/models")
    def models() -> flask.Response:
        return flask.jsonify(card.models(studio.outpainter))

    return routes


def _received(studio: Studio, stack: contextlib.ExitStack) -> tuple[Exchange, Upload, Ticket]:
    """Takes an upload in, where there is room; what it holds is given back as the stack unwinds."""
    exchange, began = current(), time.monotonic()
    stack.callback(studio.finish, exchange, began)
    stack.enter_context(studio.counted(exchange))
    studio.admission.check()
    stack.enter_context(studio.admission.upload(flask.request.content_length or 0))
    upload = uploads.read(flask.request)
    ticket = studio.admission.enter(guards.client())
    stack.callback(ticket.leave)
    exchange.at_end(ticket.forget)
    return exchange, upload, ticket


def _pictures(result: Result) -> flask.Response:
    """The picture; several as parts of one answer."""
    if len(result.variants) == 1:
        return flask.Response(result.variants[0].data, content_type=result.type)
    # Random, so that it is in no picture.
    boundary = secrets.token_hex(16).encode()
    lines = []
    for variant in result.variants:
        head = f"Content-Type: {result.type}\r\nOutpaint-Seed: {variant.seed}\r\n"
        lines += [b"--" + boundary, head.encode(), variant.data]
    body = b"\r\n".join([*lines, b"--" + boundary + b"--", b""])
    return flask.Response(body, content_type=f"multipart/mixed; boundary={boundary.decode()}")


def _wanted(offered: tuple[str, ...]) -> str:
    """The type to answer with, of those offered."""
    accepted = flask.request.accept_mimetypes
    best = accepted.best_match(offered) if accepted.provided else offered[0]
    if best is None:
        raise NotAcceptable(
            f"The answer can be {', '.join(offered)}; the request's Accept header allows none."
        )
    return best


def _negotiated(upload: Upload) -> tuple[Upload, str]:
    """The type to answer with, and the upload with the format that is given out."""
    if upload.format_given:
        return upload, _wanted((upload.output.type, JSON, STREAM))
    wanted = _wanted(OFFERED)
    if wanted in MIME.values():
        output = type(upload.output).parse(
            upload.output.model_dump() | {"format": wanted.removeprefix("image/")}
        )
        upload = replace(upload, output=output)
    return upload, wanted


def _counting(studio: Studio, exchange: Exchange, work: Work) -> Work:
    def counted(progress: Callable[[float], None]) -> Result:
        with studio.counted(exchange):
            return work(progress)

    return counted


def _streamed(work: Work, exchange: Exchange, held: contextlib.ExitStack) -> flask.Response:
    stream = Stream(work, exchange, held.close)
    response = flask.Response(stream.lines(), content_type=STREAM)
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold the lines back
    response.call_on_close(stream.abandon)
    return response
