"""What a person does in a browser, Debian's Chromium."""

from pathlib import Path

import playwright.sync_api as playwright
from playwright.sync_api import expect

from tests.patience import PATIENCE

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
MOTION = 500  # milliseconds in which what moves has come to rest
SLOW = 1000 * PATIENCE  # milliseconds
expect.set_options(timeout=SLOW)


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
