"""The page, and its photographs to try."""

import mimetypes

import flask

from models.images.rgb import FORMATS
from serving.model import card
from serving.model.outpainter import Outpainter
from serving.request import Request
from serving.web.page import gallery
from serving.web.settings import WebSettings

_A_YEAR = 31_536_000  # seconds
# What a page may be asked to open; TIFF and HEIC, which browsers do not show, the server does.
_SUFFIXES = ".jpg,.jpeg,.png,.webp,.gif,.bmp,.tif,.tiff,.avif,.heic,.heif"


def blueprint(outpainter: Outpainter, settings: WebSettings) -> flask.Blueprint:
    """Makes the page's routes.

    Args:
        outpainter: Whose limits and model the page tells of.
        settings: Of the web server.

    Returns:
        The blueprint.
    """
    routes = flask.Blueprint("page", __name__)
    photographs = {shown.name: shown for shown in gallery.photographs(settings.gallery)}

    @routes.get("/")
    def index() -> str:
        model = card.models(outpainter)
        metrics = model["metrics"]
        return flask.render_template(
            "page.html",
            accepted=f"image/*,{_SUFFIXES}",
            card=model["card"],
            comparisons=card.comparisons(metrics),
            gallery=[
                {"url": flask.url_for("page.photograph", name=name), **shown._asdict()}
                for name, shown in photographs.items()
            ],
            images=metrics.get("images") if metrics else None,
            limits=outpainter.settings,
            heic="HEIF" in FORMATS,
            megapixels=f"{outpainter.settings.max_pixels / 1e6:g}",
            fields=Request.model_fields.keys(),
            megabytes=f"{outpainter.settings.max_bytes / 1e6:g}",
            samples=settings.samples is not None,
            needs_key=settings.api_key is not None,
            version=outpainter.version,
        )

    @routes.get("/gallery/<name>")
    def photograph(name: str) -> flask.Response:
        if name not in photographs:
            flask.abort(404)
        # From memory: an answer that waits for a slow client holds no open file.
        data = photographs[name].path.read_bytes()
        kind = mimetypes.guess_type(name)[0]
        response = flask.Response(data, content_type=kind)
        response.cache_control.public = True
        response.cache_control.max_age = _A_YEAR
        response.cache_control.immutable = True
        return response

    return routes
