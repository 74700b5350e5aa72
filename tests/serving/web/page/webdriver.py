"""A browser by the W3C's WebDriver protocol: what a second engine's tests need of it, no more."""

import base64
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from tests.patience import PATIENCE

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key that the protocol gives elements


_SEEN = """
    const text = (id) => document.getElementById(id).textContent;
    return [document.body.dataset.phase, text("alert-text"), text("status"), text("progress-text"),
        document.getElementById("lose").open, window.troubles];
"""


class Browser:
    """A session with one window."""

    def __init__(self, address: str) -> None:
        self._address = address

    def do(self, method: str, path: str, **body: Any) -> Any:
        response = requests.request(method, f"{self._address}{path}", json=body, timeout=120)
        value = response.json()["value"]
        if response.status_code != 200:
            raise AssertionError(value["message"])
        return value

    def open(self, url: str) -> None:
        self.do("POST", "/url", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs a function's body; its arguments are `arguments`."""
        return self.do("POST", "/execute/sync", script=script, args=list(arguments))

    def find(self, selector: str) -> str:
        found = self.do("POST", "/element", using="css selector", value=selector)
        element: str = found[_ELEMENT]
        return element

    def click(self, selector: str) -> None:
        self.do("POST", f"/element/{self.find(selector)}/click", **{})

    def type(self, selector: str, text: str) -> None:
        self.do("POST", f"/element/{self.find(selector)}/value", text=text)

    def text(self, selector: str) -> str:
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def drag(self, selector: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drags within an element; places are shares of its width and height."""
        box = self.run(
            "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [b.x, b.y, b.width, b.height]",
            selector,
        )
        places = [(box[0] + box[2] * x, box[1] + box[3] * y) for x, y in (start, end)]
        moves = [
            {"type": "pointerMove", "duration": 50, "x": round(x), "y": round(y)}
            for x, y in (places[0], ((places[0][0] + places[1][0]) / 2, places[0][1]), places[1])
        ]
        press, release = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        actions = [moves[0], press, *moves[1:], release]
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self.do("POST", "/actions", actions=[{**pointer, "actions": actions}])

    def resize(self, width: int, height: int) -> None:
        self.do("POST", "/window/rect", width=width, height=height)

    def screenshot(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self.do("GET", "/screenshot")))

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        until = time.monotonic() + PATIENCE
        while not (value := condition()):
            assert time.monotonic() < until, f"{what}; the page says {self.run(_SEEN)}"
            time.sleep(0.1)
        return value

    def wait_for_phase(self, phase: str) -> None:
        script = "return document.body.dataset.phase"
        self.wait(lambda: self.run(script) == phase, f"it is not {phase}")

    def close(self) -> None:
        self.do("DELETE", "")


def is_installed() -> bool:
    return bool(shutil.which("WebKitWebDriver") and shutil.which("Xvfb") and _program())


def _program() -> str | None:
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"))
    return str(found[-1]) if found else None


@contextlib.contextmanager
def webkit(folder: Path) -> Iterator[Browser]:
    """WebKitGTK's small browser, on a screen of its own that nobody sees."""
    with _started(["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24"]) as screen:
        assert screen.stdout
        display = f":{screen.stdout.readline().strip()}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {"DISPLAY": display, "HOME": str(folder), "PATH": "/usr/bin:/bin"}
        # Its sandbox needs rights that a container does not give.
        environment |= {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        environment |= {"WEBKIT_FORCE_SANDBOX": "0", "LIBGL_ALWAYS_SOFTWARE": "1"}
        environment |= {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "NO_AT_BRIDGE": "1"}
        with _started(["WebKitWebDriver", f"--port={port}"], environment):
            browser = _session(f"http://127.0.0.1:{port}")
            try:
                yield browser
            finally:
                browser.close()


def _session(url: str) -> Browser:
    options = {"binary": _program(), "args": ["--automation"]}
    wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
    until = time.monotonic() + PATIENCE
    while True:
        try:
            response = requests.post(
                f"{url}/session", json={"capabilities": wanted}, timeout=PATIENCE
            )
        except requests.ConnectionError:
            assert time.monotonic() < until, "WebKitWebDriver does not answer"
            time.sleep(0.1)
            continue
        value = response.json()["value"]
        assert response.status_code == 200, value
        return Browser(f"{url}/session/{value['sessionId']}")


@contextlib.contextmanager
def _started(
    command: list[str], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()
