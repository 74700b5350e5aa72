"""What stands before every request is read: names, key, length, rate. And headers after it."""

import hmac
import ipaddress
import time
import urllib.parse

import flask
import flask_limiter
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    LengthRequired,
    RequestEntityTooLarge,
    TooManyRequests,
    Unauthorized,
)

from serving.web.settings import WebSettings

_LOCKED = ("/v1/", "/metrics")  # what the API key opens; page and probes are open
_OPEN_TO_ANY_HOST = ("/healthz", "/readyz")  # orchestrators ask by address
_OTHER_SITES = ("cross-site", "same-site")  # of Sec-Fetch-Site, which no page can forge
_NETWORK = 64  # bits of an IPv6 address that are one client's
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
_SHARED = {  # with the origins that are allowed
    "Access-Control-Expose-Headers": "Outpaint-Model-Version, Outpaint-Notes, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Outpaint-Sample, X-API-Key",
    "Access-Control-Max-Age": "600",
}


def register(app: flask.Flask, settings: WebSettings) -> flask_limiter.Limiter:
    """Puts the guards up. None of them reads the body.

    Args:
        app: The app.
        settings: With the names, the key and the rate.

    Returns:
        The limiter, for the routes that are limited.
    """

    @app.before_request
    def check_names() -> flask.Response | None:
        request = flask.request
        if request.path not in _OPEN_TO_ANY_HOST:
            _check_host(settings)
        if not request.path.startswith("/v1/"):
            return None
        allowed = _allowed_origin(settings)
        if request.method == "OPTIONS" and allowed:
            return flask.Response(status=204, headers=_PREFLIGHT)
        if request.method == "POST" and not allowed:
            _check_site()
        return None

    @app.before_request
    def check_key() -> None:
        if settings.api_key and flask.request.path.startswith(_LOCKED):
            _check_key(settings.api_key.get_secret_value().encode())

    @app.before_request
    def check_length() -> None:
        length = flask.request.content_length
        if length is None and flask.request.headers.get("Transfer-Encoding"):
            raise LengthRequired("Say how long the request is: send Content-Length.")
        most = flask.request.max_content_length
        if length and most is not None and length > most:
            raise RequestEntityTooLarge(
                f"The request has {length / 1e6:.1f} MB, more than the {most / 1e6:.1f} allowed."
            )

    @app.after_request
    def add_headers(response: flask.Response) -> flask.Response:
        response.headers.update(_HEADERS)
        if flask.request.path.startswith("/v1/"):
            response.headers["Cache-Control"] = "no-store"
            if settings.origins:
                response.vary.add("Origin")
            if origin := _allowed_origin(settings):
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers.update(_SHARED)
        return response

    return flask_limiter.Limiter(
        client,
        app=app,
        storage_uri="memory://",
        headers_enabled=True,
        enabled=bool(settings.rate_limit),
        on_breach=_too_many,
    )


def client() -> str:
    """Whose the request at hand is: an address, or the network that an IPv6 address is of."""
    address = flask.request.remote_addr or "unknown"
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _NETWORK), strict=False))
    return address


def _too_many(breach: flask_limiter.RequestLimit) -> None:
    seconds = max(1, round(breach.reset_at - time.time()))
    raise TooManyRequests(
        f"{client()} may ask for {str(breach.limit).replace(' 1 ', ' ')} (pictures of the server's "
        f"--rate-limit); try again in {seconds} s.",
        retry_after=seconds,
    )


def _check_host(settings: WebSettings) -> None:
    if settings.hosts is None:
        return
    name = urllib.parse.urlsplit(f"//{flask.request.host}").hostname or ""
    if name not in settings.hosts:
        raise BadRequest("This server does not answer to that name; see its --allowed-hosts.")


def _allowed_origin(settings: WebSettings) -> str | None:
    """The origin of the page that asks, if it is one of those allowed."""
    origin = flask.request.headers.get("Origin", "")
    if "*" in settings.origins and origin:
        return "*"
    return origin if origin.lower() in settings.origins else None


def _check_site() -> None:
    """Any page may make a browser send a form here; only our own, and no page at all, may."""
    site, origin = (flask.request.headers.get(name, "") for name in ("Sec-Fetch-Site", "Origin"))
    elsewhere = site in _OTHER_SITES
    if not site and origin:
        elsewhere = urllib.parse.urlsplit(origin).netloc.lower() != flask.request.host.lower()
    if elsewhere:
        raise Forbidden(
            "Pages of other origins may not use this server; see its --allowed-origins."
        )


def _check_key(expected: bytes) -> None:
    given = _given_key().encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, expected):
        raise Unauthorized(
            "This server asks for a key: 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "outpaint"}),
        )


def _given_key() -> str:
    scheme, _, key = flask.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    return flask.request.headers.get("X-API-Key", "")
