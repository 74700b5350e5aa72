"""What comes of a picture: its results, compared, chosen, extended again, downloaded."""

import io
import re
from pathlib import Path

import flask
import numpy as np
import playwright.sync_api as playwright
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.serving.web.conftest import model_held, pixels, png
from tests.serving.web.page.person import download, give, imagine, size, upload


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
