"""What the page tells: of progress, of what went wrong, of the server and its model."""

import re
import shutil
from pathlib import Path

import flask
import numpy as np
import playwright.sync_api as playwright
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.pictures import encoded
from tests.serving.web.conftest import MakeApp, png, serving
from tests.serving.web.page.person import FILE, imagine, upload


def test_it_shows_what_the_server_sees(page: playwright.Page) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels_ = np.zeros((30, 40, 3), np.uint8)
    pixels_[:, :10] = (255, 0, 0)
    for file_format in ("TIFF", "WEBP", "PNG"):  # of which browsers show some, some turned
        data = encoded(Image.fromarray(pixels_), file_format, exif=exif)
        page.set_input_files(FILE, {"name": "a", "mimeType": "", "buffer": data})
        expect(page.locator("#size")).to_have_text(re.compile(r"^30 . 40 → 46 . 40 pixels$"))
        colour = page.locator("#picture").evaluate(
            """async (image) => {
                await image.decode();
                const canvas = document.createElement("canvas");
                Object.assign(canvas, {width: 30, height: 40});
                const paper = canvas.getContext("2d");
                paper.drawImage(image, 0, 0);
                return [...paper.getImageData(15, 5, 1, 1).data];
            }"""
        )
        assert np.abs(np.subtract(colour, [255, 0, 0, 255])).max() <= 4


def test_a_reset_is_told_from_a_lost_server(browser: playwright.Browser, make_app: MakeApp) -> None:
    with serving(make_app()) as url:
        page = browser.new_page()
        page.goto(url)
        upload(page, png(20, 20))
        page.route("**/v1/outpaint", lambda route: route.abort("connectionreset"))
        page.locator("#go").click()
        expect(page.get_by_role("alert")).to_contain_text("The connection broke")
        page.unroute("**/v1/outpaint")
    page.locator("#go").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached; is it still running?")
    page.close()


def test_the_progress_of_an_upload_is_shown(page: playwright.Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    session.send("Network.emulateNetworkConditions", slow)
    image = png(700, 700)
    page.set_input_files(FILE, {"name": "a.png", "mimeType": "image/png", "buffer": image})
    expect(page.locator("#opening-text")).to_have_text(re.compile(r"Sending a\.png, [1-9]\d? %"))
    page.locator("#opening-stop").click()
    expect(page.locator("body")).to_have_attribute("data-phase", "empty")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("notes.txt", b"no picture at all", "notes.txt: not an image in"),
        ("broken.png", png(50, 50)[:3000], "broken.png: the image is broken"),
    ],
)
def test_what_is_not_a_picture_is_told(
    page: playwright.Page, name: str, data: bytes, message: str
) -> None:
    page.set_input_files(FILE, {"name": name, "mimeType": "image/png", "buffer": data})
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.locator("#studio")).to_be_hidden()
    page.get_by_role("button", name="Close this message").click()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_what_the_server_refuses_is_told_and_can_be_mended(page: playwright.Page) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"></svg>'
    page.set_input_files(FILE, {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": svg})
    expect(page.get_by_role("alert")).to_contain_text("a.svg: not an image, but a page")
    heic = b"\0\0\0\x18ftypheic" + bytes(64)
    page.set_input_files(FILE, {"name": "IMG_1.HEIC", "mimeType": "", "buffer": heic})
    expect(page.get_by_role("alert")).to_contain_text("IMG_1.HEIC")
    expect(page.locator("#start")).to_be_visible()
    upload(page, png(20, 20))
    imagine(page)
    page.set_input_files(FILE, {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": svg})
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("a.svg: not an image")
    expect(page.locator("#compare")).to_be_visible()  # what was there stays


def test_a_key_is_asked_for_and_used(browser: playwright.Browser, make_app: MakeApp) -> None:
    with serving(make_app(api_key="sesame")) as url:
        page = browser.new_page()
        page.goto(url)
        image = {"name": "a.png", "mimeType": "image/png", "buffer": png(20, 20)}
        page.set_input_files(FILE, image)
        expect(page.get_by_role("alert")).to_contain_text("asks for a key")
        page.get_by_label("API key").fill("sesame")
        page.set_input_files(FILE, image)
        imagine(page)
        page.close()


def test_the_page_tells_of_the_model(app: flask.Flask, make_app: MakeApp, tmp_path: Path) -> None:
    assert "nothing is claimed of it" in app.test_client().get("/").text
    folder = shutil.copytree(app.extensions["outpainter"].path.parent, tmp_path / "models")
    (folder / "MODEL_CARD.md").write_text("Trained on <places>.")
    (folder / "metrics.json").write_text(
        '{"images": 1000, "masks": {"four_sides": {"model": {"psnr": 14.25, "ssim": 0.4},'
        '"baselines": {"mean_fill": {"psnr": 11.78, "ssim": 0.3}}}}}'
    )
    text = make_app(folder).test_client().get("/").text
    assert "Trained on &lt;places&gt;." in text
    assert "1000 photographs, four sides hidden" in text
    assert "<td>14.25</td>" in text
    assert "Mean fill" in text


def test_figures_are_kept_only_where_one_has_said_so(
    browser: playwright.Browser, make_app: MakeApp, tmp_path: Path
) -> None:
    with serving(make_app(samples=tmp_path)) as url:
        for agreed in (False, True):
            page = browser.new_page()
            page.goto(url)
            assert not page.locator("#sample").is_checked()
            page.locator("#sample").set_checked(agreed)
            upload(page, png(20, 20))
            imagine(page)
            assert bool(list(tmp_path.iterdir())) is agreed
            page.close()
