"""The OpenAPI document, whose settings are those of `serving.request`."""

from pathlib import Path
from typing import Any

import flask
import yaml

from serving.request import Request
from serving.settings import Settings
from serving.web.api import uploads
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
        schema["properties"] |= _settings(may_be_empty=name == "Form")
        schema["properties"]["image"]["description"] = (
            f"A JPEG, PNG, WebP, BMP, GIF or TIFF file, of at most {limits.max_bytes} bytes and "
            f"{limits.max_pixels} pixels; a result has at most {limits.max_output_pixels}."
        )
    if settings.api_key:
        content["security"] = [{"bearer": []}, {"header": []}]
    return content


def _settings(may_be_empty: bool) -> dict[str, Any]:
    formats = {"type": "string", "enum": list(uploads.FORMATS), "description": "of the result"}
    properties = {**Request.model_json_schema()["properties"], uploads.FORMAT: formats}
    return {name: _setting(schema, may_be_empty) for name, schema in properties.items()}


def _setting(schema: dict[str, Any], may_be_empty: bool) -> dict[str, Any]:
    """A setting is left out, or empty in a form, but never null."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    setting = {key: value for key, value in kinds[0].items() if key not in ("title", "default")}
    if not may_be_empty:
        return {**setting, "description": schema["description"]}
    setting.pop("description", None)
    return {"anyOf": [setting, {"const": ""}], "description": schema["description"]}


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
