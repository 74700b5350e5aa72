"""What is to be imagined: sides, shapes, painted areas, a border hidden."""

import numpy as np
import playwright.sync_api as playwright
from playwright.sync_api import expect

from tests.serving.web.conftest import LEVEL, pixels, png
from tests.serving.web.page.person import download, drag, imagine, size, upload


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
