"""Ways of working it: keyboard, pointer, wheel, clipboard, a phone."""

import re

import playwright.sync_api as playwright
from playwright.sync_api import expect

from tests.serving.web.conftest import png
from tests.serving.web.page.person import MOTION, PHONE, drag, give, size, upload, watched


def test_zoom_and_pan(page: playwright.Page) -> None:
    upload(page, png(60, 60))
    stage = page.locator("#stage").bounding_box()
    before = page.locator("#picture").bounding_box()
    assert stage
    assert before
    for _ in range(6):
        page.get_by_role("button", name="Zoom into the view").click()
    page.wait_for_timeout(MOTION)
    near = page.locator("#picture").bounding_box()
    assert near
    assert near["width"] > 3 * before["width"]
    drag(page, "#stage", (0.5, 0.5), (0.6, 0.4))
    page.wait_for_timeout(MOTION)
    moved = page.locator("#picture").bounding_box()
    assert moved
    assert abs(moved["x"] - near["x"] - stage["width"] * 0.1) < 3
    assert abs(moved["y"] - near["y"] + stage["height"] * 0.1) < 3
    page.mouse.move(stage["x"] + 200, stage["y"] + 200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_timeout(MOTION)
    nearer = page.locator("#picture").bounding_box()
    assert nearer
    assert nearer["width"] > near["width"]
    page.get_by_role("button", name="Fit the view").click()
    page.wait_for_timeout(MOTION)
    assert page.locator("#picture").bounding_box() == before


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
