"""One process that reads strangers' files: what `worker` runs in, asked and ended from here."""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

LOOK = 0.1  # seconds between two looks at whether anybody still wants the picture
_ROOT = Path(__file__).parents[2]
_PIPE = 1_000_000  # bytes
_KEPT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL")


class Cancelled(Exception):
    """Nobody wants the picture any more."""


class Died(Exception):
    """The process has ended before its answer."""


def _environment() -> dict[str, str]:
    """Nothing of ours but what finds programs and libraries: there may be keys in it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    alone = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**kept, **alone, "PYTHONPATH": str(_ROOT)}


class Process:
    """One of them, idle or at work for one caller."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "serving.files.worker"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,  # a Ctrl-C in the terminal is not for it
        )
        assert self._process.stdin and self._process.stdout  # noqa: PT018
        self._in, self._out = self._process.stdin, self._process.stdout
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):  # a user may have had his share of these
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(
        self, job: dict[str, Any], data: bytes, seconds: float, gone: threading.Event | None
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Asks, and waits for the answer.

        Args:
            job: What `worker` is to do.
            data: The file.
            seconds: How long to wait, at most.
            gone: Once set, nobody wants to know any more.

        Returns:
            The answer's head, and the buffers behind it, each uint8 [bytes].

        Raises:
            Died: If there is no answer, or none in time.
            Cancelled: If `gone` was set.
        """
        try:
            self._in.write(json.dumps(job).encode() + b"\n" + data)
            self._in.flush()
        except OSError:
            raise Died from None
        self._wait(time.monotonic() + seconds, gone)
        line = self._out.readline()
        if not line.endswith(b"\n"):
            raise Died
        head = json.loads(line)
        return head, [self._read(size) for size in head.get("buffers", [])]

    def _wait(self, until: float, gone: threading.Event | None) -> None:
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        while not poll.poll(LOOK * 1000):
            if gone and gone.is_set():
                raise Cancelled
            if time.monotonic() > until:
                raise Died

    def _read(self, size: int) -> np.ndarray:
        """Straight into the array: a picture may have hundreds of megabytes."""
        array = np.empty(size, np.uint8)
        if size and self._out.readinto(array.data) != size:  # type: ignore[attr-defined]
            raise Died
        return array

    def end(self) -> None:
        """Ends it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
