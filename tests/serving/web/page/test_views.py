"""The page in a real browser, Debian's Chromium: what a person does, and what comes of it."""

import io
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import flask
import numpy as np
import playwright.sync_api as playwright
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.patience import PATIENCE
from tests.serving.web.conftest import LEVEL, MakeApp, pixels, png, serving

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
FILE = "#file"
_SLOW = 1000 * PATIENCE  # milliseconds
expect.set_options(timeout=_SLOW)


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing = "Chromium is missing: install it (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: playwright.Browser, url: str) -> Iterator[playwright.Page]:
    """The page, opened; anything it asks of elsewhere, and any error in it, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(_SLOW)
    page = context.new_page()
    troubles = watched(page, url)
    page.goto(url)
    yield page
    context.close()
    assert troubles == []


def watched(page: playwright.Page, url: str) -> list[str]:
    troubles: list[str] = []

    def note(request: playwright.Request) -> None:
        if not request.url.startswith((url, "blob:", "data:")):
            troubles.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda message: (
            troubles.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    return troubles


def upload(page: playwright.Page, data: bytes, name: str = "harbour view.png") -> None:
    page.set_input_files(FILE, {"name": name, "mimeType": "image/png", "buffer": data})
    expect(page.locator("#studio")).to_be_visible()


def imagine(page: playwright.Page) -> None:
    page.get_by_role("button", name="Imagine").click()
    expect(page.locator("#compare")).to_be_visible()


def download(page: playwright.Page, kind: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Download {kind}").click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def size(page: playwright.Page) -> str:
    return page.locator("#size").inner_text().replace("\N{MULTIPLICATION SIGN}", "x")


def test_upload_pull_imagine_compare_download(page: playwright.Page) -> None:
    image = png(100, 80)
    upload(page, image)
    assert size(page) == "100 x 80 → 150 x 80 pixels"
    handle = page.get_by_role("slider", name="Extend top")
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 30, steps=4)
    page.mouse.up()
    top = int(handle.get_attribute("aria-valuetext").split()[2])
    assert 5 < top < 40
    assert size(page) == f"100 x 80 → 150 x {80 + top} pixels"
    imagine(page)

    split = page.get_by_role("slider", name="Compare before and after")
    frame = page.locator("#compare").bounding_box()
    assert frame
    page.mouse.click(frame["x"] + frame["width"] * 0.2, frame["y"] + frame["height"] / 2)
    assert abs(int(split.input_value()) - 20) <= 3
    shown = page.locator("#before").evaluate("part => getComputedStyle(part).clipPath")
    assert re.match(r"inset\(0px calc\(100% - \d+%\) 0px 0px\)|inset\(0px \d+% 0px 0px\)", shown)

    name, data = download(page, "PNG")
    assert name == "harbour-view-outpainted.png"
    result = pixels(data)
    assert result.shape == (80 + top, 150, 3)
    np.testing.assert_array_equal(result[top:, 25:125], pixels(image))
    name, data = download(page, "JPEG")
    assert name == "harbour-view-outpainted.jpg"
    with Image.open(io.BytesIO(data)) as jpeg:
        assert (jpeg.format, jpeg.size) == ("JPEG", (150, 80 + top))


def test_extend_again_and_undo_all_the_way(page: playwright.Page) -> None:
    upload(page, png(40, 40))
    page.get_by_role("radio", name="16:9").check()
    assert size(page) == "40 x 40 → 71 x 40 pixels"
    imagine(page)
    page.get_by_role("button", name="Extend again").click()
    expect(page.locator("#compare")).to_be_hidden()
    page.get_by_role("radio", name="Panorama").check()
    page.get_by_role("radio", name="Bottom").check()
    assert size(page) == "71 x 40 → 71 x 80 pixels"
    imagine(page)
    assert pixels(download(page, "PNG")[1]).shape == (80, 71, 3)
    undo = page.get_by_role("button", name="Undo")
    for compared, text in ((False, "71 x 80"), (True, "40 x 40 → 71 x 40"), (False, "→ 71 x 40")):
        undo.click()
        assert page.locator("#compare").is_visible() is compared
        assert text in size(page)
    expect(undo).to_be_disabled()


def test_the_anchor_says_which_sides_a_shape_grows(page: playwright.Page) -> None:
    image = png(40, 40)
    upload(page, image)
    anchors = page.get_by_role("group", name="Picture lies")
    expect(anchors).to_be_hidden()
    page.get_by_role("radio", name="16:9").check()
    anchors.get_by_role("radio", name="left", exact=True).check()
    assert page.get_by_role("slider", name="Extend left").get_attribute("aria-valuenow") == "0"
    page.keyboard.press("ArrowRight")  # to the centre, by keyboard
    expect(anchors.get_by_role("radio", name="center")).to_be_checked()
    anchors.get_by_role("radio", name="bottom-right").check()
    imagine(page)
    result = pixels(download(page, "PNG")[1])
    assert result.shape == (40, 71, 3)
    np.testing.assert_array_equal(result[:, 31:], pixels(image))


def test_paint_an_area(page: playwright.Page) -> None:
    image = png(60, 60)
    upload(page, image)
    page.get_by_role("radio", name="Paint").check()
    page.get_by_role("button", name="Imagine").click()
    expect(page.get_by_role("alert")).to_contain_text("Paint over the area")
    brush = page.locator("#brush").bounding_box()
    assert brush
    x, y = brush["x"] + brush["width"] / 2, brush["y"] + brush["height"] / 2
    page.mouse.move(x - 60, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    page.get_by_label("Blend at the seam").select_option("none")
    imagine(page)
    result = pixels(download(page, "PNG")[1])
    changed = (result != pixels(image)).any(axis=2)
    assert changed[30, 25:35].all()
    assert not changed[:20].any()
    assert not changed[40:].any()
    assert abs(int(np.median(result[changed])) - 255 * LEVEL) < 3


def test_restore_hides_the_border_and_keeps_the_size(page: playwright.Page) -> None:
    upload(page, png(64, 48))
    page.get_by_role("radio", name="Restore").check()
    imagine(page)
    assert pixels(download(page, "PNG")[1]).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("notes.txt", b"no picture at all", "notes.txt is not a picture that can be read"),
        ("broken.png", png(50, 50)[:30], "broken.png is not a picture that can be read"),
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
    page.get_by_role("button", name="Imagine").click()  # a browser shows it; the server does not
    expect(page.get_by_role("alert")).to_contain_text("not only an image")
    expect(page.get_by_role("button", name="Imagine")).to_be_enabled()
    page.get_by_role("button", name="New picture").click()
    upload(page, png(20, 20))
    imagine(page)


def test_keyboard_alone(page: playwright.Page) -> None:
    press = page.keyboard.press
    for _ in range(20):
        press("Tab")
        if page.evaluate("document.activeElement.dataset.name"):
            break
    press("Enter")  # on the first of the samples
    right = page.get_by_role("slider", name="Extend right")
    expect(right).to_be_focused()
    press("Shift+ArrowRight")
    press("ArrowLeft")
    assert right.get_attribute("aria-valuenow") == "34"
    press("Shift+Tab")
    expect(page.get_by_role("slider", name="Extend left")).to_be_focused()
    press("Home")
    assert size(page) == "256 x 256 → 343 x 256 pixels"
    for _ in range(12):
        press("Tab")
        if page.evaluate("document.activeElement.id") == "go":
            break
    press("Enter")
    split = page.get_by_role("slider", name="Compare before and after")
    expect(split).to_be_focused()
    assert "Done" in page.get_by_role("status").inner_text()
    press("ArrowRight")
    assert split.input_value() == "51"
    press("Tab")
    expect(page.get_by_role("button", name="Extend again")).to_be_focused()
    press("Enter")
    page.get_by_role("radio", name="Paint").focus()
    press("Space")
    page.locator("#brush").focus()
    for key in ("Space", "ArrowRight", "Space"):
        press(key)
    page.get_by_role("button", name="Imagine").focus()
    press("Enter")
    expect(page.locator("#compare")).to_be_visible()


def test_drop_and_paste(page: playwright.Page) -> None:
    give = """([type, bytes]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "given.png", {type: "image/png"}));
        const options = {bubbles: true, cancelable: true};
        document.body.dispatchEvent(type === "drop"
            ? new DragEvent("drop", {...options, dataTransfer: data})
            : new ClipboardEvent("paste", {...options, clipboardData: data}));
    }"""
    for kind, width in (("drop", 33), ("paste", 44)):
        page.evaluate(give, [kind, list(png(width, 20))])
        expect(page.locator("#size")).to_contain_text(re.compile(rf"\b{width} . 20\b"))


def test_a_phone(browser: playwright.Browser, url: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    troubles = watched(page, url)
    page.goto(url)
    page.locator(".gallery button").first.tap()
    expect(page.locator("#studio")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for control in page.locator("button:visible, .handle:visible, select:visible").all():
        box = control.bounding_box()
        assert box
        assert box["height"] >= 40
    page.get_by_role("radio", name="Zoom out").tap()
    page.get_by_role("button", name="Imagine").tap()
    expect(page.locator("#compare")).to_be_visible()
    assert "576 x 576" in size(page)
    context.close()
    assert troubles == []


def test_a_key_is_asked_for_and_used(browser: playwright.Browser, make_app: MakeApp) -> None:
    with serving(make_app(api_key="sesame")) as url:
        page = browser.new_page()
        page.goto(url)
        upload(page, png(20, 20))
        page.get_by_role("button", name="Imagine").click()
        expect(page.get_by_role("alert")).to_contain_text("asks for a key")
        page.get_by_label("API key").fill("sesame")
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
