"""The page in a browser; anything it asks of elsewhere, and any error in it, fails the test."""

import os
import shutil
from collections.abc import Iterator

import playwright.sync_api as playwright
import pytest
from playwright.sync_api import expect

from tests.serving.web.page.person import ARGS, SLOW, watched


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
    context.set_default_timeout(SLOW)
    page = context.new_page()
    troubles = watched(page, url)
    page.goto(url)
    expect(page.locator("body")).to_have_attribute("data-phase", "empty")
    yield page
    context.close()
    assert troubles == []
