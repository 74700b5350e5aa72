"""What an honest client gets meanwhile, and what the server holds."""

import base64
import contextlib
import io
import json
import os
import resource
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import requests
from PIL import Image


@dataclass
class Honest:
    """A client that asks for one small picture after the other, and looks at what it gets."""

    url: str
    key: str
    pictures: list[float] = field(default_factory=list)  # seconds of each that was right
    told_to_wait: int = 0
    wrong: list[str] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)  # seconds of each answer

    def run(self, stop: threading.Event) -> None:
        """Asks until it is to stop."""
        source = np.random.default_rng()
        while not stop.wait(0.5):
            started = time.monotonic()
            try:
                alive = requests.get(f"{self.url}/healthz", timeout=20)
                self.probes.append(time.monotonic() - started)
                if alive.status_code != 200:
                    self.wrong.append(f"healthz answered {alive.status_code}")
                self.ask(source.integers(0, 256, (40, 60, 3), np.uint8))
            except requests.RequestException as error:
                self.wrong.append(type(error).__name__)

    def ask(self, picture: np.ndarray) -> bool:
        """Asks for one picture.

        Args:
            picture: uint8 [height, width, 3].

        Returns:
            Whether it was made, and what was known is as it was.
        """
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "PNG")
        asked = {"image": base64.b64encode(out.getvalue()).decode(), "right": "50%"}
        headers = {"X-API-Key": self.key} if self.key else {}
        started = time.monotonic()
        response = requests.post(
            f"{self.url}/v1/outpaint", json=asked, headers=headers, timeout=120
        )
        if response.status_code in (429, 503) and response.headers.get("Retry-After"):
            self.told_to_wait += 1
            return False
        if response.status_code != 200:
            self.wrong.append(f"{response.status_code}: {response.text[:80]}")
            return False
        with Image.open(io.BytesIO(response.content)) as image:
            known = np.asarray(image)[:, : picture.shape[1]]
        if not np.array_equal(known, picture):
            self.wrong.append("the picture of somebody else")
            return False
        self.pictures.append(time.monotonic() - started)
        return True


@dataclass
class Sample:
    """What the server holds at one time."""

    seconds: float
    server_mb: float
    decoders_mb: float
    files: int


def sample(pid: int, began: float) -> Sample:
    """Looks at a process and its children.

    Args:
        pid: The server's.
        began: When the run began, in seconds of the monotonic clock.

    Returns:
        Resident memory in MB, of the server and of the processes that read files; open files.
    """
    own = _resident_mb(pid)
    below = sum(_resident_mb(child) for child in _children(pid))
    return Sample(time.monotonic() - began, own, below, len(os.listdir(f"/proc/{pid}/fd")))


def _resident_mb(pid: int) -> float:
    with contextlib.suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    return 0.0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return found


def curve(samples: list[Sample], parts: int = 10) -> str:
    """The memory over time, as a table.

    Args:
        samples: In order.
        parts: Rows.

    Returns:
        Markdown.
    """
    lines = ["| minutes | server, MB | decoders, MB | open files |", "|---|---|---|---|"]
    for rows in np.array_split(np.arange(len(samples)), min(parts, len(samples))):
        part = [samples[row] for row in rows]
        lines.append(
            f"| {part[-1].seconds / 60:.1f} | {_range([s.server_mb for s in part])} "
            f"| {_range([s.decoders_mb for s in part])} | {_range([s.files for s in part])} |"
        )
    return "\n".join(lines)


def _range(values: list[float] | list[int]) -> str:
    return f"{np.median(values):,.0f} (at most {max(values):,.0f})"


def load(url: str, key: str) -> dict[str, float]:
    """What the server says it holds.

    Args:
        url: Of the server.
        key: Its key.

    Returns:
        Pictures, megapixels, uploads and bytes of them, by their names.
    """
    headers = {"X-API-Key": key} if key else {}
    text = requests.get(f"{url}/metrics", headers=headers, timeout=20).text
    names = ("pictures_at_once", "megapixels_at_once", "uploads_at_once", "upload_bytes")
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(values[f"outpaint_{name}"]) for name in names}


def as_json(samples: list[Sample], honest: Honest) -> str:
    """Everything that was seen."""
    told = {"pictures": honest.pictures, "told_to_wait": honest.told_to_wait}
    told |= {"wrong": honest.wrong, "probes": honest.probes}
    return json.dumps({"samples": [vars(each) for each in samples], "honest": told}) + "\n"
