"""The OpenAPI document, whose settings are those of `serving.request`."""

from pathlib import Path
from typing import Any

import flask
import yaml

from serving.request import Request
from serving.settings import Settings
from serving.web import uploads
from serving.web.settings import WebSettings

_TEMPLATE = Path(__file__).with_suffix(".yaml")


def document(settings: WebSettings, limits: Settings) -> dict[str, Any]:
    """Makes the document.

    Args:
        settings: Of the web server.
        limits: Of a picture.

    Returns:
        OpenAPI 3.1.
    """
    content: dict[str, Any] = yaml.safe_load(_TEMPLATE.read_text(encoding="utf-8"))
    for name in ("Form", "Json"):
        schema = content["components"]["schemas"][name]
        schema["properties"] |= _settings()
        schema["properties"]["image"]["description"] = (
            f"A JPEG, PNG, WebP, BMP, GIF or TIFF file, of at most {limits.max_bytes} bytes and "
            f"{limits.max_pixels} pixels; a result has at most {limits.max_output_pixels}."
        )
    if settings.api_key:
        content["security"] = [{"bearer": []}, {"header": []}]
    return content


def _settings() -> dict[str, Any]:
    properties = {
        name: _without_null(schema)
        for name, schema in Request.model_json_schema()["properties"].items()
    }
    formats = {"type": "string", "enum": list(uploads.FORMATS), "description": "of the result"}
    return {**properties, uploads.FORMAT: formats}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A field is left out, not null: a form knows no null."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    return {**kinds[0], "description": schema["description"]}


def blueprint(settings: WebSettings, limits: Settings) -> flask.Blueprint:
    """Makes the route.

    Args:
        settings: Of the web server.
        limits: Of a picture.

    Returns:
        The blueprint.
    """
    routes = flask.Blueprint("openapi", __name__)
    content = document(settings, limits)

    @routes.get("/openapi.json")
    def openapi() -> dict[str, Any]:
        return content

    return routes
