"""Engines that Beam's jobs are handed to, and pools of workers in processes of their own."""

import contextlib
import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PRISM = "OUTPAINTING_TEST_PRISM"  # a program
SERVERS = {"flink": "OUTPAINTING_TEST_FLINK", "spark": "OUTPAINTING_TEST_SPARK"}  # HOST:PORT


@contextlib.contextmanager
def job_server(runner: str) -> Iterator[str]:
    """The address of an engine's job server; skips the test where there is none."""
    if runner != "prism":
        variable = SERVERS[runner]
        if variable not in os.environ:
            pytest.skip(f"{variable} names no job server of {runner}, HOST:PORT")
        yield os.environ[variable]
        return
    program = os.environ.get(PRISM) or _installed_prism()
    if not program:
        version = importlib.metadata.version("apache-beam")
        pytest.skip(
            f"no prism; {PRISM} may name one, or put it in Go's bin: go install "
            f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{version}"
        )
    port = _free_port()
    with _process([program, f"-job_port={port}", "-serve_http=false"], port):
        yield f"localhost:{port}"


@contextlib.contextmanager
def pool() -> Iterator[str]:
    """The address of a pool of workers that import our code."""
    port = _free_port()
    module = "apache_beam.runners.worker.worker_pool_main"
    command = [sys.executable, "-m", module, f"--service_port={port}"]
    with _process(command, port):
        yield f"localhost:{port}"


def _installed_prism() -> str | None:
    folders = [os.environ.get("GOBIN"), os.environ.get("GOPATH", str(Path.home() / "go")) + "/bin"]
    return shutil.which("prism", path=os.pathsep.join([os.environ["PATH"], *filter(None, folders)]))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    """Runs a server; its workers, which it starts as `python`, end with it."""
    environment = os.environ | {
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            assert process.poll() is None, f"{command} ended"
            assert time.monotonic() < deadline, f"{command} does not answer"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("localhost", port), 1).close()
        return True
    return False
