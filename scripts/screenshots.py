"""Takes the pictures of the page that the README shows, with Debian's Chromium.

.venv/bin/python -m scripts.screenshots [--model FOLDER] [--output docs/images]
"""

import contextlib
import io
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from serving.model.saved_model import PRETRAINED
from serving.web.app import create_app
from serving.web.server import listening
from serving.web.settings import WebSettings

_ROOT = Path(__file__).parents[1]
_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_SAMPLES = {"desktop": "Summer 1am", "phone": "Sunset"}


@click.command()
@click.option("--model", type=click.Path(exists=True, path_type=Path), default=PRETRAINED)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=_ROOT / "docs" / "images",
    show_default=True,
)
def main(model: Path, output: Path) -> None:
    """Take page-desktop.png and page-phone.png."""
    program = shutil.which("chromium")
    if program is None:
        raise click.ClickException("Chromium is missing: apt-get install chromium")
    with serving(model) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=_ARGS)
        desktop = browser.new_page(viewport={"width": 1240, "height": 760})
        shoot(desktop, url, _SAMPLES["desktop"], output / "page-desktop.png")
        context = browser.new_context(
            viewport={"width": 390, "height": 760},
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
            color_scheme="dark",
        )
        shoot(context.new_page(), url, _SAMPLES["phone"], output / "page-phone.png")
        browser.close()


def shoot(page: Page, url: str, sample: str, file: Path) -> None:
    """Extends a sample photograph on the page, and takes a picture of that.

    Args:
        page: Of a browser.
        url: Of the server.
        sample: The photograph's title.
        file: Where to.
    """
    page.goto(url)
    page.get_by_role("button", name=sample).click()
    page.get_by_role("button", name="Imagine").click()
    page.locator("#compare").wait_for(timeout=120_000)
    page.locator("#split").fill("30")
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as image:
        image.convert("RGB").save(file, optimize=True)
    click.echo(f"{file}: {file.stat().st_size / 1000:.0f} KB")


@contextlib.contextmanager
def serving(model: Path) -> Iterator[str]:
    """A server for as long as it is needed.

    Args:
        model: The serving folder.

    Yields:
        Its URL.
    """
    settings = WebSettings(port=0, rate_limit="")
    server = listening.listen(create_app(model, settings), settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        server.close()
        thread.join()


if __name__ == "__main__":
    main()
