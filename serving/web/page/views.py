"""The page, and its photographs to try."""

from pathlib import Path

import flask

from models.images.rgb import FORMATS
from serving.model import card
from serving.model.outpainter import Outpainter
from serving.web.page import gallery
from serving.web.settings import WebSettings

_A_DAY = 86_400  # seconds


def blueprint(outpainter: Outpainter, settings: WebSettings) -> flask.Blueprint:
    """Makes the page's routes.

    Args:
        outpainter: Whose limits and model the page tells of.
        settings: Of the web server.

    Returns:
        The blueprint.
    """
    routes = flask.Blueprint("page", __name__)
    photographs = gallery.photographs(settings.gallery)

    @routes.get("/")
    def index() -> str:
        model = card.models(outpainter)
        metrics = model["metrics"]
        return flask.render_template(
            "page.html",
            accepted=",".join(f"image/{name.lower()}" for name in FORMATS),
            card=model["card"],
            comparisons=card.comparisons(metrics),
            gallery=[
                {"url": flask.url_for("page.photograph", number=number), **shown._asdict()}
                for number, shown in enumerate(photographs)
            ],
            images=metrics.get("images") if metrics else None,
            limits=outpainter.settings,
            megabytes=f"{outpainter.settings.max_bytes / 1e6:g}",
            needs_key=settings.api_key is not None,
            version=outpainter.version,
        )

    @routes.get("/gallery/<int:number>")
    def photograph(number: int) -> flask.Response:
        if number >= len(photographs):
            flask.abort(404)
        path: Path = photographs[number].path
        return flask.send_file(path.resolve(), max_age=_A_DAY)

    return routes
