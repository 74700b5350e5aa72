"""`POST /v1/outpaint` and `GET /v1/models`, on real pictures and a real, small SavedModel."""

import base64
import email
import email.policy
import io
import json
import shutil
from pathlib import Path

import flask
import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.pictures import encoded
from tests.serving.web.conftest import LEVEL, MakeApp, form, in_json, pixels, png

PAINTED = round(255 * LEVEL)
PURE = {"blend": "none", "synthesis": "none"}  # what the model says, and no more
MULTIPART = {"content_type": "multipart/form-data"}


def test_a_form_gives_the_picture_with_what_was_known_as_it_was(client: FlaskClient) -> None:
    image = png(60, 40)
    response = client.post("/v1/outpaint", data=form(image, right="50%", top="8px"))
    assert response.status_code == 200
    assert response.content_type == "image/png"
    assert response.headers["Outpaint-Model-Version"] == "7"
    assert response.headers["Cache-Control"] == "no-store"
    result = pixels(response.data)
    assert result.shape == (48, 90, 3)
    np.testing.assert_array_equal(result[8:, :60], pixels(image))
    pure = client.post("/v1/outpaint", data=form(image, right="50%", synthesis="none"))
    assert abs(int(np.median(pixels(pure.data)[:, 80:])) - PAINTED) <= 2


@settings(max_examples=25)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.tuples(*[st.integers(0, 12)] * 4).filter(any),
)
def test_any_size_and_sides(
    app: flask.Flask, width: int, height: int, sides: tuple[int, ...]
) -> None:
    left, right, top, bottom = sides
    image = png(width, height)
    names = zip(("left", "right", "top", "bottom"), sides, strict=True)
    fields = {name: f"{length}px" for name, length in names}
    response = app.test_client().post("/v1/outpaint", data=form(image, **fields))
    assert response.status_code == 200, response.text
    result = pixels(response.data)
    assert result.shape == (height + top + bottom, width + left + right, 3)
    inside = result[top : top + height, left : left + width]
    np.testing.assert_array_equal(inside, pixels(image))


def test_a_format_that_the_client_does_not_accept_is_told(client: FlaskClient) -> None:
    fields = form(png(9, 9), right="5", format="jpeg")
    response = client.post("/v1/outpaint", data=fields, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert "image/jpeg" in response.get_json()["error"]["message"]


def test_json_takes_numbers_as_text_and_files_as_data_urls(client: FlaskClient) -> None:
    image = png(30, 20)
    plain = client.post("/v1/outpaint", json=in_json(image, right=6))
    text = in_json(image, right="6")
    text["image"] = "data:image/png;base64," + text["image"]
    assert plain.status_code == 200
    assert client.post("/v1/outpaint", json=text).data == plain.data
    steps = [in_json(image, mode="zoom-out", steps=value) for value in (1, "1", 1.0)]
    assert len({client.post("/v1/outpaint", json=asked).data for asked in steps}) == 1


def test_what_is_not_kept_is_told(client: FlaskClient) -> None:
    rgba = np.full((10, 10, 4), 255, np.uint8)
    rgba[:, :4, 3] = 0
    file = encoded(Image.fromarray(rgba))
    response = client.post("/v1/outpaint", data=form(file, right="5"))
    assert response.headers["Outpaint-Notes"] == "transparent parts were laid on white"
    asked = form(file, right="5", alpha="area", **PURE)
    response = client.post("/v1/outpaint", data=asked)
    assert "Outpaint-Notes" not in response.headers
    assert abs(pixels(response.data)[:, :4].astype(int) - PAINTED).max() <= 2


def test_the_new_pixels_alone_as_a_layer(client: FlaskClient) -> None:
    image = png(20, 10)
    whole = client.post("/v1/outpaint", data=form(image, right="6", top="2"))
    response = client.post("/v1/outpaint", data=form(image, right="6", top="2", layer="new"))
    with Image.open(io.BytesIO(response.data)) as opened:
        assert opened.mode == "RGBA"
        layer = np.asarray(opened)
    new = np.ones((12, 26), bool)
    new[2:, :20] = False
    np.testing.assert_array_equal(layer[..., 3] == 255, new)
    assert set(np.unique(layer[..., 3])) == {0, 255}
    np.testing.assert_array_equal(layer[new][:, :3], pixels(whole.data)[new])


def test_a_preview_shows_what_the_server_sees(client: FlaskClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = encoded(Image.fromarray(pixels(png(40, 30))), "WEBP", exif=exif, lossless=True)
    content = client.post("/v1/preview", data=form(file)).get_json()
    shown = pixels(base64.b64decode(content.pop("image")))
    assert content == {"type": "image/png", "notes": [], "width": 30, "height": 40}
    np.testing.assert_array_equal(shown, np.rot90(pixels(png(40, 30)), -1))
    large = np.zeros((700, 3000, 3), np.uint8)
    content = client.post("/v1/preview", data=form(encoded(Image.fromarray(large)))).get_json()
    assert (content["type"], content["width"], content["height"]) == ("image/jpeg", 3000, 700)
    assert pixels(base64.b64decode(content["image"])).shape == (597, 2560, 3)
    assert client.post("/v1/preview", data=form(b"none")).status_code == 415


def test_the_answer_names_the_version_that_made_it(
    make_app: MakeApp, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(model_folder, tmp_path / "served")
    app = make_app(folder)
    outpainter = app.extensions["outpainter"]
    real = type(outpainter).outpaint

    def switched_meanwhile(self, *args, **kwargs):
        shutil.copytree(folder / "7", folder / "8", dirs_exist_ok=True)
        outpainter.reload_if_newer()
        return real(self, *args, **kwargs)

    monkeypatch.setattr(type(outpainter), "outpaint", switched_meanwhile)
    client = app.test_client()
    for version in ("7", "8"):
        response = client.post("/v1/outpaint", data=form(png(9, 9), right="3"))
        assert response.headers["Outpaint-Model-Version"] == version


def test_empty_fields_of_a_form_count_as_left_out(client: FlaskClient) -> None:
    fields = dict.fromkeys(("left", "ratio", "mode", "format", "blend"), "")
    response = client.post("/v1/outpaint", data=form(png(8, 8), right="4", **fields))
    assert pixels(response.data).shape == (8, 12, 3)


def test_json_with_base64_is_the_same_request(client: FlaskClient) -> None:
    image = png(30, 20)
    by_form = client.post("/v1/outpaint", data=form(image, mode="zoom-out", steps="1"))
    by_json = client.post("/v1/outpaint", json=in_json(image, mode="zoom-out", steps=1))
    assert by_form.status_code == by_json.status_code == 200
    assert by_form.data == by_json.data


@pytest.mark.parametrize(
    ("fields", "accept", "kind"),
    [
        ({"format": "jpeg"}, None, "JPEG"),
        ({"format": "png"}, "*/*", "PNG"),
        ({}, "image/jpeg", "JPEG"),
        ({}, "text/html, image/*;q=0.8", "PNG"),
        ({"format": "jpeg"}, "image/jpeg;q=0.2, image/png", "JPEG"),
        ({"format": "webp"}, "image/*", "WEBP"),
        ({}, "image/webp", "WEBP"),
    ],
)
def test_the_format_is_as_asked(
    client: FlaskClient, fields: dict[str, str], accept: str | None, kind: str
) -> None:
    headers = {"Accept": accept} if accept else {}
    response = client.post(
        "/v1/outpaint", data=form(png(20, 20), right="5", **fields), headers=headers
    )
    assert response.content_type == f"image/{kind.lower()}"
    with Image.open(io.BytesIO(response.data)) as image:
        assert image.format == kind
        assert image.size == (25, 20)


def test_an_answer_in_json_says_where_the_picture_lies(client: FlaskClient) -> None:
    response = client.post(
        "/v1/outpaint",
        data=form(png(20, 20), left="5", top="3", right="2"),
        headers={"Accept": "application/json"},
    )
    content = response.get_json()
    image = content.pop("image")
    assert pixels(base64.b64decode(image)).shape == (23, 27, 3)
    assert content == {
        "seed": 0,
        "type": "image/png",
        "width": 27,
        "height": 23,
        "left": 5,
        "top": 3,
        "mode": "extend",
        "version": "7",
        "notes": [],
    }


def test_variants_come_as_parts_or_as_a_list(client: FlaskClient) -> None:
    fields = {"right": "50%", "seed": "3", "variants": "2"}
    response = client.post("/v1/outpaint", data=form(png(30, 20), **fields))
    assert response.status_code == 200, response.text
    head = f"Content-Type: {response.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + response.data, policy=email.policy.HTTP)
    parts = list(message.iter_parts())
    assert [(part.get_content_type(), part["Outpaint-Seed"]) for part in parts] == [
        ("image/png", "3"),
        ("image/png", "4"),
    ]
    in_parts = [part.get_payload(decode=True) for part in parts]
    listed = client.post(
        "/v1/outpaint",
        json=in_json(png(30, 20), right="50%", seed=3, variants=2),
        headers={"Accept": "application/json"},
    ).get_json()
    assert [variant["seed"] for variant in listed["variants"]] == [3, 4]
    assert [base64.b64decode(each["image"]) for each in listed["variants"]] == in_parts
    assert (listed["image"], listed["seed"]) == (listed["variants"][0]["image"], 3)
    assert (pixels(in_parts[0]) != pixels(in_parts[1])).any()


def test_a_stream_tells_progress_and_ends_with_the_picture(client: FlaskClient) -> None:
    request = form(png(20, 20), mode="zoom-out", steps="3")
    exact = client.post("/v1/outpaint", data=form(png(20, 20), mode="zoom-out", steps="3")).data
    response = client.post("/v1/outpaint", data=request, headers={"Accept": "application/x-ndjson"})
    assert response.content_type == "application/x-ndjson"
    *progress, last = [json.loads(line) for line in response.text.splitlines()]
    shares = [line["progress"] for line in progress]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert len(shares) > 3
    assert base64.b64decode(last["image"]) == exact


def test_a_mask_imagines_what_is_painted_and_nothing_else(client: FlaskClient) -> None:
    image = png(50, 50)
    painted = np.zeros((50, 50), np.uint8)
    painted[20:30, 20:30] = 255
    mask = encoded(Image.fromarray(painted))
    response = client.post("/v1/outpaint", data=form(image, mask=mask, **PURE))
    assert response.status_code == 200, response.text
    result, known = pixels(response.data), painted == 0
    np.testing.assert_array_equal(result[known], pixels(image)[known])
    assert abs(int(np.median(result[~known])) - PAINTED) <= 2


@pytest.mark.parametrize(
    ("request_", "status", "code", "word"),
    [
        ({"data": {"right": "50%"}, **MULTIPART}, 400, "bad_request", "missing"),
        ({"data": {"image": "text"}, **MULTIPART}, 400, "bad_request", "text field"),
        ({"data": {str(i): "" for i in range(99)}, **MULTIPART}, 413, "too_large", ""),
        ({"data": form(png(9, 9), right="far")}, 400, "bad_request", "right"),
        ({"data": form(png(9, 9), rihgt="50%")}, 400, "bad_request", "rihgt"),
        ({"data": form(png(9, 9), mode="dream")}, 400, "bad_request", "mode"),
        ({"data": form(png(9, 9), format="tiff")}, 400, "bad_request", "format"),
        ({"data": form(png(9, 9), mode="zoom-out", steps="99")}, 400, "bad_request", "steps"),
        ({"data": form(png(9, 9), right="1", mask=png(8, 8))}, 400, "bad_request", "mask"),
        ({"data": {"image": "text"}}, 415, "unsupported_type", "multipart"),
        ({"json": {"image": "no base64!"}}, 400, "bad_request", "base64"),
        ({"json": {"image": 7}}, 400, "bad_request", "base64"),
        ({"json": ["image"]}, 400, "bad_request", "object"),
        ({"json": in_json(png(9, 9), format=["png"])}, 400, "bad_request", "format"),
        ({"json": in_json(png(9, 9), right="")}, 400, "bad_request", "right"),
        ({"json": in_json(png(9, 9), steps="three")}, 400, "bad_request", "steps"),
        ({"json": in_json(png(9, 9), steps=True)}, 400, "bad_request", "steps"),
        ({"json": in_json(png(9, 9), label="perhaps")}, 400, "bad_request", "label"),
        ({"data": form(png(9, 9), quality="101")}, 400, "bad_request", "quality"),
        ({"data": form(png(9, 9), layer="new", format="jpeg")}, 400, "bad_request", "png or webp"),
        ({"json": in_json(png(9, 9), seed="three")}, 400, "bad_request", "seed"),
        ({"data": form(png(9, 9), variants="99")}, 400, "bad_request", "variants"),
        ({"data": b"{", "content_type": "application/json"}, 400, "bad_request", ""),
        ({"data": b"x", "content_type": "text/plain"}, 415, "unsupported_type", "multipart"),
        ({"data": form(b"", right="1")}, 400, "bad_request", "missing"),
        ({"data": form(b"no picture", right="1")}, 415, "unsupported_type", "not an image"),
        ({"data": form(png(9, 9), right="99999", top="99999")}, 413, "too_large", "megapixels"),
    ],
)
def test_what_is_wrong_is_told(
    client: FlaskClient, request_: dict, status: int, code: str, word: str
) -> None:
    response = client.post("/v1/outpaint", **request_)
    assert response.status_code == status
    error = response.get_json()["error"]
    assert error["code"] == code
    assert word in error["message"]
    assert len(error["message"]) < 500


def test_fields_that_come_twice_or_as_text_are_refused(client: FlaskClient) -> None:
    both = [(io.BytesIO(png(9, 9)), "a.png"), (io.BytesIO(png(9, 9)), "b.png")]
    twice = client.post("/v1/outpaint", data={"image": both, "right": "1"})
    assert (twice.status_code, "twice" in twice.text or "2 times" in twice.text) == (400, True)
    stranger = {**form(png(9, 9)), "other": (io.BytesIO(b"x"), "x")}
    assert "other" in client.post("/v1/outpaint", data=stranger).get_json()["error"]["message"]


def test_other_paths_and_methods_are_told_in_json(client: FlaskClient) -> None:
    assert client.get("/v1/outpaint").get_json()["error"]["code"] == "method_not_allowed"
    assert set(client.get("/v1/outpaint").allow) == {"OPTIONS", "POST"}
    assert client.get("/nothing").get_json()["error"]["code"] == "not_found"
    answer = client.post(
        "/v1/outpaint", data=form(png(9, 9)), headers={"Accept": "application/pdf"}
    )
    assert answer.status_code == 406


def test_models_tells_version_figures_and_card(
    make_app: MakeApp, model_folder: Path, tmp_path: Path, client: FlaskClient
) -> None:
    assert client.get("/v1/models").get_json() == {
        "models": [{"version": "7"}],
        "metrics": None,
        "card": None,
    }
    folder = shutil.copytree(model_folder, tmp_path / "served")
    (folder / "metrics.json").write_text('{"images": 1000}')
    (folder / "MODEL_CARD.md").write_text("# Card\n")
    content = make_app(folder).test_client().get("/v1/models").get_json()
    assert content["metrics"] == {"images": 1000}
    assert content["card"] == "# Card\n"
    (folder / "metrics.json").write_text("{")
    assert make_app(folder).test_client().get("/v1/models").get_json()["metrics"] is None


def test_a_newer_model_takes_over(make_app: MakeApp, model_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder, tmp_path / "served")
    app = make_app(folder)
    client = app.test_client()
    shutil.copytree(folder / "7", folder / "8")
    assert app.extensions["outpainter"].reload_if_newer()
    assert client.get("/readyz").get_json() == {"status": "ready", "version": "8"}
    response = client.post("/v1/outpaint", data=form(png(9, 9), right="3"))
    assert response.headers["Outpaint-Model-Version"] == "8"
    assert 'outpaint_model{version="8"} 1.0' in client.get("/metrics").text


def test_figures_count_requests_by_route_and_batches(make_app: MakeApp) -> None:
    client = make_app().test_client()
    for path in ("/v1/models", "/strange/1", "/strange/2"):
        client.get(path, buffered=True)
    client.post("/v1/outpaint", data=form(png(9, 9), right="3"), buffered=True)
    client.post("/v1/outpaint", data=form(b"none", right="3"), buffered=True)
    text = client.get("/metrics").text
    assert 'outpaint_http_requests_total{route="/v1/outpaint",status="200"} 1.0' in text
    assert 'outpaint_http_requests_total{route="unknown",status="404"} 2.0' in text
    assert "outpaint_batch_canvases_count" in text
    assert 'outpaint_pictures_total{outcome="done"} 1.0' in text
    assert 'outpaint_pictures_total{outcome="refused"} 1.0' in text
    assert "outpaint_pictures_at_once 0.0" in text
    assert "outpaint_megapixels_at_once 0.0" in text
