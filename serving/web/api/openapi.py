"""The OpenAPI document, whose settings are those of `serving.request` and `output`."""

from pathlib import Path
from typing import Any

import flask
import yaml

from models.images.rgb import FORMATS
from serving.output import Output
from serving.request import SIDES, Request
from serving.settings import Settings
from serving.web.settings import WebSettings

_FEW = 100  # numbers that are listed one by one
_LEFT_OUT = ("title", "default", "description")  # of what pydantic says of a setting
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
            f"A file in {', '.join(FORMATS)} format, of at most {limits.max_bytes} bytes and "
            f"{limits.max_pixels} pixels; a result has at most {limits.max_output_pixels}."
        )
    content["servers"] = [{"url": settings.prefix or "/"}]
    if settings.api_key:
        content["security"] = [{"bearer": []}, {"header": []}]
    return content


def _settings(may_be_empty: bool) -> dict[str, Any]:
    models = (Request, Output)
    properties = {
        k: v for model in models for k, v in model.model_json_schema()["properties"].items()
    }
    return {name: _setting(name, schema, may_be_empty) for name, schema in properties.items()}


def _setting(name: str, schema: dict[str, Any], in_form: bool) -> dict[str, Any]:
    """A setting is left out, or empty in a form, but never null; numbers may come as text."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    setting = {key: value for key, value in kinds[0].items() if key not in _LEFT_OUT}
    if "const" in setting:
        setting = {"enum": [setting["const"]]}
    offered = [setting]
    if setting.get("type") == "boolean":
        offered.append({"enum": ["true", "false"]})
    elif setting.get("type") == "integer":
        least, most = setting.get("minimum", 0), setting.get("maximum")
        if most is not None and not in_form:
            offered.append(_as_text(least, most))
    elif name in SIDES and not in_form:
        offered.append({"type": "integer", "minimum": 0, "maximum": 999_999})
    if in_form:
        offered.append({"const": ""})
    only = offered[0] if len(offered) == 1 else {"anyOf": offered}
    return {**only, "description": schema["description"]}


def _as_text(least: int, most: int) -> dict[str, Any]:
    """A schema of numbers within bounds, written out; of large ones, those of fewer digits."""
    if most - least < _FEW:
        return {"enum": [str(value) for value in range(least, most + 1)]}
    return {"type": "string", "pattern": rf"^[1-9][0-9]{{0,{len(str(most)) - 2}}}$"}


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
