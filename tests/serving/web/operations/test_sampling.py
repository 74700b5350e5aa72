"""Figures are kept of pictures whose senders agree, and of no others."""

import json
import logging
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from models.quality import looks
from serving.web.operations import sampling
from tests.serving.web.conftest import MakeApp, form, pixels, png

AGREED = {sampling.HEADER: "yes"}


def send(client: FlaskClient, image: bytes, headers: dict[str, str]) -> None:
    response = client.post("/v1/outpaint", data=form(image, right="8px"), headers=headers)
    assert response.status_code == 200, response.text


def kept(folder: Path) -> list[dict[str, float]]:
    found = []
    for name in (sampling.OLDER, sampling.NEWER):
        if (folder / name).exists():
            found += [json.loads(line) for line in (folder / name).read_text().splitlines()]
    return found


def test_three_figures_of_a_picture_are_kept_where_its_sender_agrees(
    make_app: MakeApp, tmp_path: Path
) -> None:
    client = make_app(samples=tmp_path).test_client()
    image = png(60, 40)
    for headers in ({}, {sampling.HEADER: "no"}, {sampling.HEADER: ""}):
        send(client, image, headers)
    assert not list(tmp_path.iterdir())
    send(client, image, AGREED)
    (line,) = kept(tmp_path)
    assert line == pytest.approx(looks.look(pixels(image)), abs=0.01)


def test_without_a_folder_nothing_is_kept(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    send(client, png(30, 20), AGREED)
    assert not list(tmp_path.iterdir())


def test_a_preview_is_not_counted(make_app: MakeApp, tmp_path: Path) -> None:
    client = make_app(samples=tmp_path).test_client()
    data = form(png(30, 20))
    assert client.post("/v1/preview", data=data, headers=AGREED).status_code == 200
    assert not list(tmp_path.iterdir())


def test_the_newest_are_kept_also_over_a_restart(tmp_path: Path) -> None:
    app = flask.Flask("test")
    for number in range(25):
        if number % 7 == 0:  # the server begins anew
            sampler = sampling.Sampler(tmp_path, 10)
        with app.test_request_context(headers=AGREED):
            sampler.offer(pixels(png(8, 8)) * 0 + number)
        found = [round(line["brightness"]) for line in kept(tmp_path)]
        assert found == list(range(number + 1))[-len(found) :]
        assert min(number + 1, 5) <= len(found) <= 10


def test_a_folder_that_cannot_be_written_to_costs_no_picture(
    make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "samples"
    folder.mkdir()
    client = make_app(samples=folder).test_client()
    folder.rmdir()
    with caplog.at_level(logging.WARNING):
        send(client, png(30, 20), AGREED)
    assert "no sample kept" in caplog.text


@pytest.mark.parametrize("sampled", [True, False])
def test_the_page_says_what_is_kept_and_asks(
    make_app: MakeApp, tmp_path: Path, sampled: bool
) -> None:
    text = make_app(samples=tmp_path if sampled else None).test_client().get("/").text
    assert ('id="sample"' in text) is sampled
    assert ("three numbers, may be kept" in text) is sampled
    assert ("three figures of those whose senders agree" in text) is sampled
