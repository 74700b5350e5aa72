"""The page in WebKit, which Safari and all browsers of an iPhone are made of."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.serving.web.conftest import pixels, png
from tests.serving.web.page import webdriver
from tests.serving.web.page.webdriver import Browser

TROUBLES = "return window.troubles"
WATCH = """
    window.troubles = [];
    window.addEventListener("error", (event) => window.troubles.push(event.message));
    window.addEventListener("unhandledrejection", ({reason}) => window.troubles.push(`${reason}`));
"""
RESULT = """
    const {result} = await import(new URL("static/js/machine.js", location.href));
    const data = new Uint8Array(await result().blob.arrayBuffer());
    window.made = btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not webdriver.is_installed():
        missing = "WebKit is missing: install it (Debian: apt-get install webkit2gtk-driver xvfb)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with webdriver.webkit(tmp_path_factory.mktemp("home")) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Browser]:
    browser.resize(1280, 900)
    browser.open(url)
    browser.wait_for_phase("empty")
    browser.run(WATCH)
    yield browser
    assert browser.run(TROUBLES) == []
    browser.run("window.onbeforeunload = null; window.stop()")


def upload(page: Browser, tmp_path: Path, data: bytes, name: str = "harbour.png") -> None:
    file = tmp_path / name
    file.write_bytes(data)
    page.type("#file", str(file))
    page.wait_for_phase("idle")


def size(page: Browser) -> str:
    return page.text("#size").replace("\N{MULTIPLICATION SIGN}", "x")


def made(page: Browser) -> np.ndarray:
    """The pixels of the result."""
    page.run("window.made = null")
    page.run(f"(async () => {{ {RESULT} }})()")
    return pixels(base64.b64decode(page.wait(lambda: page.run("return window.made"), "no result")))


def saved(page: Browser) -> None:
    """Says that nothing would be lost, so that the next test may leave the page."""
    page.run(
        "(async () => (await import(new URL('static/js/machine.js', location.href))).saved())()"
    )


def test_open_extend_paint_imagine(page: Browser, tmp_path: Path) -> None:
    image = png(80, 60)
    upload(page, tmp_path, image)
    assert size(page) == "80 x 60 → 120 x 60 pixels"
    page.drag(".handle.top", (0.5, 0.5), (0.5, -0.6))
    page.wait(lambda: page.run("return document.getElementById('side-top').value") != "0", "")
    top = int(page.run("return document.getElementById('side-top').value"))
    assert 1 <= top <= 60
    page.run("document.querySelector('[name=tool][value=brush]').click()")
    page.drag("#brush", (0.3, 0.5), (0.7, 0.5))
    page.click("#go")
    page.wait_for_phase("done")
    assert page.run("return document.getElementById('split').value") == "0"
    result = made(page)
    assert result.shape == (60 + top, 120, 3)
    known = result[top:, 20:100]
    np.testing.assert_array_equal(known[:10], pixels(image)[:10])
    assert (known[30, 30:50] != pixels(image)[30, 30:50]).any()  # where it was painted
    saved(page)


def test_undo_redo_and_a_new_picture(page: Browser, tmp_path: Path) -> None:
    upload(page, tmp_path, png(40, 40))
    page.run("document.querySelector('[name=ratio][value=\"16:9\"]').click()")
    page.click("#go")
    page.wait_for_phase("done")
    page.click("#undo")
    page.wait_for_phase("idle")
    page.click("#redo")
    page.wait_for_phase("done")
    saved(page)
    upload(page, tmp_path, png(20, 10), "other.png")
    page.wait(lambda: size(page) == "20 x 10 → 30 x 10 pixels", size(page))


def test_what_is_refused_is_told(page: Browser, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_bytes(b"no picture")
    page.type("#file", str(tmp_path / "notes.png"))
    page.wait(lambda: "notes.png: not an image" in page.text("#alert-text"), "nothing was told")
    assert page.run("return document.body.dataset.phase") == "empty"


def test_as_narrow_as_a_phone(page: Browser, tmp_path: Path) -> None:
    page.resize(420, 860)
    upload(page, tmp_path, png(60, 40))
    wide = page.run("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    box = page.run(
        "const b = document.getElementById('go').getBoundingClientRect();"
        "return [b.top, b.bottom, innerHeight]"
    )
    assert 0 <= box[0] < box[1] <= box[2]
    page.click("#go")
    page.wait_for_phase("done")
    assert made(page).shape == (40, 90, 3)
    saved(page)
