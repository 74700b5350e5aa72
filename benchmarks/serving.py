"""What the web server costs over the bare model, and how it bears many clients at once.

    .venv/bin/python -m benchmarks.serving [--model FOLDER] [--seconds 10] [--requests 2000]

A server of its own is started and asked, over HTTP, to restore pictures of 128 x 128 pixels: one
canvas each, so a request holds one call of the model. That call is timed by itself, in this
process, in turns with the server, so that a noisy machine is noisy for both: look at the ratios.
Every answer is checked: its size, and its known pixels, which differ from client to client.
"""

import os

os.environ["TF_USE_LEGACY_KERAS"] = "0"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import contextlib
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
import requests
from PIL import Image

from models import features
from serving.model.outpainter import Outpainter
from serving.model.saved_model import PRETRAINED, Model
from serving.request import Request

_SIZE = features.IMAGE_SIZE
_HIDDEN = _SIZE // 4
_CLIENTS = (1, 8, 32)
_KNOWN = np.s_[_HIDDEN : _SIZE - _HIDDEN, _HIDDEN : _SIZE - _HIDDEN]


@click.command()
@click.option("--model", type=click.Path(exists=True, path_type=Path), default=PRETRAINED)
@click.option("--seconds", default=10.0, show_default=True, help="For each number of clients.")
@click.option(
    "--requests", "number", default=2000, show_default=True, help="To watch memory for; 0 for not."
)
@click.option("--json", "file", type=click.Path(path_type=Path), help="Where to write figures.")
def main(model: Path, seconds: float, number: int, file: Path | None) -> None:
    """Measure the web server against the bare model."""
    bare = Outpainter(model)
    with server(model) as (url, process):
        figures = measure(url, Model(bare.path), bare, seconds)
        figures["cpu_ms"] = cpu(url, process, bare)
        if number:
            figures["memory"] = memory(url, process, number)
    click.echo(json.dumps(figures, indent=2))
    if file:
        file.write_text(json.dumps(figures, indent=2) + "\n")


def measure(url: str, model: Model, outpainter: Outpainter, seconds: float) -> dict:
    """Measures what the server adds, and then latency and throughput by number of clients.

    Args:
        url: Of the server.
        model: The bare model.
        outpainter: The work of a request without the server.
        seconds: For each number of clients, and for what the server adds.

    Returns:
        Figures by what was measured, and the ratios.
    """
    figures = overhead(url, model, outpainter, seconds)
    turns = 4
    times: dict[int, list[float]] = {clients: [] for clients in _CLIENTS}
    rates: dict[int, list[float]] = {clients: [] for clients in _CLIENTS}
    for _ in range(turns):
        for clients in _CLIENTS:
            latencies, rate = load(url, clients, seconds=seconds / turns)
            times[clients] += latencies
            rates[clients].append(rate)
    for clients in _CLIENTS:
        per_second = round(float(np.median(rates[clients])), 2)
        figures[f"clients_{clients}"] = {**summary(times[clients]), "per_second": per_second}
    # Turn by turn, as the machine's load changes meanwhile.
    ratios = [many / one for many, one in zip(rates[_CLIENTS[-1]], rates[1], strict=True)]
    figures["throughput_32_to_1"] = round(float(np.median(ratios)), 3)
    return figures


def overhead(url: str, model: Model, outpainter: Outpainter, seconds: float) -> dict:
    """Calls the model, the outpainter and the server in turns, one call each.

    Args:
        url: Of the server.
        model: The bare model.
        outpainter: The work of a request without the server.
        seconds: For how long.

    Returns:
        Latencies, and the median of what a request took longer than the calls beside it.
    """
    picture = pictures(1)[0]
    restore, request = Request(mode="restore"), asking(url, encoded(picture))
    canvas = picture[None].astype(np.float32) / 255
    mask = np.ones((1, _SIZE, _SIZE, 1), np.float32)
    mask[0][_KNOWN] = features.KNOWN
    with requests.Session() as session:
        calls: dict[str, Callable[[], object]] = {
            "model": lambda: model.predict(canvas, mask),
            "outpaint": lambda: outpainter.outpaint(picture, restore),
            "request": lambda: asked(session, request),
        }
        times: dict[str, list[float]] = {name: [] for name in calls}
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for name, call in calls.items():
                started = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - started)
    figures: dict = {name: summary(values) for name, values in times.items()}
    figures["overhead_ms"] = {
        name: round(float(np.median(np.subtract(times["request"], times[name]))) * 1000, 2)
        for name in ("model", "outpaint")
    }
    return figures


def cpu(url: str, process: subprocess.Popen, outpainter: Outpainter) -> dict[str, float]:
    """Measures processor time, which a busy machine does not stretch as it does latency.

    Args:
        url: Of the server.
        process: The server.
        outpainter: The work of a request without the server.

    Returns:
        Milliseconds a request of the server, and a call of the outpainter in this process.
    """
    number, picture, restore = 100, pictures(1)[0], Request(mode="restore")
    request = asking(url, encoded(picture))
    before = cpu_ms(process.pid)
    with requests.Session() as session:
        for _ in range(number):
            asked(session, request)
    middle = cpu_ms(os.getpid())
    served = cpu_ms(process.pid) - before
    for _ in range(number):
        outpainter.outpaint(picture, restore)
    return {"request": served / number, "outpaint": (cpu_ms(os.getpid()) - middle) / number}


def cpu_ms(pid: int) -> float:
    """Processor time that a process has taken so far, in milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def asking(url: str, image: bytes) -> requests.PreparedRequest:
    """Prepares a request, so that what the client spends on a form is not measured."""
    form = {"files": {"image": image}, "data": {"mode": "restore"}}
    return requests.Request("POST", f"{url}/v1/outpaint", **form).prepare()


def asked(session: requests.Session, request: requests.PreparedRequest) -> bytes:
    """One request.

    Args:
        session: Of the client.
        request: As `asking` prepares it.

    Returns:
        The answer, a file.
    """
    response = session.send(request, timeout=600)
    response.raise_for_status()  # nothing may be lost
    return response.content


def load(
    url: str, clients: int, seconds: float = float("inf"), each: int | None = None
) -> tuple[list[float], float]:
    """Lets clients ask, each one request after another, and checks their answers afterwards.

    Args:
        url: Of the server.
        clients: How many at once.
        seconds: For how long.
        each: At most so many requests a client.

    Returns:
        Seconds of each request, and requests a second.
    """
    sent = pictures(clients)

    def run(picture: np.ndarray) -> list[tuple[float, bytes]]:
        request = asking(url, encoded(picture))
        results: list[tuple[float, bytes]] = []
        with requests.Session() as session:
            while time.perf_counter() < end and len(results) != each:
                began = time.perf_counter()
                content = asked(session, request)
                results.append((time.perf_counter() - began, content))
        return results

    started = time.perf_counter()
    end = started + seconds
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(run, sent))
    took = time.perf_counter() - started
    for picture, results in zip(sent, answers, strict=True):
        for _, content in results:
            with Image.open(io.BytesIO(content)) as image:
                result = np.asarray(image)
            if result.shape != picture.shape or (result[_KNOWN] != picture[_KNOWN]).any():
                raise click.ClickException("an answer is not of the picture that was sent")
    times = [second for results in answers for second, _ in results]
    return times, len(times) / took


def memory(url: str, process: subprocess.Popen, number: int) -> dict[str, float]:
    """Watches the server's memory.

    Args:
        url: Of the server.
        process: The server.
        number: Requests, of eight clients.

    Returns:
        Resident MB before, at half and at the end.
    """
    seen = [resident_mb(process.pid)]
    for _ in range(2):
        load(url, 8, each=number // 16)
        seen.append(resident_mb(process.pid))
    before, half, after = seen
    return {"requests": number, "mb_before": before, "mb_at_half": half, "mb_after": after}


def resident_mb(pid: int) -> float:
    """The memory a process holds, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def summary(times: list[float]) -> dict[str, float]:
    """Median and 99th percentile.

    Args:
        times: Seconds.

    Returns:
        In milliseconds, and how many there were.
    """
    p50, p99 = np.percentile(np.array(times) * 1000, (50, 99))
    return {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "number": len(times)}


def pictures(number: int) -> list[np.ndarray]:
    """Different pictures: uint8 [128, 128, 3]."""
    source = np.random.default_rng(0)
    return [source.integers(0, 256, (_SIZE, _SIZE, 3), np.uint8) for _ in range(number)]


def encoded(picture: np.ndarray) -> bytes:
    """A picture as PNG."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


@contextlib.contextmanager
def server(model: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """A server in a process of its own.

    Args:
        model: The serving folder.

    Yields:
        Its URL, and the process.
    """
    command = [sys.executable, "-m", "cli.main", "serve", "--model", str(model), "--port", "0"]
    command += ["--rate-limit", "", "--max-concurrent", "40", "--no-access-log"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline().split()[-1], process
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
