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
from tests.serving.web.conftest import LEVEL, MakeApp, model_held, pixels, png, serving

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
_MOTION = 500  # milliseconds in which what moves has come to rest
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
    expect(page.locator("body")).to_have_attribute("data-phase", "empty")
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
    expect(page.locator("body")).to_have_attribute("data-phase", "idle")


def imagine(page: playwright.Page) -> None:
    page.locator("#go").click()
    expect(page.locator("body")).to_have_attribute("data-phase", "done")
    expect(page.locator("#compare")).to_be_visible()


def drag(page: playwright.Page, area: str, start: tuple, end: tuple) -> None:
    """Drags within an element; places are shares of its width and height."""
    box = page.locator(area).bounding_box()
    assert box
    (x0, y0), (x1, y1) = (
        (box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=5)
    page.mouse.up()


def give(page: playwright.Page, kind: str, *files: tuple[str, bytes]) -> None:
    """Drops or pastes files."""
    page.evaluate(
        """([type, files]) => {
            const data = new DataTransfer();
            files.forEach(([name, bytes]) =>
                data.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"})));
            const options = {bubbles: true, cancelable: true};
            document.body.dispatchEvent(type === "drop"
                ? new DragEvent("drop", {...options, dataTransfer: data})
                : new ClipboardEvent("paste", {...options, clipboardData: data}));
        }""",
        [kind, [(name, list(data)) for name, data in files]],
    )


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
    assert split.input_value() == "0"  # the result, whole
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
        label = jpeg.getxmp()["xmpmeta"]["RDF"]["Description"]
    assert label["DigitalSourceType"].endswith("compositeWithTrainedAlgorithmicMedia")


def test_extend_again_and_undo_all_the_way(page: playwright.Page) -> None:
    upload(page, png(40, 40))
    page.get_by_role("radio", name="16:9").check()
    assert size(page) == "40 x 40 → 71 x 40 pixels"
    imagine(page)
    page.get_by_role("button", name="Go on from here").click()
    expect(page.locator("#compare")).to_be_hidden()
    page.get_by_role("radio", name="Panorama").check()
    page.get_by_role("radio", name="Bottom").check()
    assert size(page) == "71 x 40 → 71 x 80 pixels"
    imagine(page)
    assert pixels(download(page, "PNG")[1]).shape == (80, 71, 3)
    seen = [size(page)]
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    while undo.is_enabled():
        undo.click()
        seen.append(size(page))
    assert [text for i, text in enumerate(seen) if text != seen[i - 1]] == [
        "71 x 40 → 71 x 80 pixels",  # the second result, and what was asked for it
        "71 x 40 → 143 x 40 pixels",  # as a panorama to the right
        "71 x 40 pixels",  # the result as the picture
        "40 x 40 → 71 x 40 pixels",  # the first result, and what was asked
        "40 x 40 → 60 x 40 pixels",  # as it was opened
    ]
    page.locator("#stage").click(position={"x": 5, "y": 5})
    for _ in range(len(seen) - 1):
        page.keyboard.press("Control+Shift+Z")
    assert redo.is_disabled()
    assert size(page) == seen[0]
    expect(page.locator("#compare")).to_be_visible()
    page.keyboard.press("Control+Z")
    expect(page.locator("#compare")).to_be_hidden()


def test_settings_stay_beside_the_result_and_download_comes_first(page: playwright.Page) -> None:
    upload(page, png(40, 40))
    page.get_by_role("radio", name="3:2").check()
    imagine(page)
    buttons = page.locator(".actions button:visible")
    assert buttons.first.get_attribute("data-download") == "png"
    expect(page.get_by_role("radio", name="3:2")).to_be_checked()
    page.get_by_role("radio", name="16:9").check()
    expect(page.locator("body")).to_have_attribute("data-phase", "idle")
    imagine(page)
    assert size(page) == "40 x 40 → 71 x 40 pixels"


def test_variants_to_choose_from(page: playwright.Page) -> None:
    upload(page, png(60, 60))
    page.get_by_label("Results to choose from").select_option("4")
    imagine(page)
    variants = page.get_by_role("button", name=re.compile(r"Variant \d of 4"))
    expect(variants).to_have_count(4)
    taken = []
    for number in range(4):
        variants.nth(number).click()
        pressed = [each.get_attribute("aria-pressed") for each in variants.all()]
        assert [value == "true" for value in pressed] == [i == number for i in range(4)]
        taken.append(pixels(download(page, "PNG")[1]))
    assert all(result.shape == (60, 90, 3) for result in taken)
    assert len({result.tobytes() for result in taken}) == 4
    page.get_by_label("Results to choose from").select_option("1")
    imagine(page)
    expect(variants).to_have_count(0)
    np.testing.assert_array_equal(pixels(download(page, "PNG")[1]), taken[0])


def test_sides_by_number(page: playwright.Page) -> None:
    image = png(50, 40)
    upload(page, image)
    for side, pixels_ in (("left", "0"), ("right", "7"), ("top", "3"), ("bottom", "99999")):
        page.get_by_label(f"Pixels to add, {side}").fill(pixels_)
        page.keyboard.press("Enter")
    assert size(page) == "50 x 40 → 57 x 203 pixels"  # four times its height at most
    page.get_by_label("Pixels to add, bottom").fill("0")
    page.keyboard.press("Enter")
    imagine(page)
    result = pixels(download(page, "PNG")[1])
    assert result.shape == (43, 57, 3)
    np.testing.assert_array_equal(result[3:, :50], pixels(image))


def test_what_comes_while_it_works_takes_the_place_of_all(
    page: playwright.Page, app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(page, png(30, 30))
    with model_held(app, monkeypatch) as go:
        for kind in ("paste", "drop"):
            page.locator("#go").click()
            expect(page.locator("body")).to_have_attribute("data-phase", "working")
            give(page, kind, ("other.png", png(64, 32)))
            page.get_by_role("button", name="Go on", exact=True).click()  # it asks
            expect(page.locator("body")).to_have_attribute("data-phase", "idle")
            assert size(page) == "64 x 32 → 96 x 32 pixels"
        go.set()
    page.wait_for_timeout(500)
    expect(page.locator("#compare")).to_be_hidden()  # the old result is nowhere
    assert size(page) == "64 x 32 → 96 x 32 pixels"


def test_it_asks_before_a_result_is_lost(page: playwright.Page) -> None:
    upload(page, png(30, 30))
    imagine(page)
    asked = []

    def on_dialog(dialog: playwright.Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    for leave in (
        lambda: page.evaluate("location.reload()"),
        lambda: page.get_by_role("link", name="Outpainting").click(no_wait_after=True),
        lambda: page.evaluate("history.back()"),
    ):
        before = len(asked)
        leave()
        page.wait_for_timeout(300)
        assert asked[before:] == ["beforeunload"]
    expect(page.locator("#compare")).to_be_visible()
    page.get_by_role("button", name="New picture").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#compare")).to_be_visible()
    download(page, "PNG")
    page.get_by_role("button", name="New picture").click()  # nothing would be lost
    expect(page.locator("#start")).to_be_visible()


def test_zoom_and_pan(page: playwright.Page) -> None:
    upload(page, png(60, 60))
    stage = page.locator("#stage").bounding_box()
    before = page.locator("#picture").bounding_box()
    assert stage
    assert before
    for _ in range(6):
        page.get_by_role("button", name="Zoom into the view").click()
    page.wait_for_timeout(_MOTION)
    near = page.locator("#picture").bounding_box()
    assert near
    assert near["width"] > 3 * before["width"]
    drag(page, "#stage", (0.5, 0.5), (0.6, 0.4))
    page.wait_for_timeout(_MOTION)
    moved = page.locator("#picture").bounding_box()
    assert moved
    assert abs(moved["x"] - near["x"] - stage["width"] * 0.1) < 3
    assert abs(moved["y"] - near["y"] + stage["height"] * 0.1) < 3
    page.mouse.move(stage["x"] + 200, stage["y"] + 200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_timeout(_MOTION)
    nearer = page.locator("#picture").bounding_box()
    assert nearer
    assert nearer["width"] > near["width"]
    page.get_by_role("button", name="Fit the view").click()
    page.wait_for_timeout(_MOTION)
    assert page.locator("#picture").bounding_box() == before


def test_several_files_are_worked_one_after_the_other(page: playwright.Page) -> None:
    files = [("a.png", png(40, 20)), ("none.png", b"no picture"), ("b.png", png(20, 40))]
    give(page, "drop", *files)
    expect(page.locator("#batch-title")).to_have_text("3 pictures, 0 done")
    page.get_by_label("Pixels to add, left").fill("20")  # a half
    page.keyboard.press("Enter")
    page.get_by_label("Pixels to add, right").fill("0")
    page.keyboard.press("Enter")
    page.locator("#go").click()
    expect(page.locator("body")).to_have_attribute("data-phase", "done")
    expect(page.get_by_role("alert")).to_contain_text("1 of 3 pictures failed")
    lines = page.locator("#batch-list li")
    expect(lines.nth(0)).to_have_text("a.png: done")
    expect(lines.nth(1)).to_contain_text("none.png: none.png: not an image")
    saved = {}
    page.on("download", lambda file: saved.setdefault(file.suggested_filename, file))
    page.get_by_role("button", name="Download all").click()
    page.wait_for_timeout(1500)
    shapes = {name: pixels(Path(file.path()).read_bytes()).shape for name, file in saved.items()}
    assert shapes == {"a-outpainted.png": (20, 60, 3), "b-outpainted.png": (40, 30, 3)}


def test_it_shows_what_the_server_sees(page: playwright.Page) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels_ = np.zeros((30, 40, 3), np.uint8)
    pixels_[:, :10] = (255, 0, 0)
    for file_format in ("TIFF", "WEBP", "PNG"):  # of which browsers show some, some turned
        out = io.BytesIO()
        Image.fromarray(pixels_).save(out, file_format, exif=exif)
        page.set_input_files(FILE, {"name": "a", "mimeType": "", "buffer": out.getvalue()})
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
    page.locator("#go").click()
    expect(page.get_by_role("alert")).to_contain_text("Paint over the area")
    drag(page, "#brush", (0.3, 0.5), (0.7, 0.5))
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Blend at the seam").select_option("none")
    page.get_by_label("Texture").select_option("none")
    imagine(page)
    result = pixels(download(page, "PNG")[1])
    changed = (result != pixels(image)).any(axis=2)
    assert changed[30, 25:35].all()
    assert not changed[:20].any()
    assert not changed[40:].any()
    assert abs(int(np.median(result[changed])) - 255 * LEVEL) < 3


def test_paint_and_extend_together_erase_and_undo_a_stroke(page: playwright.Page) -> None:
    image = png(60, 60)
    upload(page, image)
    page.get_by_role("radio", name="Brush").check()
    drag(page, "#brush", (0.2, 0.3), (0.8, 0.3))
    drag(page, "#brush", (0.2, 0.7), (0.8, 0.7))
    page.keyboard.press("Control+Z")
    page.get_by_role("radio", name="Eraser").check()
    drag(page, "#brush", (0.6, 0.3), (0.9, 0.3))
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Blend at the seam").select_option("none")
    imagine(page)
    result = pixels(download(page, "PNG")[1])
    assert result.shape == (60, 90, 3)
    changed = (result[:, 15:75] != pixels(image)).any(axis=2)
    assert changed[18, 14:30].all()
    assert not changed[18, 38:].any()  # erased
    assert not changed[30:].any()  # undone


def test_restore_hides_the_border_and_keeps_the_size(page: playwright.Page) -> None:
    upload(page, png(64, 48))
    page.get_by_role("radio", name="Restore").check()
    imagine(page)
    assert pixels(download(page, "PNG")[1]).shape == (48, 64, 3)


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
    assert split.input_value() == "1"
    page.get_by_role("button", name="Go on from here").focus()
    press("Enter")
    page.get_by_role("radio", name="Paint").focus()
    press("Space")
    page.locator("#brush").focus()
    for key in ("Space", "ArrowRight", "Space"):
        press(key)
    page.locator("#go").focus()
    press("Enter")
    expect(page.locator("#compare")).to_be_visible()


def test_drop_and_paste(page: playwright.Page) -> None:
    for kind, width in (("drop", 33), ("paste", 44)):
        give(page, kind, ("given.png", png(width, 20)))
        expect(page.locator("#size")).to_contain_text(re.compile(rf"\b{width} . 20\b"))
    page.get_by_label("Pixels to add, top").fill("9")
    page.keyboard.press("Enter")
    give(page, "drop", ("other.png", png(20, 10)))
    expect(page.locator("#size")).to_have_text(re.compile(r"^20 . 10 → 30 . 10 pixels$"))  # afresh


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
    go = page.locator("#go")

    def in_sight() -> bool:
        box = go.bounding_box()
        assert box
        return box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"]

    assert in_sight()
    # A finger on the picture scrolls the page, but for the handles.
    assert page.locator("#stage").evaluate("part => getComputedStyle(part).touchAction") == "pan-y"
    page.evaluate("document.getElementById('form').scrollIntoView()")
    assert in_sight()
    page.get_by_role("radio", name="Zoom out").tap()
    go.tap()
    expect(page.locator("#compare")).to_be_visible()
    assert "576 x 576" in size(page)
    assert in_sight()
    expect(page.get_by_role("button", name="Download PNG")).to_be_in_viewport()
    context.close()
    assert troubles == []


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
