"""Runs hostile clients against a server of its own, and tells what became of it.

    .venv/bin/python -m benchmarks.hostile [--minutes 60] [--key sesame] [--json FILE]

Every attack of `clients.py` goes on all the time, each again and again, and so does schemathesis.
An honest client asks meanwhile. At the end all attackers leave; then the server must hold nothing
of theirs, still make a picture, and stop at SIGTERM.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from benchmarks.hostile import bombs, watch
from benchmarks.hostile.clients import ATTACKS, Attack, Target
from benchmarks.hostile.watch import Honest, Sample

_SAMPLE = Path(__file__).parents[2] / "data" / "sample"
_EVERY = 5.0  # seconds between two looks
_CALM = 40.0  # seconds that the server has to let go of everything
_GALLERY = "/static/css/studio.css"


@click.command()
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--key", default="", help="The server asks for it; empty for none.")
@click.option("--model", type=click.Path(exists=True, path_type=Path), help="A serving folder.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Where to write all samples.")
def main(minutes: float, key: str, model: Path | None, file: Path | None) -> None:
    """Attack a server of this project's own, on 127.0.0.1, for a while."""
    with serving(key, model) as (url, process):
        samples, honest = attacked(url, process, key, minutes * 60)
        click.echo(watch.curve(samples))
        for seconds, name in ((honest.pictures, "pictures"), (honest.probes, "/healthz")):
            p50, p99 = np.percentile(seconds, (50, 99)) if seconds else (0, 0)
            click.echo(f"{name}: {len(seconds)}, p50 {p50:.2f} s, p99 {p99:.2f} s")
        click.echo(
            f"told to come back: {honest.told_to_wait}; wrong: {honest.wrong[:10] or 'none'}"
        )
        faults = after(url, process, key, honest)
    faults += stopped(process)
    if file:
        file.write_text(watch.as_json(samples, honest))
    click.echo("\n".join(faults) or "nothing is lost: alive, empty, honest, and stopped when told")
    sys.exit(1 if faults or honest.wrong else 0)


def attacked(
    url: str, process: subprocess.Popen, key: str, seconds: float
) -> tuple[list[Sample], Honest]:
    """Lets everybody loose.

    Args:
        url: Of the server.
        process: The server.
        key: Its key.
        seconds: For how long.

    Returns:
        What the server held meanwhile, and what an honest client got.
    """
    stop = threading.Event()
    picture = (next((_SAMPLE / "val").rglob("*.jpg"))).read_bytes()
    port = int(url.rsplit(":", 1)[1])
    target = Target(port, key, stop, bombs.every(_SAMPLE), picture, _GALLERY)
    honest = Honest(url, key)
    threads = [threading.Thread(target=_again, args=(attack, target)) for attack in ATTACKS]
    threads.append(threading.Thread(target=honest.run, args=(stop,)))
    notes = tempfile.TemporaryDirectory()  # schemathesis keeps some where it runs
    fuzzing = _fuzz(url, key, seconds, notes.name)
    began = time.monotonic()
    samples = [watch.sample(process.pid, began)]
    for thread in threads:
        thread.start()
    while time.monotonic() - began < seconds and process.poll() is None:
        time.sleep(_EVERY)
        with contextlib.suppress(FileNotFoundError):
            samples.append(watch.sample(process.pid, began))
    stop.set()
    fuzzing.terminate()
    fuzzing.wait()
    notes.cleanup()
    for thread in threads:
        thread.join()
    return samples, honest


def _again(attack: Attack, target: Target) -> None:
    while not target.stop.is_set():
        attack(target)
        target.stop.wait(1)


def _fuzz(url: str, key: str, seconds: float, folder: str) -> subprocess.Popen:
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json"]
    command += ["--checks", "not_a_server_error", "--max-time", str(max(1, int(seconds)))]
    command += ["--header", f"X-API-Key: {key}"] if key else []
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, stdout=silent, stderr=silent)


def after(url: str, process: subprocess.Popen, key: str, honest: Honest) -> list[str]:
    """Looks at what is left when all attackers have gone.

    Args:
        url: Of the server.
        process: The server.
        key: Its key.
        honest: Asks once more.

    Returns:
        What is wrong; nothing where all is well.
    """
    if process.poll() is not None:
        return [f"the server has ended, with {process.returncode}"]
    until, held = time.monotonic() + _CALM, {"?": 1.0}
    while any(held.values()) and time.monotonic() < until:
        time.sleep(1)
        held = watch.load(url, key)
    faults = [f"still held: {held}"] if any(held.values()) else []
    last = watch.sample(process.pid, time.monotonic())
    click.echo(
        f"when all have gone: {last.server_mb:,.0f} MB, decoders {last.decoders_mb:,.0f} MB, "
        f"{last.files} open files"
    )
    if not honest.ask(np.zeros((40, 60, 3), np.uint8)):
        faults.append("no picture is made any more")
    return faults


def stopped(process: subprocess.Popen) -> list[str]:
    """Says what was wrong with the server's end."""
    return [] if process.returncode == 0 else [f"the server ended with {process.returncode}"]


@contextlib.contextmanager
def serving(key: str, model: Path | None) -> Iterator[tuple[str, subprocess.Popen]]:
    """A server in a process of its own.

    Args:
        key: It asks for; empty for none.
        model: A serving folder; None for the one that comes with the package.

    Yields:
        Its URL, and the process.
    """
    command = [sys.executable, "-m", "cli.main", "serve", "--port", "0", "--rate-limit", ""]
    command += ["--no-access-log"] + (["--model", str(model)] if model else [])
    environment = {**os.environ, "OUTPAINT_API_KEY": key}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout
    try:
        yield process.stdout.readline().split()[-1], process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
