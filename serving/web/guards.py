"""What stands before and after every request: API key, rate limit, security headers."""

import hmac

import flask
import flask_limiter
from flask_limiter.util import get_remote_address
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from serving.web.settings import WebSettings

_LOCKED = ("/v1/", "/metrics")  # what the API key opens; page and probes are open
_HEADERS = {
    # Nothing inline, nothing from elsewhere; pictures of the user's own are blobs.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def register(app: flask.Flask, settings: WebSettings) -> flask_limiter.Limiter:
    """Puts the guards up.

    Args:
        app: The app.
        settings: With the key and the rate.

    Returns:
        The limiter, for the routes that are limited.
    """
    if settings.api_key:
        expected = settings.api_key.get_secret_value().encode()

        @app.before_request
        def check_key() -> None:
            if flask.request.path.startswith(_LOCKED) and not hmac.compare_digest(
                _given_key().encode("utf-8", "surrogateescape"), expected
            ):
                raise Unauthorized(
                    "This server asks for a key: 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
                    www_authenticate=WWWAuthenticate("bearer", {"realm": "outpaint"}),
                )

    @app.after_request
    def add_headers(response: flask.Response) -> flask.Response:
        response.headers.update(_HEADERS)
        if flask.request.path.startswith("/v1/"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return flask_limiter.Limiter(
        get_remote_address,
        app=app,
        storage_uri="memory://",
        headers_enabled=True,
        enabled=bool(settings.rate_limit),
    )


def _given_key() -> str:
    scheme, _, key = flask.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    return flask.request.headers.get("X-API-Key", "")
