"""The routes answer as the OpenAPI document says, whatever they are asked."""

import base64
from typing import Any

import flask
import numpy as np
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from PIL import Image
from schemathesis import GenerationMode, checks

from serving.output import Output
from serving.request import Request
from tests.pictures import encoded
from tests.serving.web.conftest import MakeApp


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    width, height = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    level = draw(st.integers(0, 255))
    kind = draw(st.sampled_from(["PNG", "JPEG", "BMP"]))
    return encoded(Image.fromarray(np.full((height, width, 3), level, np.uint8)), kind)


schemathesis.openapi.format("binary", pictures())
schemathesis.openapi.format("byte", pictures().map(lambda data: base64.b64encode(data).decode()))

# Ours are stricter than JSON Schema can say, as what goes together depends on the mode.
CHECKS = [
    checks.not_a_server_error,
    checks.content_type_conformance,
    checks.negative_data_rejection,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
    checks.unsupported_method,
]


@pytest.fixture(scope="session")
def document(make_app: MakeApp) -> Any:
    app = make_app(limits={"max_output_pixels": 40_000, "max_side": 2_000})
    return schemathesis.openapi.from_wsgi("/openapi.json", app)


@st.composite
def sendable(draw: st.DrawFn, cases: st.SearchStrategy) -> Any:
    """Leaves out what schemathesis itself stumbles over: it copies no file that it made wrong."""
    try:
        return draw(cases)
    except ValueError as error:
        if "Unsupported type" not in str(error):
            raise
        reject()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(
    ("path", "method", "examples"),
    [
        ("/v1/outpaint", "POST", 60),
        ("/v1/preview", "POST", 20),
        ("/v1/models", "GET", 3),
        ("/healthz", "GET", 3),
        ("/readyz", "GET", 3),
        ("/metrics", "GET", 3),
    ],
)
def test_routes_conform(
    document: Any, path: str, method: str, examples: int, mode: GenerationMode
) -> None:
    strategy = sendable(document[path][method].as_strategy(generation_mode=mode))
    answered = set()

    # The same examples each time: of what schemathesis makes invalid, some is valid once it is
    # sent (blanks around a value), and some it cannot send at all.
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(strategy)
    def conforms(case: schemathesis.Case) -> None:
        if isinstance(case.body, dict) and path == "/v1/preview":
            assume("mask" not in case.body)  # it is not looked at, and may be anything
        if case.media_type == "multipart/form-data":
            assume(isinstance(case.body, dict))  # nothing else can be sent as a form
            # A form has text alone: what is no text may be sent as an empty field, which is none;
            # and blanks around a text, or alone, do not count.
            texts = [case.body[name] for name in case.body.keys() - {"image", "mask"}]
            assume(all(isinstance(text, str) and text == text.strip() for text in texts))
            assume(all(texts) or mode == GenerationMode.POSITIVE)
        answered.add(case.call_and_validate(checks=CHECKS).status_code)

    try:
        conforms()
    except Unsatisfiable:  # nothing can be asked wrongly
        assert (mode, method) == (GenerationMode.NEGATIVE, "GET")
        return
    assert 200 in answered or mode == GenerationMode.NEGATIVE


def test_the_document_names_every_setting_and_every_route(
    client: FlaskClient, app: flask.Flask
) -> None:
    content = client.get("/openapi.json").get_json()
    for name in ("Form", "Json"):
        properties = content["components"]["schemas"][name]["properties"]
        assert properties.keys() == {"image", "mask", *Output.model_fields, *Request.model_fields}
        assert all(schema.get("description") for key, schema in properties.items() if key != "mask")
    pages = {"/", "/openapi.json", "/gallery/<name>", "/static/<path:filename>"}
    assert set(content["paths"]) == {rule.rule for rule in app.url_map.iter_rules()} - pages
    assert "security" not in content


def test_the_document_says_when_a_key_is_needed(make_app: MakeApp) -> None:
    content = make_app(api_key="k").test_client().get("/openapi.json").get_json()
    assert content["security"] == [{"bearer": []}, {"header": []}]


def test_the_document_and_the_page_are_below_the_prefix(make_app: MakeApp) -> None:
    client = make_app(prefix="/wide/").test_client()
    assert "security" not in client.get("/wide/openapi.json").get_json()
    assert client.get("/wide/openapi.json").get_json()["servers"] == [{"url": "/wide"}]
    for path in ("/wide/", "/"):  # the proxy may take the prefix away
        text = client.get(path).text
        assert 'href="/wide/static/css/base.css"' in text
        assert 'data-sample="/wide/gallery/' in text
    assert client.get("/wide").status_code in (301, 308)
    assert client.get("/wider/openapi.json").status_code == 404
    assert client.get("/wide/v1/models").status_code == 200
