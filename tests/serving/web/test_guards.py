"""Names, origins, addresses: who may ask, told before anything is read."""

import re

import flask
import pytest
from flask.testing import FlaskClient

from serving.web import guards
from serving.web.settings import WebSettings
from tests.serving.web.conftest import MakeApp, form, png

EVIL = "https://evil.example"
FRIEND = "https://friend.example"


def post(client: FlaskClient, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v1/outpaint", data=form(png(9, 9), right="1"), headers=named)


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "localhost:8080", 200),
        ({}, "127.0.0.1", 200),
        ({}, "[::1]:8080", 200),
        ({}, "rebound.example", 400),
        ({"host": "0.0.0.0"}, "anything.example", 200),
        ({"allowed_hosts": "a.example, B.example"}, "b.example:80", 200),
        ({"allowed_hosts": "a.example"}, "localhost", 400),
        ({"allowed_hosts": "*"}, "rebound.example", 200),
    ],
)
def test_the_names_it_answers_to(make_app: MakeApp, settings: dict, host: str, status: int) -> None:
    client = make_app(**settings).test_client()
    for path in ("/", "/v1/models", "/openapi.json"):
        assert client.get(path, headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": host}).status_code == 200  # for orchestrators


def test_pages_of_other_origins_may_not_use_it(client: FlaskClient) -> None:
    assert post(client).status_code == 200
    assert post(client, Origin="http://localhost").status_code == 200
    assert post(client, Origin="https://x.example", Sec_Fetch_Site="same-origin").status_code == 200
    for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        response = post(client, **headers)
        assert response.status_code == 403
        assert "--allowed-origins" in response.get_json()["error"]["message"]
    preflight = client.options("/v1/outpaint", headers={"Origin": EVIL})
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_pages_of_origins_that_are_allowed_may(make_app: MakeApp) -> None:
    client = make_app(
        allowed_origins=f"{FRIEND}/, https://other.example", api_key="k"
    ).test_client()
    asked = {"Access-Control-Request-Headers": "x-api-key", "Origin": FRIEND}
    preflight = client.options("/v1/outpaint", headers=asked)  # browsers send it without the key
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == FRIEND
    assert "X-API-Key" in preflight.headers["Access-Control-Allow-Headers"]
    response = post(client, Origin=FRIEND, X_API_Key="k", Sec_Fetch_Site="cross-site")
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == FRIEND
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Origin" in response.headers["Vary"]
    refused = post(client, Origin=FRIEND)
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == FRIEND  # or its page could not read it
    assert post(client, Origin=EVIL, X_API_Key="k").status_code == 403
    anybody = make_app(allowed_origins="*").test_client()
    assert post(anybody, Origin=EVIL).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("a pipe", "a pipe"),
    ],
)
def test_a_client_is_an_address_or_a_network(app: flask.Flask, address: str, whose: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert guards.client() == whose


def test_who_is_over_the_rate_learns_whose_and_when_again(make_app: MakeApp) -> None:
    client = make_app(rate_limit="1/minute").test_client()
    addresses = ("2001:db8::1", "2001:db8::2")  # one network
    answers = [
        client.post(
            "/v1/outpaint",
            data=form(png(9, 9), right="1"),
            environ_base={"REMOTE_ADDR": address},
        )
        for address in addresses
    ]
    assert [answer.status_code for answer in answers] == [200, 429]
    message = answers[1].get_json()["error"]["message"]
    found = re.fullmatch(
        r"2001:db8::/64 may ask for 1 per minute \(pictures of the server's --rate-limit\); "
        r"try again in (\d+) s\.",
        message,
    )
    assert found
    assert 0 < int(found[1]) <= 61  # whole seconds, upwards
    assert abs(int(found[1]) - int(answers[1].headers["Retry-After"])) <= 1


def test_settings_that_are_lists_are_read() -> None:
    settings = WebSettings(allowed_origins="https://A.example/, http://b:8080")
    assert settings.origins == {"https://a.example", "http://b:8080"}
    assert WebSettings(host="::1").hosts == {"127.0.0.1", "::1", "localhost"}
    assert WebSettings(host="0.0.0.0").hosts is None
    for wrong in ("no-slash", "/a b", "/a//b"):
        with pytest.raises(ValueError, match="prefix"):
            WebSettings(prefix=wrong)
