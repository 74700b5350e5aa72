"""Every error as JSON, `{"error": {"code", "message"}}`: short, and silent about the inside."""

import http
import logging

import flask
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
    RequestTimeout,
    ServiceUnavailable,
    UnsupportedMediaType,
)

from serving import errors
from serving.files.isolation import Cancelled
from serving.model.batching import Overloaded
from serving.web.exchange import ClientGone, TooSlow

_LOG = logging.getLogger("outpaint")
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "too_slow",
    411: "length_required",
    413: "too_large",
    415: "unsupported_type",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
RETRY_SECONDS = 2  # where nothing better is known


def as_http(error: Exception) -> HTTPException:
    """Translates what the engine raises.

    Args:
        error: Anything.

    Returns:
        The HTTP error to answer with; of what was not foreseen, one that says nothing.
    """
    if isinstance(error, HTTPException):
        return error
    if isinstance(error, errors.TooLarge):
        return RequestEntityTooLarge(str(error))
    if isinstance(error, errors.BadPicture):
        return UnsupportedMediaType(str(error))
    if isinstance(error, errors.BadRequest):
        return BadRequest(str(error))
    if isinstance(error, TooSlow):
        return RequestTimeout(str(error))
    if isinstance(error, ClientGone | Cancelled):
        return ClientDisconnected()
    if isinstance(error, Overloaded | MemoryError):
        seconds = getattr(error, "seconds", RETRY_SECONDS)
        return ServiceUnavailable(str(error) or "The memory is used up.", retry_after=seconds)
    _LOG.error("failed on a request", exc_info=error)
    return InternalServerError("The server failed on this request.")


def name(status: int) -> str:
    """What HTTP calls a status."""
    return http.HTTPStatus(status).phrase


def content(status: int, title: str, message: str) -> dict[str, dict[str, str]]:
    """The JSON of an error.

    Args:
        status: Of HTTP.
        title: What HTTP calls it.
        message: For a person.

    Returns:
        `{"error": {"code", "message"}}`.
    """
    code = _CODES.get(status, title.lower().replace(" ", "_"))
    return {"error": {"code": code, "message": message}}


def body(error: HTTPException) -> dict[str, dict[str, str]]:
    """The JSON of an HTTP error.

    Args:
        error: With or without a description.

    Returns:
        `{"error": {"code", "message"}}`.
    """
    return content(error.code or 500, error.name, error.description or error.name)


def register(app: flask.Flask) -> None:
    """Answers every error of an app as JSON.

    Args:
        app: The app.
    """

    def answer(error: Exception) -> flask.Response:
        problem = as_http(error)
        response = flask.jsonify(body(problem))
        response.status_code = problem.code or 500
        for header, value in problem.get_headers():
            if header not in ("Content-Type", "Content-Length"):
                response.headers[header] = value
        return response

    app.register_error_handler(Exception, answer)
