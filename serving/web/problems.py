"""Every error as JSON, `{"error": {"code", "message"}}`: short, and silent about the inside."""

import logging

import flask
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    RequestEntityTooLarge,
    ServiceUnavailable,
    UnsupportedMediaType,
)

from serving import errors
from serving.model.batching import Overloaded

_LOG = logging.getLogger("outpaint")
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_type",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
_RETRY_SECONDS = 2


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
    if isinstance(error, Overloaded | MemoryError):
        return ServiceUnavailable(str(error) or "out of memory", retry_after=_RETRY_SECONDS)
    _LOG.error("failed on a request", exc_info=error)
    return InternalServerError("The server failed on this request.")


def content(status: int, name: str, message: str) -> dict[str, dict[str, str]]:
    """The JSON of an error.

    Args:
        status: Of HTTP.
        name: What HTTP calls it.
        message: For a person.

    Returns:
        `{"error": {"code", "message"}}`.
    """
    code = _CODES.get(status, name.lower().replace(" ", "_"))
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
        for name, value in problem.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response

    app.register_error_handler(Exception, answer)
